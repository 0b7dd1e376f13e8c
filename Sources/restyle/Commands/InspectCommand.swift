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

  /// What is known of a file, or why nothing is.
  private enum Entry: Encodable {
    case report(ProfileReport)
    case failure(path: String, Failure)

    private enum Key: CodingKey {
      case path, kind, status, message
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .report(let report): try report.encode(to: encoder)
      case .failure(let path, let failure):
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(path, forKey: .path)
        try container.encode("failure", forKey: .kind)
        try container.encode(failure.status, forKey: .status)
        try container.encode(failure.message, forKey: .message)
      }
    }
  }

  func run() throws {
    var entries: [Entry] = []
    var failures: [Failure] = []
    for file in files {
      do {
        let report = try report(on: file)
        entries.append(.report(report))
        if !json { try Console.result(report.text(bands: bands)) }
      } catch {
        // A file that cannot be read does not keep the others from being shown.
        guard let failure = Failure(error), failure.concernsOneClip else { throw error }
        entries.append(.failure(path: file, failure))
        failures.append(failure)
        if files.count > 1 { Console.error(failure.message) }
      }
    }
    if json, files.count > 1 || failures.isEmpty { try Console.result(json: entries) }
    guard let failure = failures.first else { return }
    throw files.count > 1
      ? Failure(
        failure.status, "\(Wording.count(failures.count, "file")) of \(files.count) could not be inspected")
      : failure
  }

  private func report(on file: String) throws -> ProfileReport {
    // The report tells of warnings itself.
    let (profile, info) = try SoundInput(isStrict: strict, isQuiet: false).profile(
      file, ProfileLearner(measuresDistributions: false), printsWarnings: false)
    return ProfileReport(path: file, profile, info)
  }
}
