import AdaIN
import AudioFeatures

/// What is collected of one view's levels while a clip is measured.
final class ViewTally {
  private(set) var levels: LevelStatistics
  /// The distribution of the levels; `nil` where it is not wanted.
  private var distribution: DistributionPass?
  /// The sample of the frames; `nil` where it is not wanted.
  private var sample: FrameSamplePass?

  init(channelCount: Int, measuresDistribution: Bool, measuresFrames: Bool) {
    levels = LevelStatistics(numFeatures: channelCount + 1)
    distribution = measuresDistribution ? DistributionPass(channelCount: channelCount) : nil
    sample = measuresFrames ? FrameSamplePass(channelCount: channelCount) : nil
  }

  /// Takes in one frame: the levels of all channels, then the broadband level.
  func add(_ levels: ContiguousArray<FixedLevel>) {
    self.levels.add(levels)
    distribution?.add(levels)
    sample?.add(levels)
  }

  /// The distribution of the active frames, moved by a whole number of buckets.
  func distribution(shiftInBuckets shift: Int) throws -> FrameDistribution? {
    try distribution?.distribution(
      gate: ActivityGate(levels, shiftInBuckets: 0), shiftInBuckets: shift)
  }

  /// The sample of the frames, moved by a whole number of buckets.
  func frameSample(shiftInBuckets shift: Int) -> FrameSample? {
    sample?.sample(shiftInBuckets: shift)
  }
}
