package import AdaIN
import AudioFeatures
package import Tensors

/// The distribution of the active frames' levels: a histogram of each channel, and the covariance of all channels.
///
/// Both are exact sums: they merge exactly and do not depend on the order of frames.
package struct FrameDistribution: Hashable, Sendable {
  /// The levels of each channel, in bins of 0.05 dB.
  package var histograms: HistogramStatistics
  /// Sums for mean and covariance of all channels.
  package var covariance: LevelCovariance

  /// The number of frames.
  var count: Int { covariance.count }

  /// The distribution of these frames and others together.
  func merged(with other: FrameDistribution) throws(ShapeError) -> FrameDistribution {
    var result = self
    try result.histograms.merge(other.histograms)
    try result.covariance.merge(other.covariance)
    return result
  }

  /// Mean and covariance of some channels.
  ///
  /// The count is that of independent frames, a quarter of all, as neighbours overlap by three quarters.
  package func statistics(of channels: [Int]) throws(ShapeError) -> CovarianceStatistics {
    let (size, mean, all) = (covariance.numFeatures, covariance.mean, covariance.covariance)
    return try CovarianceStatistics(
      count: count / 4, mean: channels.map { mean[$0] },
      covariance: channels.flatMap { row in channels.map { all[row * size + $0] } })
  }
}

/// The distribution of a view's levels while a clip is measured.
///
/// Which frames are active is known only at the end, so frames are sorted by their broadband level into the buckets
/// of ``LevelStatistics``. Memory does not grow with the clip. Each bucket holds 16 bytes for each pair of channels and
/// 4 bytes for each bin of 0.05 dB between a channel's extremes in that bucket. That is about 12 MB for 32 bands and a
/// recording with a range of 60 dB.
struct DistributionPass {
  private let channelCount: Int
  private var buckets: [Int: Bucket] = [:]

  private struct Bucket {
    var covariance: LevelCovariance
    var channels: [BinCounts]

    mutating func add(_ steps: Span<Int32>) {
      covariance.add(steps: steps)
      for channel in channels.indices {
        channels[channel].add(LevelHistogram.bin(ofSteps: Int(steps[channel])))
      }
    }

    mutating func merge(_ other: Bucket) throws(ShapeError) {
      try covariance.merge(other.covariance)
      for channel in channels.indices { channels[channel].merge(other.channels[channel]) }
    }
  }

  /// The counts of the bins from the lowest to the highest so far, with a margin on both sides.
  private struct BinCounts {
    private(set) var first = 0
    private(set) var counts: [UInt32] = []
    private static let margin = 32

    mutating func merge(_ other: BinCounts) {
      for (index, number) in other.counts.enumerated() where number > 0 {
        add(other.first + index, count: number)
      }
    }

    mutating func add(_ bin: Int, count: UInt32 = 1) {
      if counts.isEmpty {
        first = bin - Self.margin
        counts = Array(repeating: 0, count: 2 * Self.margin)
      } else if bin < first {
        counts.insert(contentsOf: repeatElement(0, count: first - bin + Self.margin), at: 0)
        first = bin - Self.margin
      } else if bin >= first + counts.count {
        counts += repeatElement(0, count: bin - first - counts.count + Self.margin)
      }
      counts[bin - first] += count
    }
  }

  init(channelCount: Int) {
    self.channelCount = channelCount
  }

  /// Takes in one frame: the levels of all channels, then the broadband level.
  mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    let bucket = LevelStatistics.bucket(ofSteps: Int(levels[channelCount].steps))
    levels.withSteps { steps in
      buckets[
        bucket,
        default: Bucket(
          covariance: LevelCovariance(numFeatures: channelCount),
          channels: Array(repeating: BinCounts(), count: channelCount))
      ].add(steps)
    }
  }

  /// Takes in the frames of another clip.
  ///
  /// - Throws: ShapeError where the channels differ.
  mutating func merge(_ other: DistributionPass) throws(ShapeError) {
    for (key, bucket) in other.buckets {
      if buckets[key] == nil { buckets[key] = bucket } else { try buckets[key]?.merge(bucket) }
    }
  }

  /// The distribution of the active frames, moved by a whole number of buckets.
  func distribution(gate: ActivityGate, shiftInBuckets shift: Int) throws(ShapeError) -> FrameDistribution {
    let active = buckets.filter { $0.key >= gate.lowestActiveBucket ?? .max }
    var covariance = LevelCovariance(numFeatures: channelCount)
    for bucket in active.values { try covariance.merge(bucket.covariance) }
    let binShift = shift * Int(LevelStatistics.bucketWidth / LevelHistogram.binWidth)
    let histograms = (0..<channelCount).map { channel in
      var bins: [Int: Int] = [:]
      for bucket in active.values {
        let counts = bucket.channels[channel]
        for (index, number) in counts.counts.enumerated() where number > 0 {
          bins[counts.first + index + binShift, default: 0] += Int(number)
        }
      }
      return LevelHistogram(bins: bins)
    }
    return FrameDistribution(
      histograms: HistogramStatistics(histograms),
      covariance: covariance.shifted(bySteps: shift * LevelStatistics.stepsPerBucket))
  }
}
