import AdaIN
import Tensors

/// How the levels of active frames are distributed: of each channel by itself, and of all together.
///
/// Both are exact sums, so they do not depend on the order of frames, and merge.
struct FrameDistribution: Hashable, Sendable {
  /// The levels of each channel, in bins of 0.05 dB.
  var histograms: HistogramStatistics
  /// Sums for mean and covariance of all channels.
  var covariance: LevelCovariance

  /// The number of frames.
  var count: Int { covariance.count }

  /// The distribution of these frames and others together.
  func merged(with other: FrameDistribution) throws(ShapeError) -> FrameDistribution {
    var result = self
    try result.histograms.merge(other.histograms)
    try result.covariance.merge(other.covariance)
    return result
  }

  /// Mean and covariance of some channels, counted in independent frames: neighbours overlap by three quarters.
  func statistics(of channels: [Int]) throws(ShapeError) -> CovarianceStatistics {
    let (size, mean, all) = (covariance.numFeatures, covariance.mean, covariance.covariance)
    return try CovarianceStatistics(
      count: count / 4, mean: channels.map { mean[$0] },
      covariance: channels.flatMap { row in channels.map { all[row * size + $0] } })
  }
}
