import AudioFeatures
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

/// What a restyling changes, in the few figures that describe it: the tone's largest rise and fall, and one ratio of
/// dynamics.
struct ChangeSummary: Hashable, Sendable {
  /// Where the tone rises or falls most.
  struct Extreme: Hashable, Sendable {
    /// In dB, beside the change of level.
    var gain: Double
    /// In Hz.
    var frequency: Double
  }

  /// The largest rise of the tone; `nil` under 1 dB.
  var rise: Extreme?
  /// The largest fall of the tone; `nil` under 1 dB.
  var fall: Extreme?
  /// By how many dB levels spread before where they spread by 1 dB afterwards; `nil` where that is within 10 % of 1.
  var ratio: Double?

  /// The smallest change of tone that is told, in dB.
  private static let smallestGain = 1.0
  /// The smallest change of dynamics that is told, as a factor.
  private static let smallestRatio = 1.1
  /// How far in dB under the strongest band others are told of.
  private static let audibleRange = 50.0
  /// A compressor's curve is judged over so many dB under the loudest levels it was made for.
  private static let compressedRange = 20.0

  /// Describes a restyling; nothing is told of the features `waveform`, whose levels are no bands.
  init(_ restyling: Restyling) {
    guard restyling.features != .waveform else { return }
    let sounding = restyling.views.filter { $0.state != .silent }
    let limits = restyling.lowestGain...restyling.highestGain
    let tones = sounding.map { view in
      Tone(
        gains: view.tone(at: restyling.frequencies).map {
          min(max($0, limits.lowerBound), limits.upperBound)
        },
        levels: view.bands.contentMean, shared: view.bands.shared)
    }
    (rise, fall) = Self.extremes(of: tones, frequencies: restyling.frequencies)
    // The view that holds most of the sound speaks for all.
    guard let loudest = sounding.max(by: { $0.power < $1.power }), loudest.state != .untouched else {
      return
    }
    var spreads = loudest.spreads
    if let riding = restyling.loudness { spreads = (riding.content.spread, riding.style.spread) }
    ratio = Self.ratio(
      before: spreads.before, after: spreads.after,
      envelopeSlope: restyling.envelope.map { Self.slope(of: $0) } ?? 1)
  }

  /// The gains of a view's bands in dB, the content's levels there, and the bands that are shared with the style.
  struct Tone {
    var gains: [Double]
    var levels: [Double]
    var shared: [Int]
  }

  /// The largest rise and fall of a tone.
  ///
  /// With gᵦ the mean gain in dB of band β over the views and pᵦ the content's power there, K-weighted, a band changes by
  /// gᵦ − 10·log₁₀(Σ p·10^(g/10) / Σ p): a change of loudness is level, not tone. Only bands that content and style share
  /// count, and that stand within 50 dB of the strongest one before or afterwards: others are hardly heard.
  ///
  /// - Parameters:
  ///   - views: The tones.
  ///   - frequencies: The centres of the bands in Hz.
  ///   - weights: The weighting of the bands in dB; `nil` for the K-weighting.
  static func extremes(
    of views: [Tone], frequencies: [Double], weights: [Double]? = nil
  ) -> (rise: Extreme?, fall: Extreme?) {
    let weights = weights ?? frequencies.map { max(-60, KWeightingResponse.gain(at: $0)) }
    var sums = [Double](repeating: 0, count: frequencies.count)
    var powers = sums
    for view in views {
      for band in view.shared {
        let power = pow(10, max(-200, view.levels[band]) / 10)
        sums[band] += power * view.gains[band]
        powers[band] += power
      }
    }
    let present = sums.indices.filter { powers[$0] > 0 }
    guard !present.isEmpty else { return (nil, nil) }
    let before = present.map { 10 * log10(powers[$0]) }
    let all = present.map { sums[$0] / powers[$0] }
    func loudness(_ gains: [Double]) -> Double {
      let weighted = present.indices.map { before[$0] + weights[present[$0]] + gains[$0] }
      return 10 * log10(weighted.reduce(0) { $0 + pow(10, $1 / 10) })
    }
    let level = loudness(all) - loudness(all.map { _ in 0 })
    let gains = all.map { $0 - level }
    let after = zip(before, gains).map { $0 + $1 }
    let (top, topAfter) = (before.max() ?? 0, after.max() ?? 0)
    let changes = present.indices.filter {
      before[$0] >= top - audibleRange || after[$0] >= topAfter - audibleRange
    }.map { Extreme(gain: gains[$0], frequency: frequencies[present[$0]]) }
    let (highest, lowest) = (changes.max { $0.gain < $1.gain }, changes.min { $0.gain < $1.gain })
    return (
      highest.flatMap { $0.gain >= smallestGain ? $0 : nil },
      lowest.flatMap { $0.gain <= -smallestGain ? $0 : nil }
    )
  }

