import SoundFiles
import AudioRestyle
import Foundation

/// What `restyle apply --json` prints.
struct ApplyReport: Encodable, Sendable {
  /// The program and its version.
  var program = "restyle \(RestyleCommand.version)"
  /// The options in use.
  var options: OptionsReport
  /// The feature file that stood in for styles.
  var featuresIn: String?
  /// The styles, in the order of the command line.
  var styles: [Style] = []
  /// The clips that were restyled, in order.
  var clips: [Clip] = []
  /// The clips that could not be.
  var failures: [FailedClip] = []

  init(options: RestyleOptions) {
    self.options = OptionsReport(options)
  }

  /// A style.
  struct Style: Encodable, Sendable {
    var path: String
    var weight: Double
    /// Integrated loudness in LUFS.
    var loudness: Double?
  }

  /// A clip that was restyled.
  struct Clip: Encodable, Sendable {
    var content: String
    var output: String
    /// The time it took, in seconds.
    var seconds: Double
    /// What the restyler did.
    var result: RestyleReport
  }

  /// A clip that could not be restyled.
  struct FailedClip: Encodable, Sendable {
    var content: String
    var output: String
    /// The exit status of this failure.
    var status: ProgramStatus
    var message: String

    init(_ clip: PlannedClip, _ failure: Failure) {
      content = clip.content
      output = clip.output
      status = failure.status
      message = failure.message
    }
  }
}

extension ApplyReport.Clip {
  /// Prints one line on what was done, and the warnings.
  func print() {
    for warning in result.warnings {
      Console.warning(warning.hasPrefix(output + ": ") ? warning : "\(content): \(warning)")
    }
    let target = output == Paths.standardStream ? "standard output" : output
    guard !result.isCopy else {
      Console.note("\(target): an exact copy, since nothing was to be changed")
      return
    }
    guard !result.isReencoded else {
      Console.note("\(target): the content in another format, otherwise unchanged")
      return
    }
    var parts = [
      "\(Wording.level(result.contentLoudness, "LUFS")) → \(Wording.level(result.loudness, "LUFS"))",
      "peak \(Wording.level(result.truePeak, "dBTP"))",
    ]
    if let limiting = result.level.limiting {
      parts.append(
        "limited for \(Wording.percent(limiting.share)) of the time, at most by "
          + Wording.level(limiting.largestReduction, "dB"))
    }
    if result.level.ceilingReduction > 0 {
      parts.append("\(Wording.gain(-result.level.ceilingReduction)) for the ceiling")
    }
    if result.clippedSampleCount > 0 {
      parts.append("\(Wording.count(result.clippedSampleCount, "sample")) clipped")
    }
    Console.note("\(target): " + parts.joined(separator: ", "))
  }
}
