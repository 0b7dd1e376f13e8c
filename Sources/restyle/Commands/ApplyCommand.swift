import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle apply`: restyles contents towards styles.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Restyle clips (the default subcommand).",
    discussion: """
      A style is a sound file or a profile made by 'restyle learn'. Several styles are mixed by their weights \
      (--style a.wav=2 --style b.wav=1); a file that is really named 'a.wav=2' wins over reading a weight.

      With one content the result is NAME.restyled.EXT beside it, or what -o names. Several contents, or a \
      folder, need -o FOLDER/; the results keep their names there. '-' is standard input or output. Nothing is \
      replaced without --force, and a result appears only when it is whole.

      EXAMPLES:
        restyle talk.wav --style radio.mp3
        restyle talk.wav --style radio.mp3 --strength 0.5 --loudness -16 -o talk.flac
        restyle talk.wav --style radio.mp3 --tone 1 --dynamics 0
        restyle takes/ --style master.safetensors -o restyled/
        restyle - --style radio.mp3 --format wav -o - < talk.wav > new.wav
      """)

  @Argument(
    help: ArgumentHelp(
      "Sound files to restyle, folders of them, or - for standard input.", valueName: "content"))
  var contents: [String]

  @OptionGroup(title: "Input") var input: InputArguments
  @OptionGroup(title: "Method") var method: MethodArguments
  @OptionGroup(title: "Output") var output: OutputArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  func run() throws {
    let styles = try StyleArgument.all(input.style, exists: Paths.exists)
    let clips = try plan(styles)
    var options = method.options
    // What was reached takes one more analysis, and only the JSON report shows it.
    options.measuresResult = report.json
    let job = ApplyJob(
      clips: clips, styles: styles, options: options, output: output.options(isStrict: input.strict),
      isQuiet: report.quiet)
    let result = try job.run()
    if report.json { try Console.result(json: result) }
    for failure in result.failures where clips.count > 1 {
      Console.error("\(failure.content): not restyled: \(failure.message)")
    }
    if let failure = result.failures.first {
      throw clips.count > 1
        ? Failure(
          failure.status,
          "\(Wording.count(result.failures.count, "clip")) of \(clips.count) could not be restyled")
        : Failure(failure.status, failure.message)
    }
  }

  private func plan(_ styles: [StyleArgument]) throws -> [PlannedClip] {
    let planner = OutputPlanner(
      contents: contents, otherInputs: styles.map(\.path), output: output.output,
      suffix: output.format?.suffix, files: .disk)
    let clips = try planner.plan()
    let isStandardInputTaken = clips.contains { $0.content == Paths.standardStream }
    let standardStyles = styles.count { $0.path == Paths.standardStream }
    if standardStyles + (isStandardInputTaken ? 1 : 0) > 1 {
      throw UsageError("standard input (-) can be read once only")
    }
    if clips.contains(where: { $0.output == Paths.standardStream }) {
      if report.json { throw UsageError("--json and -o - would both write to standard output") }
      if Console.isOutputTerminal { throw UsageError("-o -: standard output is a terminal; redirect it") }
    }
    return clips
  }
}
