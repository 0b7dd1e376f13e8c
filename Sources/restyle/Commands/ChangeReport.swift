import AudioRestyle
import Foundation

/// What `restyle inspect` says about a saved change.
struct ChangeReport: Encodable, Sendable {
  var path: String
  /// `change`.
  let kind = "change"
  var method: RestyleMethod?
  var aim: RestyleAim?
  var contents: [String]
  var styles: [String]
  var stereo: StereoMode
  /// The tone by octave; empty where it has none.
  var octaves: [ProfileSummary.Octave]
  /// What is done to levels beside the tone.
  var levels: [LevelMap]
  /// What the largest sample is held under before the last gain, in dBFS.
  var peakLevel: Double?
  /// Where the loudness and the true peaks go.
  var level: LevelAim
  /// How many trials corrected it.
  var refinements: Int
  var warnings: [String]
  /// What changes, in the words of a result's line.
  private var words: [String]

  private enum CodingKeys: CodingKey {
    case path, kind, method, aim, contents, styles, stereo, octaves, levels, peakLevel, level, refinements,
      warnings
  }

  init(path: String, _ restyling: Restyling) throws {
    self.path = path
    let facts = restyling.facts
    (method, aim, refinements) = (facts.method, facts.aim, facts.refinements)
    contents = facts.content.map(\.name)
    styles = facts.styles.map { style in
      facts.styles.count > 1 ? style.name + String(format: "=%.2g", style.share) : style.name
    }
    stereo = restyling.stereo
    octaves = []
    if let curve = try? ToneCurve(restyling) {
      octaves = (-5...4).map { octave in
        let frequency = 1000 * pow(2, Double(octave))
        return ProfileSummary.Octave(frequency: frequency, level: curve.decibels(at: frequency))
      }
    }
    levels = try LevelMap.maps(of: restyling)
    peakLevel = restyling.peakThreshold.map { 20 * log10(Double($0)) }
    level = restyling.level
    let name = facts.content.count == 1 ? facts.content[0].name : "the content"
    warnings = facts.warnings.map { $0.sentence(about: name) }
    words = ResultLine.parts(of: ChangeSummary(restyling))
  }

  /// The report as text, one fact a line.
  var text: String {
    var lines = [path]
    func add(_ name: String, _ value: String) {
      lines.append("  " + name.padding(toLength: 11, withPad: " ", startingAt: 0) + value)
    }
    add("format", "saved change")
    if let method { add("method", method.rawValue + (aim.map { ", aim \($0.rawValue)" } ?? "")) }
    add("made for", contents.joined(separator: ", "))
    if !styles.isEmpty { add("towards", styles.joined(separator: ", ")) }
    if !words.isEmpty { add("changes", words.joined(separator: ", ")) }
    if !octaves.isEmpty { add("tone", OctaveTable.text(octaves, signed: true)) }
    for map in levels {
      let words = ToneSummary.words(map)
      add("levels", String(words.dropFirst("levels: ".count)))
    }
    if let peakLevel {
      add("limiter", "peaks to \(Wording.level(peakLevel, "dBFS").withMinus) before the last gain")
    }
    if let text = ToneSummary.lastGain(level) { add("last gain", text) }
    for warning in warnings { add("warning", warning) }
    return lines.joined(separator: "\n")
  }
}

/// Levels by octave in one line.
enum OctaveTable {
  /// Such as `31 Hz −20, 63 Hz −9, …` in dB.
  static func text(_ octaves: [ProfileSummary.Octave], signed: Bool) -> String {
    octaves.map { octave in
      // The nominal frequencies: 31, 63, 125, …
      let hertz = octave.frequency.rounded(.toNearestOrAwayFromZero)
      let name = hertz < 1000 ? "\(Int(hertz)) Hz" : "\(Int(hertz / 1000)) kHz"
      return name
        + String(format: signed ? " %+.0f" : " %.0f", octave.level).withMinus
    }.joined(separator: ", ") + " dB"
  }
}
