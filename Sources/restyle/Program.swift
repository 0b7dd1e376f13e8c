import ArgumentParser
import SoundFiles

/// The entry point: parses, runs, and turns every error into a message and an exit status.
@main
enum Program {
  static func main() {
    StandardStreams.reserve()
    StandardStreams.survivePipesAndLimits()
    DecoderMessages.drop()
    Interrupts.install()
    Memory.keepForReuse()
    // Without any argument the help is printed, instead of running the default subcommand.
    guard CommandLine.arguments.count > 1 else {
      RestyleCommand.exit(withError: CleanExit.helpRequest(RestyleCommand.self))
    }
    do {
      try StandardStreams.allowOpenFiles()
      try RawArguments.check(RawArguments.ofProcess, exists: Paths.exists)
      let commands = RestyleCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
      try RawArguments.checkHelp(RawArguments.ofProcess, commands: commands + ["help"])
      try RawArguments.checkCommand(
        RawArguments.ofProcess, commands: commands + ["help"], exists: Paths.exists)
      var command = try RestyleCommand.parseAsRoot()
      try command.run()
    } catch {
      guard let failure = Failure(error) else {
        // The parser's own: help and version (0), and usage errors (64).
        RestyleCommand.exit(withError: error)
      }
      Console.error(failure.message)
      failure.status.exit()
    }
  }
}

/// The program and its subcommands.
struct RestyleCommand: ParsableCommand {
  /// The program's version.
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "restyle",
    abstract: "Gives one recording the tone and dynamics of another.",
    usage: """
      restyle <content> ... --style <style>[=<weight>] ... [-o <output>] [<options>]
      restyle <content> --features-in <features> [-o <output>] [<options>]
      restyle learn <clip> ... -o <profile>
      restyle inspect <file> ...
      restyle compare <file> <file>
      restyle check <file> ... --for <target>
      restyle export <change> -o <file>
      restyle plot <kind> <file> ... -o <picture>
      restyle extract <clip> -o <features>
      restyle demo [-o <folder>]
      """,
    discussion: """
      The levels of the content are given the means and spreads of the style's (adaptive instance \
      normalisation): its tone, its dynamics and its peaks. Rate, channels, length and metadata stay the \
      content's.

      EXAMPLES:
        restyle talk.wav --style radio.mp3
            writes talk.restyled.wav
        restyle talk.wav --style radio.mp3 --tone 0.5 -o talk-half.flac
            half way, as FLAC
        restyle song.wav --style a.wav=2 --style b.wav=1 -o song-ab.wav
            between two styles
        restyle takes/*.wav --style master.safetensors -o restyled/
            many clips towards a learned profile
        restyle drums.wav bass.wav vocals.wav --like mix.wav --style a.wav -o stems/
            stems that sum to the restyled mix

      'restyle help apply' lists all options. Results go to standard output only with --json, --dry-run or \
      -o -; messages and progress go to standard error.

      EXIT STATUS: 0 done; 64 usage; 65 not audio or damaged; 66 input cannot be opened; 70 an error of the program; \
      73 output cannot be created; 74 reading or writing failed; 130 interrupted; 1 a file does not pass 'check'.
      """,
    version: version,
    subcommands: [
      ApplyCommand.self, LearnCommand.self, InspectCommand.self, CompareCommand.self, CheckCommand.self,
      PlotCommand.self, ExportCommand.self, ExtractCommand.self, DemoCommand.self, ManualCommand.self,
    ],
    defaultSubcommand: ApplyCommand.self)
}
