import Foundation

/// How far the peaks of a result are lowered towards the style's, as dynamics that frames are too long to hold.
///
/// Compressors and limiters act within a frame of 43 ms, which leaves their mark on the ratio of the true peak to the
/// loudness. Where the result's ratio is larger than the style's, its peaks go down by a share of the difference: the least
/// of all views, of all styles by weight. Peaks are never raised.
struct PeakAim: Sendable {
  private let share: Double
  private let styleRatio: Double

  /// The most by which peaks are lowered, in dB.
  private static let limit = 12.0
  /// What is not worth a limiter, in dB.
  private static let smallest = 0.1

  /// The aim of targets by view; `nil` where their method leaves peaks as they come.
  ///
  /// - Parameters:
  ///   - targets: What was made of each style, with its share.
  ///   - stylePeakRatio: By how many dB the styles' true peaks stand above their loudness; `nil` where that is not known.
  init?(_ targets: [[(target: StyleTarget, share: Double)]], stylePeakRatio: Double?) {
    share = targets.map { $0.reduce(0) { $0 + $1.share * $1.target.peakShare } }.min() ?? 0
    guard share > 0, let ratio = stylePeakRatio else { return nil }
    styleRatio = ratio
  }

  /// By how many dB the true peak stands above the loudness; `nil` for silence.
  private static func ratio(of result: RenderResult) -> Double? {
    guard let loudness = result.loudness(afterGain: 0), result.truePeak.isFinite else { return nil }
    return result.truePeak - loudness
  }

  /// Where peaks were lowered already, the loudness falls with them: so much more is needed.
  private static let overshoot = 1.5

  /// The largest sample that the result is to have; `nil` where its peaks are low enough.
  ///
  /// - Parameters:
  ///   - trial: What was found.
  ///   - isLimited: Whether the trial had a threshold already.
  func threshold(for trial: RenderResult, isLimited: Bool = false) -> Float? {
    guard let ratio = Self.ratio(of: trial) else { return nil }
    let factor = isLimited ? share * Self.overshoot : share
    let reduction = min(Self.limit, factor * (ratio - styleRatio))
    return reduction > Self.smallest ? Float(pow(10, (trial.samplePeak - reduction) / 20)) : nil
  }
}
