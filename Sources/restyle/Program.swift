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
    // Without any argument, the root command asks for its help, as those do that have no default subcommand.
    guard CommandLine.arguments.count > 1 else {
      RestyleCommand.exit(withError: CleanExit.helpRequest(RestyleCommand.self))
    }
    do {
      try StandardStreams.allowOpenFiles()
      try RawArguments.check(RawArguments.ofProcess, exists: Paths.exists)
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
