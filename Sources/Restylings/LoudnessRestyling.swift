import AudioFeatures
import AdaIN
import Foundation
import Tensors

/// AdaIN of the momentary loudness: the dynamics of words and bars, which follow a style that is another voice or piece.
///
/// With the momentary loudness M (400 ms) of the toned clip and x = M − ``anchor``, the layer makes
/// `y = σs · (T(x) − μc)/σc + μs`, and y − x is the gain, at most 12 dB, attacked over 100 ms and released over 200 ms.
public struct LoudnessRestyling: Hashable, Codable, Sendable {
  /// μc and σc of x over what lies above the pauses.
  public var content: FeatureMoments
  /// μs and σs.
  public var style: FeatureMoments
  /// T: what changes of the distribution beside mean and spread.
  public var reshaping: LevelCurve
  /// The integrated loudness in LUFS of the toned clip.
  public var anchor: Double
  /// The x under which the clip pauses.
  public var gate: Double
  /// The gain of pauses in dB, at most 0: they never rise over the sound.
  public var pauseGain: Double
  /// By how many dB pauses are lowered besides, so that sound stands over them as far as it did.
  ///
  /// Pauses are where the level over 50 ms lies under the ``gate``.
  public var pauseDepth = 0.0
  /// The loudness range of the toned clip in LU, from the 10th to the 95th percentile; `nil` where it is not known.
  public var ownRange: Double?

  /// The highest gain in dB: what is softer than that is as likely room and noise as words.
  static let highestGain = 12.0
  /// Over how many LU around the gate gains go over to that of pauses.
  private static let fade = 6.0

  /// How far in dB pauses are lowered for levels over 50 ms less the anchor.
  package func pauseGains(_ levels: [Double]) -> [Double] {
    levels.map { -pauseDepth * min(1, max(0, (gate - $0) / Self.fade + 0.5)) }
  }

  /// Whether the gain is 0 dB throughout.
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

/// Where the momentary loudness of a clip goes.
package struct LoudnessAim: Sendable {
  /// The quantiles of each style's momentary loudness about its own, and how much of it is taken.
  package var styles: [(quantiles: [Double], share: Double)]
  /// The styles' range in LU, by share; what is missing to a share of 1 is the content's.
  package var range: Double
  /// Whether ranges are those of windows of 3 s (EBU Tech 3342), rather than of blocks of 400 ms, which short clips have more of.
  package var usesShortTerms = false
  /// The range of the whole content in LU, by the same windows; `nil` where it is not known.
  package var contentRange: Double?
  /// What sound over pauses may fall to, in dB.
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
