import AudioRestyle
import Foundation

/// The line that describes a result.
struct ResultLine {
  /// The option that takes the whole tone of an unlike style.
  static let optionThatTakesAll = "--aim style"

  private let result: RestyleReport
  private let takenTone: Double?
  private let hasStyle: Bool

  /// Creates the line of a result.
  ///
  /// - Parameters:
  ///   - result: The report on the clip.
  ///   - takenTone: The share of the style's tone that was taken, if `equipment` took less of it; otherwise `nil`.
  ///   - hasStyle: Whether the clip went towards styles.
  init(_ result: RestyleReport, takenTone: Double? = nil, hasStyle: Bool = true) {
    self.result = result
    self.hasStyle = hasStyle
    self.takenTone = takenTone
  }

  /// The line without the file's name.
  var text: String {
    if result.isCopy { return "an exact copy, since nothing was to be changed" }
    if result.isReencoded { return reencoded }
    var parts: [String] = []
    let change = result.restyling.map { ChangeSummary($0) }
    if let change { parts += Self.parts(of: change) }
    if let sharing = sharing(hasTone: change.map { $0.rise != nil || $0.fall != nil } ?? false) {
      parts.append(sharing)
    }
    if result.contentLoudness == nil, result.loudness == nil {
      parts.append("silent")
    } else {
      parts += [loudness, "peak " + Wording.level(result.truePeak, "dBTP").withMinus]
    }
    if let limiting = result.level.limiting {
      parts.append(
        "limited for \(Wording.percent(limiting.share)) of the time, at most by "
          + Wording.level(limiting.largestReduction, "dB"))
    }
    if result.level.ceilingReduction > 0 {
      parts.append("\(Wording.gain(-result.level.ceilingReduction).withMinus) for the ceiling")
    }
    if result.clippedSampleCount > 0 {
      parts.append("\(Wording.count(result.clippedSampleCount, "sample")) clipped")
    }
    return parts.joined(separator: ", ") + (lessTaken.map { "; \($0)" } ?? "")
  }

  /// The line of a content that was only written in another format.
  private var reencoded: String {
    let hasNoSound = result.warnings.contains { if case .valuesAreNoSound = $0 { true } else { false } }
    var parts = ["the content in another format"]
    if let encoding = result.roundedTo { parts.append("rounded to \(encoding.name) samples") }
    if result.clippedSampleCount > 0 {
      parts.append("\(Wording.count(result.clippedSampleCount, "sample")) clipped")
    }
    if hasNoSound { parts.append("values that are no sound as silence") }
    return (parts.count == 1 ? parts + ["otherwise unchanged"] : parts).joined(separator: ", ")
  }

  /// The remark on a sound of a pack or a short one, which shares tone and gain or is alone; `nil` for longer clips.
  ///
  /// - Parameter hasTone: Whether the tone changed.
  private func sharing(hasTone: Bool) -> String? {
    if let count = result.poolCount {
      return "the tone and gain of a pack of \(Wording.count(count, "sound"))"
    }
    guard hasStyle, hasTone, let facts = result.restyling?.facts, facts.aim == .style,
      let seconds = facts.activeSeconds,
      seconds > 0, seconds < StyleProfile.shortDuration
    else { return nil }
    let length = seconds < 0.1 ? "under 0.1" : String(format: "%.1f", seconds)
    return "a sound of \(length) s by itself: its spectrum went to the style's (several in one command get "
      + "one tone)"
  }

  /// The changes of tone and dynamics in words.
  static func parts(of change: ChangeSummary) -> [String] {
    var parts = [change.rise, change.fall].compactMap { extreme in
      extreme.map { String(format: "%+.0f dB at ", $0.gain).withMinus + frequency($0.frequency) }
    }
    if let ratio = change.ratio { parts.append(dynamics(ratio)) }
    return parts
  }

  /// The change of levels in words: how many dB of the content become 1 dB.
  static func dynamics(_ ratio: Double) -> String {
    ratio > 1 ? String(format: "compressed %.1f:1", ratio) : String(format: "expanded 1:%.1f", 1 / ratio)
  }

  /// A frequency with two significant digits.
  static func frequency(_ hertz: Double) -> String {
    guard hertz > 0 else { return "0 Hz" }
    let step = pow(10, max(0, floor(log10(hertz)) - 1))
    let rounded = (hertz / step).rounded() * step
    return rounded < 1000
      ? String(format: "%.0f Hz", rounded)
      : String(
        format: rounded.truncatingRemainder(dividingBy: 1000) == 0 ? "%.0f kHz" : "%.1f kHz", rounded / 1000)
  }

  /// The loudness before and after.
  private var loudness: String {
    let before = Wording.level(result.contentLoudness, "").withMinus
    let text = "\(before)→ " + Wording.level(result.loudness, "LUFS").withMinus
    guard result.isMono, let loudness = result.loudness else { return text }
    let shown = String(format: "%.1f", loudness - LoudnessTarget.monoDifference).withMinus
    return text + " (mono counted twice; meters of one channel show \(shown))"
  }

  /// The remark that `equipment` took less of the tone, and why; `nil` where it did not.
  var lessTaken: String? {
    guard let unlikeness = result.restyling?.facts.unlikeness, let takenTone else { return nil }
    return Self.lessTaken(takenTone, unlikeness: unlikeness)
  }

  /// The sentence on a share of the tone that was taken.
  static func lessTaken(_ share: Double, unlikeness: Double) -> String {
    "\(Wording.percent(min(1, share))) of the style's tone was taken, since it seems another voice or piece "
      + "(\(Wording.percent(unlikeness)) likely); \(optionThatTakesAll) takes all of it"
  }
}

extension RestyleReport {
  /// Whether the clip has one channel.
  var isMono: Bool { restyling?.facts.content.first?.channelCount == 1 }
}

extension String {
  /// The text of a number with a minus sign instead of each hyphen.
  var withMinus: String { replacingOccurrences(of: "-", with: "−") }
}
