import AudioRestyle
import Foundation
import SoundFiles

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
  /// At which levels the saved change was applied: `own` or `absolute`.
  var changeLevels: String?
  /// What the saved change kept of the loudness: `target` or `gain`.
  var changeLoudness: String?
  /// The styles, in the order of the command line.
  var styles: [Style] = []
  /// What was decided for all clips together, one for each style of a grid.
  var together: [Together] = []
  /// What was done to the mix that the clips are stems of.
  var like: Mix?
  /// The clips that were restyled, in order.
  var clips: [Clip] = []
  /// The clips that could not be.
  var failures: [FailedClip] = []
  /// The clips whose results exist, as records say.
  var skipped: [PlannedClip] = []
  /// The part of all contents that this was; `nil` for all of them.
  var shard: String?
  /// The clips that were not begun, because an error stopped the work.
  var notBegun: [PlannedClip] = []
  /// How many files of folders were left out, by extension.
  var leftOut = LeftOutFiles()

  /// The error that stopped the work, if one did.
  private var stop: Failure?

  init(options: RestyleOptions) {
    self.options = OptionsReport(options)
  }

  /// A style.
  struct Style: Encodable, Sendable {
    var path: String
    var weight: Double
    /// Whether nothing but dynamics was taken from it; `nil` for no.
    var isDynamics: Bool?
    /// The number of clips that it was learned from.
    var clipCount = 1
    /// Integrated loudness in LUFS.
    var loudness: Double?
    /// What is odd about the file.
    var fileWarnings: [SoundFileWarning] = []

    private enum CodingKeys: CodingKey {
      case path, weight, isDynamics, clipCount, loudness, warnings
    }

    /// Writes the style, with its warnings in words.
    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(path, forKey: .path)
      try values.encode(weight, forKey: .weight)
      try values.encodeIfPresent(isDynamics, forKey: .isDynamics)
      try values.encode(clipCount, forKey: .clipCount)
      try values.encodeIfPresent(loudness, forKey: .loudness)
      try values.encode(fileWarnings.map(\.description), forKey: .warnings)
    }
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
    /// What the clips have in common.
    var sharing: AlbumPlan.Sharing
    /// What became of differences of loudness between them.
    var relations: AlbumPlan.Relations
    /// By how many dB all clips were lowered for the ceiling.
    var ceilingReduction: Double
    var warnings: [String]
    /// What is done to all of them.
    var restyling: Restyling

    private enum CodingKeys: CodingKey {
      case style, clipCount, contentLoudness, loudness, truePeak, sharing, relations, ceilingReduction,
        warnings
    }
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
    /// The share of the style's tone that was taken, where it was less on purpose.
    var takenTone: Double?
    /// Whether it went towards styles, rather than by what a file says.
    var hasStyle = true

    private enum CodingKeys: CodingKey {
      case content, output, style, seconds, result, takenTone
    }

    /// Writes the report, with its warnings in words.
    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(content, forKey: .content)
      try values.encode(output, forKey: .output)
      try values.encodeIfPresent(style, forKey: .style)
      try values.encode(seconds, forKey: .seconds)
      try values.encodeIfPresent(takenTone, forKey: .takenTone)
      try ApplyReport.encode(result, to: values.superEncoder(forKey: .result))
    }
  }

  /// The mix that clips are stems of; it is not written.
  struct Mix: Encodable, Sendable {
    var path: String
    /// What the restyler worked out.
    var result: RestyleReport
    /// The share of the style's tone that was taken, where it was less on purpose.
    var takenTone: Double?

    private enum CodingKeys: CodingKey {
      case path, result, takenTone
    }

    /// Writes the report, with its warnings in words.
    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(path, forKey: .path)
      try values.encodeIfPresent(takenTone, forKey: .takenTone)
      try ApplyReport.encode(result, to: values.superEncoder(forKey: .result))
    }
  }

  private enum ResultKeys: CodingKey {
    case warnings
  }

  /// Writes what the restyler did, with its warnings in words.
  private static func encode(_ result: RestyleReport, to encoder: any Encoder) throws {
    try result.encode(to: encoder)
    var more = encoder.container(keyedBy: ResultKeys.self)
    try more.encode(result.warnings.map(\.text), forKey: .warnings)
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
    case program, options, featuresIn, changeApplied, changeLevels, changeLoudness, styles, together, like,
      clips
    case failures, skipped, notBegun, leftOut, shard
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
      : Failure(first.status, "\(failed), and \(notBegun.count) were not started: \(first.message)")
  }

  /// Notes that an error stopped the work.
  mutating func stop(by failure: Failure) { stop = stop ?? failure }

  /// What was done to the clip, to all of them together, or to the mix of all.
  var restyling: Restyling? { together.first?.restyling ?? (like?.result ?? clips.first?.result)?.restyling }

  /// Notes that a saved change is applied.
  mutating func noteChange(_ path: String, _ anchoring: Anchoring) {
    (changeApplied, changeLevels, changeLoudness) = (
      path, anchoring.levels.rawValue, anchoring.loudness.rawValue
    )
  }

  /// The failures, one line for each file and reason.
  var failureLines: [String] {
    var counts: [String: Int] = [:]
    var lines: [String] = []
    for failure in failures {
      let line = "\(failure.file): not restyled: \(failure.message)"
      if counts[line] == nil { lines.append(line) }
      counts[line, default: 0] += 1
    }
    return lines.map { line in
      let count = counts[line] ?? 1
      return count == 1 ? line : "\(line) (\(Wording.count(count, "result")))"
    }
  }
}

