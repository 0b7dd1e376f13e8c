import AudioFeatures
import AudioRestyle
import Foundation

/// The report of `restyle inspect` on a saved change.
struct ChangeReport: Encodable, Sendable {
  var path: String
  /// The kind of file: `change`.
  let kind = "change"
  var method: RestyleMethod?
  var aim: RestyleAim?
  var contents: [String]
  var styles: [String]
  var stereo: StereoMode
  /// The tone by octave; empty where there is none.
  var octaves: [ProfileSummary.Octave]
  /// The maps of levels.
  var levels: [LevelMap]
  /// The limit of sample peaks before the last gain, in dBFS; `nil` for none.
  var peakLevel: Double?
  /// The target level and the ceiling.
  var level: LevelAim
  /// The number of trials that corrected the change.
  var refinements: Int
  var warnings: [String]
  /// The changes, in the words of a result's line.
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

/// The text of levels by octave.
enum OctaveTable {
  /// One line, such as `31 Hz −20, 63 Hz −9, … dB`.
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

/// The changes of a restyling in three figures: the tone's largest rise and fall, and one ratio of dynamics.
struct ChangeSummary: Hashable, Sendable {
  /// A largest rise or fall of the tone.
  struct Extreme: Hashable, Sendable {
    /// The gain in dB, less the change of level.
    var gain: Double
    /// The frequency in Hz.
    var frequency: Double
  }

  /// The largest rise of the tone; `nil` under 1 dB.
  var rise: Extreme?
  /// The largest fall of the tone; `nil` under 1 dB.
  var fall: Extreme?
  /// The ratio of the spread of levels before to that afterwards; `nil` where it is within 10 % of 1.
  var ratio: Double?

  /// The smallest change of tone that is reported, in dB.
  private static let smallestGain = 1.0
  /// The smallest change of dynamics that is reported, as a ratio.
  private static let smallestRatio = 1.1
  /// The distance in dB under the strongest band up to which bands are reported.
  private static let audibleRange = 50.0
  /// The range in dB, under the loudest levels it was made for, over which a compressor's slope is taken.
  private static let compressedRange = 20.0

  /// Describes a restyling; all figures are `nil` for `waveform`, which has no bands.
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
    // The view with the most power stands for all.
    guard let loudest = sounding.max(by: { $0.power < $1.power }), loudest.state != .untouched else {
      return
    }
    var spreads = loudest.spreads
    if let riding = restyling.loudness { spreads = (riding.content.spread, riding.style.spread) }
    ratio = Self.ratio(
      before: spreads.before, after: spreads.after,
      envelopeSlope: restyling.envelope.map { Self.slope(of: $0) } ?? 1)
  }

  /// The gains of a view's bands and the content's levels in them in dB, and the bands that content and style share.
  struct Tone {
    var gains: [Double]
    var levels: [Double]
    var shared: [Int]
  }

  /// The largest rise and fall of a tone.
  ///
  ///     cᵦ = gᵦ − 10·log₁₀(Σ p·10^(g/10) / Σ p)
  ///
  /// cᵦ: change of band β in dB; gᵦ: its mean gain in dB over the views; pᵦ: the content's K-weighted power in it. The
  /// second term is the change of loudness, which is no change of tone. Bands count where content and style share them
  /// and they lie within 50 dB of the strongest band before or afterwards; other bands are hardly heard.
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

  /// The median of the ratios of spreads, divided by a compressor's slope; `nil` where it is within 10 % of 1.
  static func ratio(before: [Double], after: [Double], envelopeSlope: Double = 1) -> Double? {
    let ratios = zip(before, after).filter { $0 > 0 && $1 != 0 }.map { $0 / abs($1) }.sorted()
    guard !ratios.isEmpty, envelopeSlope > 0 else { return nil }
    let median = (ratios[(ratios.count - 1) / 2] + ratios[ratios.count / 2]) / 2
    let ratio = median / envelopeSlope
    return ratio >= smallestRatio || ratio <= 1 / smallestRatio ? ratio : nil
  }

  /// The rise of the output in dB for 1 dB of the input, if all envelopes rise together.
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

  /// The spreads before and after: of the broadband level where it is a feature, otherwise of the shared bands.
  fileprivate var spreads: (before: [Double], after: [Double]) {
    if level != nil, let before = content.spread.last, let after = style.spread.last {
      return ([before], [after])
    }
    return (
      bands.shared.map { bands.contentSpread[$0] }, bands.shared.map { bands.requestedSpread[$0] }
    )
  }
}

/// The share of a style's tone that a restyling takes.
enum TakenTone {
  /// The probability of different sources from which on a smaller share is reported.
  private static let smallestUnlikeness = 0.5

  /// The share of the tone that was taken, where the aim `equipment` took less of an unlike style; otherwise `nil`.
  ///
  /// - Parameters:
  ///   - restyling: The restyling.
  ///   - styles: The styles that it went towards.
  static func share(of restyling: Restyling, towards styles: [WeightedStyle]) -> Double? {
    guard restyling.facts.aim == .equipment, (restyling.facts.unlikeness ?? 0) > smallestUnlikeness,
      restyling.features == .bands, let view = restyling.views.first, view.state == .restyled
    else { return nil }
    let total = styles.reduce(0) { $0 + $1.weight }
    // For a saved change there are no styles to compare with.
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

  /// The share of a tone t in another tone w over some bands: Σ t·w / Σ w², both less their means; at least 0.
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
