import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle compare`: says how far two recordings or profiles are apart.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two sound files or profiles.",
    discussion: """
      The measures are those of the benchmarks: the distance of the long-term spectra in third octaves \
      (loudness aside), loudness, ranges and peaks.

      EXAMPLES:
        restyle compare talk.restyled.wav radio.wav
        restyle compare song.wav house.safetensors --json
      """)

  @Argument(help: ArgumentHelp("A sound file or a profile.", valueName: "first"))
  var first: String

  @Argument(help: ArgumentHelp("Another one.", valueName: "second"))
  var second: String

  @Flag(help: "Take a truncated file for an error (65) instead of using what is there.")
  var strict = false

  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  func run() throws {
    if first == Paths.standardStream, second == Paths.standardStream {
      throw UsageError("standard input (-) can be read once only")
    }
    var inspector = Inspector(isStrict: strict, isQuiet: report.quiet, threads: speed.threads)
    inspector.measuresBands = true
    let (a, b) = (try inspector.inspect(first), try inspector.inspect(second))
    guard a.profile.layout == b.profile.layout else {
      throw RestyleError.incompatibleProfiles(
        "\(first) and \(second) have different feature channels: expected two recordings or profiles of bands"
      )
    }
    let comparison = ComparisonReport(a, b)
    if report.json {
      try Console.result(json: comparison)
    } else if !report.quiet {
      try Console.result(comparison.text)
    }
  }
}
