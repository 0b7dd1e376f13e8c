import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle inspect`: says what files hold.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is known of sound files and profiles.",
    discussion: """
      EXAMPLES:
        restyle inspect song.flac
        restyle inspect album.safetensors --bands
        restyle inspect --json *.wav
      """)

  @Argument(help: ArgumentHelp("Sound files or profiles.", valueName: "file"))
  var files: [String]

  @Flag(help: "Print the mean and spread of every band.")
  var bands = false

  @Flag(help: "Print the results as JSON on standard output.")
  var json = false

  @Flag(help: "Take a truncated file for an error (65) instead of using what is there.")
  var strict = false

  func run() throws {
    var reports: [ProfileReport] = []
    for file in files {
      let report: ProfileReport
      if StyleProfile.isProfile(file) {
        report = ProfileReport(path: file, try StyleProfile(contentsOf: URL(fileURLWithPath: file)))
      } else {
        let reader = try SoundInput.open(file, isStrict: strict)
        let bar = ProgressBar(file, isWanted: true)
        defer { bar.clear() }
        let profile = try SoundInput.learn(
          reader, ProfileLearner(measuresDistributions: false), bar, isStrict: strict)
        report = ProfileReport(path: file, profile, reader.info)
      }
      if json { reports.append(report) } else { try Console.result(report.text(bands: bands)) }
    }
    if json { try Console.result(json: reports) }
  }
}
