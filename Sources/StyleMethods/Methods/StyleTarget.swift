import AudioFeatures
import Restylings
import StyleProfiles

/// What a method makes of a content and one style: the moments that each band is to get, with all knobs folded in.
package struct StyleTarget: Sendable {
  /// By how many dB the mean of each band moves.
  var shift: [Double]
  /// σs/σc of each band.
  var ratio: [Double]
  /// What the levels become beside their shift; `nil` where mean and spread say all.
  var map: TotalMap?
  /// The bands that content and style share.
  var shared: [Int]
  /// How many ratios of spreads were limited.
  var limitedCount = 0
  /// How likely the two are different voices or pieces, where frames were compared.
  var unlikeness: Double?
  /// The share of the way towards the style's peaks (``PeakAim``).
  var peakShare = 0.0
  /// The whole tone in third octaves; `nil` where the bands say all.
  var fineTone: FineTone?
  /// What is left to the momentary loudness: the style's, its loudness range in LU where it is known, and a share.
  var loudness: (sound: MomentaryLoudness.Sound, range: Double?, share: Double)?
  /// By how many dB pauses may rise over the sound; `nil` where the method says.
  var pauseAllowance: Double?
  /// Whether the content has pauses of a steady level, well under its sound.
  var hasPauses = false
  /// What sound over pauses may fall to, in dB.
  var leastSoundOverPauses = -Double.infinity
  /// Between which frequencies in Hz dynamics act; `nil` for everywhere.
  var soundingBand: ClosedRange<Double>?
  /// What is left to envelopes: the style's levels, and a share.
  var envelope: EnvelopeAim?

  /// A map of levels as it will be heard, but for the shift of their mean.
  enum TotalMap: Sendable {
    /// Of the broadband level of the weighted bands: the levels at which its pieces meet, and what becomes of them.
    case level(BroadbandLevel, inputs: [Double], outputs: [Double])
    /// Of each band by itself.
    case bands([LevelCurve])
    /// Of all bands about their means: a matrix in row-major order.
    case frames([Double])
  }

  /// The target that leaves everything as it is.
  init(unchanged bandCount: Int, shared: [Int]) {
    shift = [Double](repeating: 0, count: bandCount)
    ratio = [Double](repeating: 1, count: bandCount)
    self.shared = shared
  }

  /// The band whose gain each of some bands takes: itself where it is shared, else the nearest shared one below, or the lowest
  /// one.
  static func gainSource(bandCount: Int, shared: [Int]) -> [Int] {
    (0..<bandCount).map { band in shared.last { $0 <= band } ?? shared.first ?? band }
  }

  /// Lets the mean of bands that are not shared move with the nearest shared one.
  mutating func extendShift() {
    let source = Self.gainSource(bandCount: shift.count, shared: shared)
    shift = source.map { shift[$0] }
  }
}

/// A tone in third octaves, and how it may be refined.
package struct FineTone: Sendable {
  /// The gain in dB of each third octave.
  var gains: [Double]
  /// The highest gain of each.
  var highest: [Double]
  /// Which third octaves are compared.
  var isUsable: [Bool]
  /// How much of what a trial misses is corrected there, rather than in bands: 0 to 1.
  var share: Double
}

/// The levels of a style that dynamics are left to envelopes for.
package struct EnvelopeAim: Sendable {
  /// The quantiles of the style's levels (``CompressorFit``).
  var quantiles: [Double]
  /// How much of them is taken, 0 to 1.
  var share: Double
}

extension FineTone {
  /// The tone of several styles by shares; `nil` where none has one.
  init?(blending targets: [(target: StyleTarget, share: Double)]) {
    guard let first = targets.lazy.compactMap(\.target.fineTone).first else { return nil }
    self = first
    share = targets.reduce(0) { $0 + $1.share * ($1.target.fineTone?.share ?? 0) }
    let frequencies = ThirdOctaves.frequencies
    gains = frequencies.indices.map { band in
      targets.reduce(0) { $0 + $1.share * ($1.target.fineTone?.gains[band] ?? 0) }
    }
    for case let other? in targets.map(\.target.fineTone) {
      for band in frequencies.indices {
        isUsable[band] = isUsable[band] && other.isUsable[band]
        highest[band] = min(highest[band], other.highest[band])
      }
    }
  }
}

extension LoudnessAim {
  /// The aim of several styles by shares; `nil` where none leaves dynamics to the momentary loudness.
  init?(_ targets: [(target: StyleTarget, share: Double)]) {
    let styles = targets.compactMap { target, share in
      target.loudness.map { (quantiles: $0.sound.quantiles, share: share * $0.share) }
    }
    guard !styles.isEmpty else { return nil }
    let known = targets.compactMap { part in part.target.loudness.map { ($0, part.share * $0.share) } }
    let hasRanges = known.allSatisfy { $0.0.range != nil }
    self.init(
      styles: styles.filter { $0.share != 0 },
      range: known.reduce(0) { $0 + $1.1 * (hasRanges ? $1.0.range ?? 0 : $1.0.sound.range) },
      usesShortTerms: hasRanges,
      leastSoundOverPauses: targets.map { $0.target.hasPauses ? $0.target.leastSoundOverPauses : -.infinity }
        .min() ?? -.infinity)
  }

  /// The share that is taken of all styles together.
  var share: Double { styles.reduce(0) { $0 + $1.share } }
}
