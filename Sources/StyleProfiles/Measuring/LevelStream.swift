import AdaIN
package import AudioFeatures
package import SoundFiles
import Tensors

/// Measures the levels of views in the frames of a stream, block by block on the threads of a team.
package final class LevelStream {
  private let views: [StereoView]
  private var analyzer: STFTAnalyzer
  private var blocks = FrameBlocks(length: FrameBlocks.measuringLength)
  /// The blocks that are being measured.
  private var pending: [Block] = []
  /// The blocks measured before, whose levels can be read.
  private var measured: [Block] = []
  private var spare: [Block] = []
  private let threads: [Scratch]
  private let featureCount: Int
  private let geometry: STFTGeometry
  private let measuresFine: Bool
  private let thirdOctaves: ThirdOctaves?

  /// What each thread has for itself.
  private final class Scratch {
    var frame: SpectrumFrame
    var transform: STFTAnalyzer.Scratch
    let meter: ViewLevelMeter
    /// The fine spectra of the views, of the blocks that this thread measured; none where they are not wanted.
    var fine: [FineSpectrumPass]

    init(_ analyzer: STFTAnalyzer, _ meter: ViewLevelMeter, _ fine: [FineSpectrumPass]) {
      frame = analyzer.makeFrame()
      transform = analyzer.makeScratch()
      self.meter = meter
      self.fine = fine
    }
  }

  /// The levels of all views in some frames.
  private final class Block {
    var frames = 0..<0
    /// C channels and the broadband level, for each view of each frame.
    var levels: [ContiguousArray<FixedLevel>]
    /// The mean squares in third octaves, for each view of each frame; none where they are not wanted.
    var powers: [ContiguousArray<Float>] = []

    init(viewCount: Int, featureCount: Int, hasThirdOctaves: Bool) {
      if hasThirdOctaves {
        powers = Array(
          repeating: ContiguousArray(repeating: 0, count: ThirdOctaves.count),
          count: viewCount * FrameBlocks.measuringLength)
      }
      levels = Array(
        repeating: ContiguousArray(repeating: .floor, count: featureCount + 1),
        count: viewCount * FrameBlocks.measuringLength)
    }
  }

  package init(
    views: [StereoView], layout: FeatureLayout, geometry: STFTGeometry, source: any FrameSource,
    team: ThreadTeam, measuresFine: Bool = false, measuresThirdOctaves: Bool = false
  ) {
    thirdOctaves = measuresThirdOctaves ? ThirdOctaves(geometry) : nil
    self.views = views
    self.geometry = geometry
    self.measuresFine = measuresFine
    let analyzer = STFTAnalyzer(geometry: geometry, channelCount: source.channelCount)
    self.analyzer = analyzer
    let mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    threads = (0..<team.count).map { _ in
      Scratch(
        analyzer, ViewLevelMeter(mixer: mixer, layout: layout, geometry: geometry),
        measuresFine ? views.map { _ in FineSpectrumPass(geometry: geometry) } : [])
    }
    featureCount = layout.channelCount
  }

  /// Appends samples.
  package func append(_ buffer: FrameBuffer) {
    for channel in 0..<buffer.channelCount {
      buffer.withChannel(channel) { analyzer.append($0, channel: channel) }
    }
    cut(isEnd: false)
  }

  /// Ends the clip.
  package func finish() {
    analyzer.finish()
    cut(isEnd: true)
  }

  /// The pieces of work that measure what has been appended.
  package var jobs: [ThreadTeam.Job] {
    pending.map { block in { [self] thread in measure(block, threads[thread]) } }
  }

  /// Ends the measuring of what has been appended: its levels can be read until this is called again.
  package func advance() {
    analyzer.drop(pending.reduce(0) { $0 + $1.frames.count })
    spare += measured
    measured = pending
    pending = []
  }

  /// Hands out the levels of the frames measured last, in order; other frames may be measured meanwhile.
  ///
  /// - Parameter body: Takes a frame and the levels of each view in turn: C channels, then the broadband level.
  func forEachMeasured(_ body: (_ frame: Int, _ levels: ArraySlice<ContiguousArray<FixedLevel>>) -> Void) {
    for block in measured {
      for (position, frame) in block.frames.enumerated() {
        body(frame, block.levels[position * views.count..<(position + 1) * views.count])
      }
    }
  }

  /// Hands out, beside the levels of the frames measured last, their mean squares in third octaves.
  package func forEachMeasured(
    _ body: (
      _ frame: Int, _ levels: ArraySlice<ContiguousArray<FixedLevel>>,
      _ powers: ArraySlice<ContiguousArray<Float>>
    ) -> Void
  ) {
    for block in measured {
      for (position, frame) in block.frames.enumerated() {
        let range = position * views.count..<(position + 1) * views.count
        body(frame, block.levels[range], thirdOctaves == nil ? [] : block.powers[range])
      }
    }
  }

  /// The fine spectrum of each view over all frames measured; none where they were not asked for.
  var fineSpectra: [FineSpectrum] {
    guard measuresFine else { return [] }
    return views.indices.map { view in
      var whole = FineSpectrumPass(geometry: geometry)
      for thread in threads { whole.merge(thread.fine[view]) }
      return whole.spectrum()
    }
  }

  private func cut(isEnd: Bool) {
    for frames in blocks.take(from: analyzer.readyFrames, isEnd: isEnd) {
      let block =
        spare.popLast()
        ?? Block(
          viewCount: views.count, featureCount: featureCount, hasThirdOctaves: thirdOctaves != nil)
      block.frames = frames
      pending.append(block)
    }
  }

  private func measure(_ block: Block, _ scratch: Scratch) {
    // Taken once: each reading of a property counts references.
    let analyzer = analyzer
    for (position, frame) in block.frames.enumerated() {
      analyzer.transform(frame, into: &scratch.frame, with: &scratch.transform)
      for (index, view) in views.enumerated() {
        scratch.meter.measure(
          view, in: scratch.frame, into: &block.levels[position * views.count + index])
        if measuresFine { scratch.fine[index].add(power: scratch.meter.power) }
        thirdOctaves?.measure(
          power: scratch.meter.power, windowEnergy: scratch.frame.windowEnergy,
          into: &block.powers[position * views.count + index])
      }
    }
    for index in scratch.fine.indices { scratch.fine[index].endGroup() }
  }
}

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
