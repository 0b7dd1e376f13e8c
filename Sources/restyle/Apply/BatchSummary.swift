import AudioRestyle
import Foundation
import SoundFiles

/// The summary of several clips, in at most a dozen lines.
struct BatchSummary {
  /// The most lines, including the last one that says that clips failed.
  static let mostLines = 12
  /// The lines kept for warnings where failures would take all; `mostTogether` is the most lines on common decisions.
  private static let keptForWarnings = 3
  private static let mostTogether = 2

  private let report: ApplyReport
  private let clipCount: Int
  /// Whether the lines of single clips and their warnings were printed before.
  private let isDetailed: Bool

  init(_ report: ApplyReport, clipCount: Int, isDetailed: Bool = false) {
    self.report = report
    self.clipCount = clipCount
    self.isDetailed = isDetailed
  }

  /// The lines of results, of warnings and of failures.
  var lines: (notes: [String], warnings: [String], failures: [String]) {
    let together = Self.shortened(
      report.together.map(\.line), atMost: isDetailed ? .max : Self.mostTogether
    ) {
      "together towards \($0) more styles"
    }
    let notes = [counts] + together + [report.like?.line, levels].compactMap(\.self)
    let failures = report.failureLines
    guard !isDetailed else { return (notes, [], failures) }
    let tally = tally
    let room = Self.mostLines - notes.count - (failures.isEmpty ? 0 : 1)
    let forFailures = min(failures.count, max(0, room - min(tally.kindCount, Self.keptForWarnings)))
    return (
      notes, tally.lines(atMost: room - forFailures),
      Self.shortened(failures, atMost: forFailures) { "\($0) more (--verbose lists all)" }
    )
  }

  /// Prints the lines; if quiet, only those of failures.
  func print(isQuiet: Bool) {
    let lines = lines
    if !isQuiet {
      for line in lines.notes { Console.note(line) }
      for line in lines.warnings { Console.warning(line) }
    }
    for line in lines.failures { Console.error(line) }
  }

  /// The numbers of clips that were restyled, copied, skipped, failed, and not begun.
  private var counts: String {
    let copied = report.clips.count { $0.result.isCopy || $0.result.isReencoded }
    var parts = ["\(report.clips.count - copied) of \(Wording.count(clipCount, "clip")) restyled"]
    for (count, what) in [
      (copied, "copied as they are"), (report.skipped.count, "there already"),
      (report.failures.count, "failed"), (report.notBegun.count, "not begun"),
    ] where count > 0 {
      parts.append("\(count) \(what)")
    }
    if let shard = report.shard { parts.append("shard \(shard)") }
    if let leftOut = report.leftOut.text { parts.append(leftOut) }
    return parts.joined(separator: ", ")
  }

  /// The loudness before and after, and the highest peak; `nil` where no clip has a loudness.
  private var levels: String? {
    let results = report.clips.map(\.result).filter { !$0.isCopy && !$0.isReencoded }
    guard let before = Self.range(results.map(\.contentLoudness)),
      let after = Self.range(results.map(\.loudness))
    else { return nil }
    var parts = ["\(before) → \(after) LUFS"]
    if let peak = results.compactMap(\.truePeak).max() {
      parts.append("peaks up to \(Wording.level(peak, "dBTP").withMinus)")
    }
    let limited = results.compactMap(\.level.limiting)
    if let most = limited.map(\.largestReduction).max() {
      parts.append("\(Wording.count(limited.count, "clip")) limited by up to \(Wording.level(most, "dB"))")
    }
    if results.contains(where: \.isMono) {
      parts.append("mono counted twice: meters of one channel show 3.0 less")
    }
    return parts.joined(separator: ", ")
  }

  /// The warnings about clips and styles, grouped by kind.
  private var tally: WarningTally {
    var tally = WarningTally()
    for style in report.styles {
      for warning in style.fileWarnings {
        tally.add(
          kind: "style " + RestyleWarning.file(warning).kind, "\(style.path): \(warning)", about: style.path,
          noun: "style")
      }
    }
    for line in report.changeWarningLines {
      tally.add(kind: "change " + line, line, about: report.changeApplied ?? "", noun: "change")
    }
    for together in report.together {
      for warning in together.warnings {
        tally.add(
          kind: "together " + warning, "\(together.name): \(warning)", about: together.name, noun: "style")
      }
    }
    if let mix = report.like {
      for warning in mix.result.warnings { tally.add(warning, about: mix.path) }
    }
    for clip in report.clips {
      for warning in clip.result.warnings { tally.add(warning, about: clip.content) }
      if let less = clip.line.lessTaken {
        tally.add(kind: "less taken", "\(clip.content): \(less)", about: clip.content, noun: "clip")
      }
    }
    return tally
  }

  /// The lowest and the highest of some values in words; `nil` without values.
  static func range(_ values: [Double?]) -> String? {
    let known = values.compactMap(\.self).filter(\.isFinite)
    guard let lowest = known.min(), let highest = known.max() else { return nil }
    let texts = [lowest, highest].map { String(format: "%.1f", $0).withMinus }
    return texts[0] == texts[1] ? texts[0] : "\(texts[0]) to \(texts[1])"
  }

  /// The lines, cut to a number; the last one then says how many more there are.
  static func shortened(_ lines: [String], atMost most: Int, rest: (Int) -> String) -> [String] {
    guard lines.count > most else { return lines }
    guard most > 0 else { return [] }
    return lines.prefix(most - 1) + ["… and " + rest(lines.count - most + 1)]
  }
}

/// The warnings of many clips, grouped by kind; each kind gets one line about the first clip, with the number of
/// others.
struct WarningTally {
  private struct Group {
    /// The warning about the first clip or style that it concerns.
    var sentence: String
    /// The noun for what it concerns: clip or style.
    var noun: String
    var names: Set<String>

    var line: String {
      let others = names.count - 1
      return others > 0 ? "\(sentence) (and \(others) more \(noun)\(others == 1 ? "" : "s"))" : sentence
    }
  }

  private var groups: [String: Group] = [:]
  private var order: [String] = []

  /// Adds a warning about a content or its style.
  mutating func add(_ warning: RestyleWarning, about content: String) {
    add(
      kind: warning.kind, warning.sentence(about: content), about: warning.style ?? content,
      noun: warning.style == nil ? "clip" : "style")
  }

  /// Adds a warning of any kind.
  mutating func add(kind: String, _ sentence: String, about name: String, noun: String) {
    if groups[kind] == nil {
      order.append(kind)
      groups[kind] = Group(sentence: sentence, noun: noun, names: [])
    }
    groups[kind]?.names.insert(name)
  }

  /// The number of kinds.
  var kindCount: Int { order.count }

  /// One line for each kind, those that concern the most clips first; the last line counts the kinds that do not fit.
  func lines(atMost most: Int) -> [String] {
    let sorted = order.compactMap { groups[$0] }.enumerated().sorted {
      ($1.element.names.count, $0.offset) < ($0.element.names.count, $1.offset)
    }.map(\.element)
    return BatchSummary.shortened(sorted.map(\.line), atMost: most) { "\($0) more kinds of warnings" }
  }
}
