import Foundation

/// How far the peaks of a result are lowered towards the style's, as dynamics that frames are too long to hold.
///
/// Compressors and limiters act within a frame of 43 ms, which leaves their mark on the ratio of the true peak to the
/// loudness. Where the result's ratio is larger than the style's, its peaks go down by a share of the difference: of all
/// styles by weight, times the strength up to 1. Peaks are never raised.
struct PeakAim {
  private let share: Double
  private let styleRatio: Double

  /// The most by which peaks are lowered, in dB.
  private static let limit = 8.0
  /// What is not worth a limiter, in dB.
  private static let smallest = 0.1

  /// The aim of a plan; `nil` where its method leaves peaks as they come.
  init?(_ plan: RestylePlan) {
    let shares = plan.views.map { view in
      view.maps.reduce(0) { $0 + $1.weight * ($1.map.shape?.matched?.peakShare ?? 0) }
    }
    share = min(1, max(0, plan.options.strength)) * (shares.min() ?? 0)
    guard share > 0, let ratio = plan.stylePeakRatio else { return nil }
    styleRatio = ratio
  }

  /// By how many dB the true peak stands above the loudness; `nil` for silence.
  private static func ratio(of result: RenderResult) -> Double? {
    guard let loudness = result.loudness(afterGain: 0), result.truePeak.isFinite else { return nil }
    return result.truePeak - loudness
  }

  /// The largest sample that the result is to have; `nil` where its peaks are low enough.
  func threshold(for trial: RenderResult) -> Float? {
    guard let ratio = Self.ratio(of: trial) else { return nil }
    let reduction = min(Self.limit, share * (ratio - styleRatio))
    return reduction > Self.smallest ? Float(pow(10, (trial.samplePeak - reduction) / 20)) : nil
  }
}
