import AudioFeatures
import Restylings
import StyleProfiles

/// The result of a method for a content and one style: the moments that each band is to get.
///
/// Strength, tone and dynamics are folded in.
package struct StyleTarget: Sendable {
  /// By how many dB the mean of each band moves.
  var shift: [Double]
  /// σs/σc of each band.
  var ratio: [Double]
  /// A map of levels beside their shift; `nil` where mean and spread suffice.
  var map: TotalMap?
  /// The bands that content and style share.
  var shared: [Int]
  /// How many ratios of spreads were limited.
  var limitedCount = 0
  /// The probability that the two are different voices or pieces; `nil` where no frames were compared.
  var unlikeness: Double?
  /// The share of the way towards the style's peaks (``PeakAim``).
  var peakShare = 0.0
  /// The whole tone in third octaves; `nil` where bands suffice.
  var fineTone: FineTone?
  /// The dynamics of the momentary loudness: the style's distribution, its range in LU if known, and the share taken.
  var loudness: (sound: MomentaryLoudness.Sound, range: Double?, share: Double)?
  /// By how many dB pauses may be raised beside the tone; `nil` where the method sets no limit.
  var pauseAllowance: Double?
  /// The least level difference in dB between sound and pauses that the result is to have; without real pauses −∞.
  var leastSoundOverPauses = -Double.infinity
  /// The frequencies in Hz between which dynamics act; `nil` for all.
  var soundingBand: ClosedRange<Double>?
  /// The dynamics of compressors on envelopes: the style's levels and a share.
  var envelope: EnvelopeAim?

  /// A whole map of levels, spread included; the shift of the means is separate.
  enum TotalMap: Sendable {
    /// A curve of the weighted broadband level: the input and output levels of its knots in dB.
    case level(BroadbandLevel, inputs: [Double], outputs: [Double])
    /// A curve for each band.
    case bands([LevelCurve])
    /// A matrix for the deviations of all bands from their means, in row-major order.
    case frames([Double])
  }

  /// Creates the target that leaves everything as it is.
  init(unchanged bandCount: Int, shared: [Int]) {
    shift = [Double](repeating: 0, count: bandCount)
    ratio = [Double](repeating: 1, count: bandCount)
    self.shared = shared
  }

  /// For each band, the band whose gain it takes: itself where it is shared, otherwise the nearest shared band below.
  ///
  /// Bands below all shared ones take the lowest shared band; without shared bands each takes itself.
  static func gainSource(bandCount: Int, shared: [Int]) -> [Int] {
    (0..<bandCount).map { band in shared.last { $0 <= band } ?? shared.first ?? band }
  }

  /// Gives bands that are not shared the shift of their source band (``gainSource(bandCount:shared:)``).
  mutating func extendShift() {
    let source = Self.gainSource(bandCount: shift.count, shared: shared)
    shift = source.map { shift[$0] }
  }
}

/// A tone in third octaves, with the bounds of its refinement.
package struct FineTone: Sendable {
  /// The gain in dB of each third octave.
  var gains: [Double]
  /// The highest gain in dB of each third octave.
  var highest: [Double]
  /// Which third octaves are compared and refined.
  var isUsable: [Bool]
  /// The share of a trial's error that is corrected in third octaves, 0 to 1; bands correct the rest.
  var share: Double
}

/// The levels of a style whose dynamics compressors on envelopes are to make.
package struct EnvelopeAim: Sendable {
  /// The quantiles of the style's levels (``CompressorFit``).
  var quantiles: [Double]
  /// The share of these dynamics that is taken.
  var share: Double
}

extension FineTone {
  /// Blends the tones of several styles by their shares; `nil` where none has a tone.
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
  /// Blends the aims of several styles by their shares; `nil` where no target has one.
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
      leastSoundOverPauses: targets.map(\.target.leastSoundOverPauses).min() ?? -.infinity)
  }

  /// The sum of the styles' shares.
  var share: Double { styles.reduce(0) { $0 + $1.share } }
}
