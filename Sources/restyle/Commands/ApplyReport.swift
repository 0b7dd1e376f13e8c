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
  /// The saved change that was applied.
  var changeApplied: String?
  /// The styles, in the order of the command line.
  var styles: [Style] = []
  /// What was decided for all clips together, one for each style of a grid.
  var together: [Together] = []
  /// The clips that were restyled, in order.
  var clips: [Clip] = []
  /// The clips that could not be.
  var failures: [FailedClip] = []
  /// The clips that were not begun, because an error stopped the work.
  var notBegun: [PlannedClip] = []

  /// The error that stopped the work, if one did.
  private var stop: Failure?

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

  /// What was decided for several clips together.
  struct Together: Encodable, Sendable {
    /// The style, in a grid.
    var style: String?
    var clipCount: Int
    /// The loudness of all contents as one programme, in LUFS.
    var contentLoudness: Double?
    /// The loudness of all results as one programme, in LUFS.
    var loudness: Double?
    /// The highest true peak of all results, in dBTP.
    var truePeak: Double?
    /// The gain of every clip, and what decided it.
    var level: LevelDecision?
    var warnings: [String]
  }

  /// A clip that was restyled.
  struct Clip: Encodable, Sendable {
    var content: String
    var output: String
    /// The style, in a grid.
    var style: String?
    /// The time it took, in seconds.
    var seconds: Double
    /// What the restyler did.
    var result: RestyleReport

    private enum CodingKeys: CodingKey {
      case content, output, style, seconds, result
    }

    private enum ResultKeys: CodingKey {
      case warnings
    }

    /// Writes the report, with its warnings in words.
    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(content, forKey: .content)
      try values.encode(output, forKey: .output)
      try values.encodeIfPresent(style, forKey: .style)
      try values.encode(seconds, forKey: .seconds)
      let place = values.superEncoder(forKey: .result)
      try result.encode(to: place)
      var more = place.container(keyedBy: ResultKeys.self)
      try more.encode(result.warnings.map(\.text), forKey: .warnings)
    }
  }

  /// A clip that could not be restyled.
  struct FailedClip: Encodable, Sendable {
    var content: String
    var output: String
    /// The style, in a grid.
    var style: String?
    /// The file that is to blame: the content or a style.
    var file: String
    /// The exit status of this failure.
    var status: ProgramStatus
    var message: String
  }

  private enum CodingKeys: CodingKey {
    case program, options, featuresIn, changeApplied, styles, together, clips, failures, notBegun
  }
}

extension ApplyReport {
  /// What becomes of the program: the error that stopped the work, else the first clip's that failed; nil for none.
  func failure(ofClips count: Int) -> Failure? {
    guard let first = stop ?? failures.first.map({ Failure($0.status, $0.message) }) else { return nil }
    guard count > 1 else { return first }
    let failed = "\(Wording.count(failures.count, "clip")) of \(count) could not be restyled"
    return notBegun.isEmpty
      ? Failure(first.status, failed)
      : Failure(first.status, "\(failed), and \(notBegun.count) were not begun: \(first.message)")
  }

  /// Notes that an error stopped the work.
  mutating func stop(by failure: Failure) { stop = stop ?? failure }

  /// What was done to the clip, or to all of them together.
  var restyling: Restyling? { clips.first?.result.restyling }

  /// Prints the failures, one line for each file and reason.
  func printFailures() {
    var counts: [String: Int] = [:]
    var lines: [String] = []
    for failure in failures {
      let line = "\(failure.file): not restyled: \(failure.message)"
      if counts[line] == nil { lines.append(line) }
      counts[line, default: 0] += 1
    }
    for line in lines {
      let count = counts[line] ?? 1
      Console.error(count == 1 ? line : "\(line) (\(Wording.count(count, "result")))")
    }
  }
}

extension ApplyReport.Together {
  /// Prints one line on what was decided, and the warnings.
  func print() {
    let name = "together" + (style.map { " towards \($0)" } ?? "")
    for warning in warnings { Console.warning("\(name): \(warning)") }
    Console.note(
      "\(name): \(Wording.level(contentLoudness, "LUFS")) → \(Wording.level(loudness, "LUFS")), "
        + "peak \(Wording.level(truePeak, "dBTP"))")
  }
}

extension ApplyReport.Clip {
  /// Prints one line on what was done, and the warnings; those of styles once for all clips.
  func print(_ given: inout Set<RestyleWarning>) {
    for warning in result.warnings {
      switch warning {
      case .samplesClipped, .notKept: Console.warning(warning.text)
      case _ where warning.style != nil:
        if given.insert(warning).inserted { Console.warning(warning.text) }
      default: Console.warning("\(content): \(warning.text)")
      }
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
    if let unlikeness = result.unlikeness, unlikeness > 0.5 {
      parts.append(
        "the style seems another voice or piece (\(Wording.percent(unlikeness)) likely), so less of it was taken"
      )
    }
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
