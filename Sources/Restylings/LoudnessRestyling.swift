import AudioFeatures
import AdaIN
import Foundation
import Tensors

/// AdaIN of the momentary loudness: the dynamics of words and bars, taken from a style that is another voice or piece.
///
/// With the momentary loudness M (400 ms) of the clip after its tone, in LUFS, and x = M − ``anchor``, the layer makes
///
///     y = σs · (T(x) − μc)/σc + μs
///
/// The gain is y − x, at most 12 dB, with an attack of 100 ms and a release of 200 ms. Pauses get ``pauseGain`` and
/// ``pauseDepth`` instead.
public struct LoudnessRestyling: Hashable, Codable, Sendable {
  /// μc and σc of x in LU, over the values above the pauses.
  public var content: FeatureMoments
  /// μs and σs in LU.
  public var style: FeatureMoments
  /// T: the change of the distribution's shape, which keeps mean and spread.
  public var reshaping: LevelCurve
  /// The integrated loudness in LUFS of the clip after its tone.
  public var anchor: Double
  /// The value of x in LU under which the clip pauses.
  public var gate: Double
  /// The gain of pauses in dB, at most 0: pauses are never raised.
  public var pauseGain: Double
  /// By how many dB pauses are lowered further, so that the sound stands as far over them as the rule on noise asks.
  ///
  /// Here pauses are where the level over 50 ms lies under the ``gate``.
  public var pauseDepth = 0.0
  /// The loudness range in LU of the clip after its tone, from the 10th to the 95th percentile; `nil` if unknown.
  public var ownRange: Double?

  /// The highest gain in dB: sound that needs more is as likely room and noise as words.
  static let highestGain = 12.0
  /// The width in LU of the transition around the gate to the gain of pauses.
  private static let fade = 6.0

  /// The gains in dB, at most 0, that lower pauses further.
  ///
  /// - Parameter levels: Levels over 50 ms in LUFS, less the anchor.
  package func pauseGains(_ levels: [Double]) -> [Double] {
    levels.map { -pauseDepth * min(1, max(0, (gate - $0) / Self.fade + 0.5)) }
  }

  /// Whether the gain is 0 dB throughout, up to 0.05 dB.
  package var isNegligible: Bool {
    pauseDepth == 0 && style == content
      && zip(reshaping.inputs, reshaping.outputs).allSatisfy { abs($0 - $1) < 0.05 }
  }

  /// The gains in dB for values of x, before attack and release.
  package func gains(_ levels: [Double]) throws -> [Double] {
    let x = try Tensor3<Float>(shape: TensorShape(1, 1, levels.count), scalars: levels.map { Float($0) })
    var y = x
    Reshaping.level(curve: reshaping).apply(to: &y, means: content.mean)
    let isSpread = content.spread[0] > 0
    try AdaptiveInstanceNorm1d(1)(
      inPlace: &y, style: StyleMoments(scale: isSpread ? style.spread : [1], shift: style.mean),
      contentStatistics: StyleStatistics(
        mean: content.mean, standardDeviation: isSpread ? content.spread : [1]))
    return levels.indices.map { index in
      let gain = min(Double(y.scalars[index] - x.scalars[index]), Self.highestGain)
      let share = min(1, max(0, (gate - levels[index]) / Self.fade + 0.5))
      return gain > pauseGain ? gain + share * (pauseGain - gain) : gain
    }
  }

  /// Creates a value of its parts.
  package init(
    content: FeatureMoments, style: FeatureMoments, reshaping: LevelCurve, anchor: Double, gate: Double,
    pauseGain: Double, pauseDepth: Double = 0.0, ownRange: Double? = nil
  ) {
    self.content = content
    self.style = style
    self.reshaping = reshaping
    self.anchor = anchor
    self.gate = gate
    self.pauseGain = pauseGain
    self.pauseDepth = pauseDepth
    self.ownRange = ownRange
  }
}

/// The dynamics that the momentary loudness of a clip is to get.
package struct LoudnessAim: Sendable {
  /// The quantiles of each style's momentary loudness about its integrated loudness in LU, and the share taken of it.
  package var styles: [(quantiles: [Double], share: Double)]
  /// The sum of the styles' loudness ranges in LU, each times its share; the content's range has the rest to 1.
  package var range: Double
  /// Whether ranges are those of windows of 3 s (EBU Tech 3342); otherwise those of blocks of 400 ms, for short clips.
  package var usesShortTerms = false
  /// The range of the whole content in LU, by the same windows; `nil` if unknown.
  package var contentRange: Double?
  /// The least level difference in dB between sound and pauses that the result is to have.
  package var leastSoundOverPauses: Double

  /// Creates a value of its parts.
  package init(
    styles: [(quantiles: [Double], share: Double)], range: Double, usesShortTerms: Bool = false,
    contentRange: Double? = nil, leastSoundOverPauses: Double
  ) {
    self.styles = styles
    self.range = range
    self.usesShortTerms = usesShortTerms
    self.contentRange = contentRange
    self.leastSoundOverPauses = leastSoundOverPauses
  }
}