  /// The median of the ratios of spreads, and what a compressor's slope adds to it.
  static func ratio(before: [Double], after: [Double], envelopeSlope: Double = 1) -> Double? {
    let ratios = zip(before, after).filter { $0 > 0 && $1 != 0 }.map { $0 / abs($1) }.sorted()
    guard !ratios.isEmpty, envelopeSlope > 0 else { return nil }
    let median = (ratios[(ratios.count - 1) / 2] + ratios[ratios.count / 2]) / 2
    let ratio = median / envelopeSlope
    return ratio >= smallestRatio || ratio <= 1 / smallestRatio ? ratio : nil
  }

  /// By how many dB the output rises for 1 dB of the input, where all envelopes rise together.
  ///
  /// The tables begin 40 dB under the loudest level, with two entries for each dB.
  static func slope(of envelope: EnvelopeGain) -> Double {
    func gain(_ index: Int) -> Double { envelope.tables.reduce(0) { $0 + $1[min(index, $1.count - 1)] } }
    guard envelope.tables.allSatisfy({ !$0.isEmpty }) else { return 1 }
    let top = 80
    return 1 + (gain(top) - gain(top - Int(2 * compressedRange))) / compressedRange
  }
}

extension ViewRestyling {
  /// The power of the content's bands together.
  fileprivate var power: Double { bands.contentMean.reduce(0) { $0 + pow(10, max(-200, $1) / 10) } }

  /// The spreads of the broadband level before and after, where that is a feature; else those of the shared bands.
  fileprivate var spreads: (before: [Double], after: [Double]) {
    if level != nil, let before = content.spread.last, let after = style.spread.last {
      return ([before], [after])
    }
    return (
      bands.shared.map { bands.contentSpread[$0] }, bands.shared.map { bands.requestedSpread[$0] }
    )
  }
}

/// How much of a style's tone a restyling takes.
enum TakenTone {
  /// From which probability that content and style are different sources on it is told that less was taken.
  private static let smallestUnlikeness = 0.5

  /// The share of the tone that was taken where the restyling took less on purpose; `nil` where it did not, or where
  /// it is not known.
  ///
  /// - Parameters:
  ///   - restyling: What was done.
  ///   - styles: What it went towards.
  static func share(of restyling: Restyling, towards styles: [WeightedStyle]) -> Double? {
    guard restyling.facts.aim == .equipment, (restyling.facts.unlikeness ?? 0) > smallestUnlikeness,
      restyling.features == .bands, let view = restyling.views.first, view.state == .restyled
    else { return nil }
    let total = styles.reduce(0) { $0 + $1.weight }
    // A saved change goes towards no style that is at hand.
    guard total > 0 else { return nil }
    var wanted = view.bands.contentMean.map { -$0 }
    for style in styles where style.weight > 0 {
      guard let levels = style.profile.levels(of: view.view) ?? style.profile.levels(of: .linked),
        levels.count == wanted.count
      else { return nil }
      for band in wanted.indices { wanted[band] += style.weight / total * levels[band].mean }
    }
    return share(of: view.tone, towards: wanted, bands: view.bands.shared)
  }

  /// How far a tone goes towards another over some bands: Σ t·w / Σ w², both about their means.
  static func share(of tone: [Double], towards wanted: [Double], bands: [Int]) -> Double? {
    guard !bands.isEmpty else { return nil }
    func centred(_ values: [Double]) -> [Double] {
      let mean = bands.reduce(0) { $0 + values[$1] } / Double(bands.count)
      return bands.map { values[$0] - mean }
    }
    let (taken, whole) = (centred(tone), centred(wanted))
    let power = whole.reduce(0) { $0 + $1 * $1 }
    guard power > 0 else { return nil }
    return max(0, zip(taken, whole).reduce(0) { $0 + $1.0 * $1.1 } / power)
  }
}
