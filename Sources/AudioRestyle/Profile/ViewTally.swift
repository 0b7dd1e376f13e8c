import AdaIN
import AudioFeatures
import Tensors

/// What is collected of one view's levels while clips are measured.
struct ViewTally: Sendable {
  private(set) var levels: LevelStatistics
  /// The distribution of the levels; `nil` where it is not wanted.
  private var distribution: DistributionPass?
  /// The sample of the frames; `nil` where it is not wanted.
  private var sample: FrameSamplePass?
  /// The fine spectrum of all frames; `nil` where it is not wanted.
  var fineSpectrum: FineSpectrum?
  /// The long-term spectra of clips that are too short to tell (``StyleProfile/isShort``), one row of third octaves
  /// each.
  private(set) var sounds = FrameSample(channelCount: ThirdOctaves.count, frames: [])
  /// The powers in third octaves; `nil` where they are not wanted.
  private var longTerm: LongTermSpectrumPass?

  init(channelCount: Int, measuresDistribution: Bool, measuresFrames: Bool) {
    levels = LevelStatistics(numFeatures: channelCount + 1)
    distribution = measuresDistribution ? DistributionPass(channelCount: channelCount) : nil
    sample = measuresFrames ? FrameSamplePass(channelCount: channelCount) : nil
    longTerm = measuresFrames ? LongTermSpectrumPass() : nil
  }

  /// Takes in one frame: the levels of all channels, then the broadband level.
  mutating func add(_ levels: ContiguousArray<FixedLevel>, powers: ContiguousArray<Float>?) {
    if let powers, let broadband = levels.last { longTerm?.add(powers, broadband: broadband) }
    self.levels.add(levels)
    distribution?.add(levels)
    sample?.add(levels)
  }

  /// Takes in the frames of another clip, which was measured in the same way.
  ///
  /// - Throws: ShapeError where the channels differ.
  mutating func merge(_ other: ViewTally) throws(ShapeError) {
    try levels.merge(other.levels)
    if let theirs = other.distribution { try distribution?.merge(theirs) }
    if let theirs = other.sample { sample?.merge(theirs) }
    if let theirs = other.longTerm { longTerm?.merge(theirs) }
    sounds = sounds.merged(with: other.sounds)
    // A spectrum of a part of the clips would stand for all.
    fineSpectrum = other.fineSpectrum.flatMap { fineSpectrum?.merged(with: $0) }
  }

  /// The distribution of the active frames, moved by a whole number of buckets.
  func distribution(shiftInBuckets shift: Int) throws(ShapeError) -> FrameDistribution? {
    try distribution?.distribution(
      gate: ActivityGate(levels, shiftInBuckets: 0), shiftInBuckets: shift)
  }

  /// The long-term spectrum, moved by a whole number of buckets.
  func longTermSpectrum(shiftInBuckets shift: Int) -> LongTermSpectrum? {
    longTerm?.spectrum(ActivityGate(levels, shiftInBuckets: 0)).shifted(byBuckets: shift)
  }

  /// Whether no frame is active.
  var isSilent: Bool { ActivityGate(levels, shiftInBuckets: 0).lowestActiveLevel == nil }

  /// Whether the clip is too short to tell: its active frames stand for less than 2 s.
  var isShort: Bool {
    let lowest = ActivityGate(levels, shiftInBuckets: 0).lowestActiveLevel
    return StyleProfile.seconds(ofFrames: lowest.map { levels.frameCount(above: $0) } ?? 0)
      < StyleProfile.shortDuration
  }

  /// Notes the long-term spectrum of the clip as that of one short sound.
  mutating func noteSound() {
    guard let longTerm, !isSilent else { return }
    let gate = ActivityGate(levels, shiftInBuckets: 0)
    sounds = FrameSample(
      channelCount: ThirdOctaves.count,
      frames: [FrameSample.Frame(levels: longTerm.spectrum(gate).soundLevels)])
  }

  /// The sample of the frames, moved by a whole number of buckets.
  func frameSample(shiftInBuckets shift: Int) -> FrameSample? {
    sample?.sample(shiftInBuckets: shift)
  }
}