extension ApplyReport.Together {
  /// What was decided for clips.
  init(_ album: AlbumPlan, style: String?, clipCount: Int) {
    self.init(
      style: style, clipCount: clipCount, contentLoudness: album.restyling.facts.contentLoudness,
      loudness: album.loudness, truePeak: album.truePeak, sharing: album.sharing, relations: album.relations,
      ceilingReduction: album.ceilingReduction, warnings: album.warnings.map(\.text),
      restyling: album.restyling)
  }

  /// What to call the decision.
  var name: String {
    (sharing == .colour ? Wording.count(clipCount, "short sound") : "together")
      + (style.map { " towards \($0)" } ?? "")
  }

  /// What was decided, in one line.
  var line: String {
    let change = ResultLine.parts(of: ChangeSummary(restyling))
    let parts: [String] =
      switch sharing {
      case .colour: ["one tone and one gain for all, no dynamics"] + change
      case .toneAndDynamics: ["one tone for all"] + change
      case .dynamics: []
      }
    let levels =
      "\(Wording.level(contentLoudness, "").withMinus)→ \(Wording.level(loudness, "LUFS").withMinus), "
      + "peak \(Wording.level(truePeak, "dBTP").withMinus)"
    let lowered =
      ceilingReduction > 0.05 ? ["\(Wording.gain(-ceilingReduction).withMinus) for the ceiling"] : []
    return "\(name): " + (parts + [levels] + lowered).joined(separator: ", ")
  }

  /// Prints the line and the warnings.
  func print() {
    for warning in warnings { Console.warning("\(name): \(warning)") }
    Console.note(line)
  }
}

extension ApplyReport.Mix {
  /// What is done to the mix and all stems, in one line.
  var line: String { "like \(path): \(ResultLine(result, takenTone: takenTone).text)" }

  /// Prints the warnings, and the line where no summary follows, which has it.
  func print(isSummarised: Bool) {
    for warning in result.warnings { Console.warning(warning.sentence(about: path)) }
    if !isSummarised { Console.note(line) }
  }
}

extension ApplyReport.Clip {
  /// What was done.
  var line: ResultLine { ResultLine(result, takenTone: takenTone, hasStyle: hasStyle) }

  /// Prints one line on what was done, and the warnings; those of styles once for all clips.
  func print(_ given: inout Set<RestyleWarning>) {
    for warning in result.warnings where warning.style == nil || given.insert(warning).inserted {
      Console.warning(warning.sentence(about: content))
    }
    let target = output == Paths.standardStream ? "standard output" : output
    Console.note("\(target): \(line.text)")
  }
}
