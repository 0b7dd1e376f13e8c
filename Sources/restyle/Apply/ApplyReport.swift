import AudioRestyle
import Foundation
import SoundFiles

/// The report of `restyle apply --json`.
struct ApplyReport: Encodable, Sendable {
  /// The program and its version.
  var program = "restyle \(RestyleCommand.version)"
  /// The options in use.
  var options: OptionsReport
  /// The feature file whose levels replaced a style's; `nil` for none.
  var featuresIn: String?
  /// The saved change that was applied; `nil` for none.
  var changeApplied: String?
  /// The levels at which the saved change was applied: `own` or `absolute`.
  var changeLevels: String?
  /// What the saved change keeps of the loudness: its `target` or its `gain`.
  var changeLoudness: String?
  /// The warnings of the saved change, from when it was made; `nil` without a change.
  var changeWarnings: [String]?
  /// The styles, in the order of the command line.
  var styles: [Style] = []
  /// The decisions for all clips together, one for each style of a grid.
  var together: [Together] = []
  /// The mix that the clips are stems of; `nil` for none.
  var like: Mix?
  /// The clips that were restyled, in order.
  var clips: [Clip] = []
  /// The clips that could not be restyled.
  var failures: [FailedClip] = []
  /// The clips whose results exist, according to records.
  var skipped: [OtherClip] = []
  /// The part of all contents, as `K/N`; `nil` for all.
  var shard: String?
  /// The clips that were not begun because an error stopped the work.
  var notBegun: [OtherClip] = []
  /// The numbers of files of folders that were left out, by extension.
  var leftOut = LeftOutFiles()

  /// The message of the error that stopped the work; `nil` for none.
  private var stop: String?
  /// The error that stopped the work; `nil` for none.
  private var stopFailure: Failure?

  init(options: RestyleOptions) {
    self.options = OptionsReport(options)
  }

  /// A style.
  struct Style: Encodable, Sendable {
    var path: String
    var weight: Double
    /// Whether only dynamics were taken from it; `nil` for no.
    var isDynamics: Bool?
    /// The number of clips that it was learned from.
    var clipCount = 1
    /// The integrated loudness in LUFS; `nil` for silence.
    var loudness: Double?
    /// The warnings about the files.
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

  /// The decision for several clips together.
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
    /// The parts that the clips share.
    var sharing: AlbumPlan.Sharing
    /// The treatment of loudness differences between the clips.
    var relations: AlbumPlan.Relations
    /// By how many dB all clips were lowered to keep their ceilings.
    var ceilingReduction: Double
    var warnings: [String]
    /// The restyling of all clips.
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
    /// The time of the work in seconds.
    var seconds: Double
    /// The restyler's report.
    var result: RestyleReport
    /// The share of the style's tone that was taken, if `equipment` took less of it; otherwise `nil`.
    var takenTone: Double?
    /// Whether the clip went towards styles, rather than a feature file or a saved change.
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

  /// The mix that clips are stems of; its result is not written.
  struct Mix: Encodable, Sendable {
    var path: String
    /// The restyler's report.
    var result: RestyleReport
    /// The share of the style's tone that was taken, if `equipment` took less of it; otherwise `nil`.
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

  /// Writes the restyler's report, with its warnings in words.
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
    /// The file that caused the failure: the content or a style.
    var file: String
    /// The exit status of this failure.
    var status: ProgramStatus
    var message: String
  }

  /// A clip that was not restyled.
  struct OtherClip: Encodable, Sendable {
    var content: String
    var output: String
    /// The style, in a grid.
    var style: String?
  }

  private enum CodingKeys: CodingKey {
    case program, options, featuresIn, changeApplied, changeLevels, changeLoudness, changeWarnings, styles
    case together, like, clips, failures, skipped, notBegun, stop, leftOut, shard
  }
}

extension ApplyReport {
  /// The error that the program ends with: the one that stopped the work, otherwise that of the first failed clip;
  /// `nil` for none.
  func failure(ofClips count: Int) -> Failure? {
    guard let first = stopFailure ?? failures.first.map({ Failure($0.status, $0.message) }) else {
      return nil
    }
    guard count > 1 else { return first }
    let failed = "\(Wording.count(failures.count, "clip")) of \(count) could not be restyled"
    return notBegun.isEmpty
      ? Failure(first.status, failed)
      : Failure(first.status, "\(failed), and \(notBegun.count) were not started: \(first.message)")
  }

  /// Notes that an error stopped the work.
  mutating func stop(by failure: Failure) {
    stopFailure = stopFailure ?? failure
    stop = stopFailure?.message
  }

  /// The restyling of all clips together, of the mix, or of the first clip.
  var restyling: Restyling? { together.first?.restyling ?? (like?.result ?? clips.first?.result)?.restyling }

  /// Notes that a saved change is applied.
  mutating func noteChange(_ restyling: Restyling, _ path: String, _ anchoring: Anchoring) {
    (changeApplied, changeLevels, changeLoudness) = (
      path, anchoring.levels.rawValue, anchoring.loudness.rawValue
    )
    changeWarnings = restyling.facts.warnings.map(\.text)
  }

  /// The warnings of the saved change after its name.
  var changeWarningLines: [String] {
    (changeWarnings ?? []).map { "\(changeApplied ?? ""), when it was made: \($0)" }
  }

  /// The failures, one line for each file and reason.
  var failureLines: [String] {
    var counts: [String: Int] = [:]
    var lines: [String] = []
    for failure in failures {
      let what = failure.file == failure.content ? "not restyled" : "cannot be used as a style"
      let line = "\(failure.file): \(what): \(failure.message)"
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
  /// Creates the description of a decided plan.
  init(_ album: AlbumPlan, style: String?, clipCount: Int) {
    self.init(
      style: style, clipCount: clipCount, contentLoudness: album.restyling.facts.contentLoudness,
      loudness: album.loudness, truePeak: album.truePeak, sharing: album.sharing, relations: album.relations,
      ceilingReduction: album.ceilingReduction, warnings: album.warnings.map(\.text),
      restyling: album.restyling)
  }

  /// The name of the decision in messages.
  var name: String {
    (sharing == .colour ? "\(Wording.count(clipCount, "sound")) of a pack" : "together")
      + (style.map { " towards \($0)" } ?? "")
  }

  /// The decision in one line.
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
  /// The change of the mix and all stems, in one line.
  var line: String { "like \(path): \(ResultLine(result, takenTone: takenTone).text)" }

  /// Prints the warnings, and also the line unless a summary with it follows.
  func print(isSummarised: Bool) {
    for warning in result.warnings { Console.warning(warning.sentence(about: path)) }
    if !isSummarised { Console.note(line) }
  }
}

extension ApplyReport.Clip {
  /// The line that describes the result.
  var line: ResultLine { ResultLine(result, takenTone: takenTone, hasStyle: hasStyle) }

  /// Prints the line and the warnings; a warning about a style is printed once for all clips.
  func print(_ given: inout Set<RestyleWarning>) {
    for warning in result.warnings where warning.style == nil || given.insert(warning).inserted {
      Console.warning(warning.sentence(about: content))
    }
    let target = output == Paths.standardStream ? "standard output" : output
    Console.note("\(target): \(line.text)")
  }
}
