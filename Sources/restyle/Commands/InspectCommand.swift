import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle inspect`: shows the properties of files.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show the properties of sound files, profiles and saved changes.",
    discussion: """
      Levels of octaves are relative to the whole spectrum; those of a saved change are its gains.

      EXAMPLES:
        restyle inspect song.flac
        restyle inspect album.safetensors --bands
        restyle inspect house.json
        restyle inspect --json *.wav
      """)

  @Argument(help: ArgumentHelp("Sound files, profiles or saved changes.", valueName: "file"))
  var files: [String]

  @Flag(help: "Print the mean and spread of every band.")
  var bands = false

  @Flag(help: "Print the results as JSON on standard output.")
  var json = false

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false

  /// The report on a file, or the error that prevented it.
  private enum Entry: Encodable {
    case report(ProfileReport)
    case change(ChangeReport)
    case failure(path: String, Failure)

    private enum Key: CodingKey {
      case path, kind, status, message
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .report(let report): try report.encode(to: encoder)
      case .change(let report): try report.encode(to: encoder)
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
    try StandardStreams.checkInput(files)
    var entries: [Entry] = []
    var failures: [Failure] = []
    for file in files {
      do {
        let entry: Entry
        let text: String
        if Paths.suffix(file) == "json" {
          let report = try ChangeReport(path: file, Restyling(contentsOf: file))
          (entry, text) = (.change(report), report.text)
        } else {
          let report = ProfileReport(try Inspector(isStrict: strict, isQuiet: false).inspect(file))
          (entry, text) = (.report(report), report.text(bands: bands))
        }
        entries.append(entry)
        if !json { try Console.result(text) }
      } catch {
        // A file that cannot be read does not keep the others from being shown.
        guard let failure = Failure(error), failure.concerns(only: file, error) else { throw error }
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
}

/// Measures a sound file or reads a profile for `inspect` and `compare`.
struct Inspector {
  /// Whether a truncated file is an error.
  var isStrict: Bool
  /// Whether only errors are printed.
  var isQuiet: Bool
  /// The number of threads that measure; `nil` is one for each processor.
  var threads: Int?
  /// Whether a profile must be one of bands.
  var measuresBands = false
  /// Whether the warnings about a sound file are printed; the report of `inspect` itself has them.
  var printsWarnings = false

  /// The measurements of a file.
  struct Inspected {
    var path: String
    var profile: StyleProfile
    var info: SoundFileInfo?
    /// The delivery measurement; `nil` for profiles, and for standard input and pipes, which can be read only once.
    var measured: DeliveryMeasurement?

    var summary: ProfileSummary { ProfileSummary(profile) }
  }

  /// Reads a profile, or measures a sound file in two passes.
  func inspect(_ path: String) throws -> Inspected {
    let input = SoundInput(isStrict: isStrict, isQuiet: isQuiet)
    var learner = ProfileLearner(measuresDistributions: false)
    learner.threads = threads
    let (profile, info) = try input.profile(path, learner, printsWarnings: printsWarnings)
    var inspected = Inspected(path: path, profile: profile, info: info)
    if info != nil, path != Paths.standardStream, !Paths.isStream(path) {
      let bar = ProgressBar(path, isWanted: !isQuiet)
      defer { bar.clear() }
      let reader = try input.open(path)
      let total = Double(max(1, reader.info.frameCount))
      inspected.measured = try DeliveryMeasurement(of: reader, threads: threads) {
        bar.update(Double($0) / total)
      }
    }
    return inspected
  }
}
