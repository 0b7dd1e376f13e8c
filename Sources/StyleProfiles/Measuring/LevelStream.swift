import AdaIN
package import AudioFeatures
package import SoundFiles
import Tensors

/// The stage that measures the levels of views in the frames of a clip, block by block.
package final class LevelStream: Stage {
  private var analyzer: STFTAnalyzer
  private var blocks = FrameBlocks(length: FrameBlocks.measuringLength)
  /// The blocks that are measured in this step.
  private var pending: [Exclusive<MeasuredLevels.Block>] = []
  /// The blocks that ``end()`` returned last; their memory is reused after the next ``end()``.
  private var measured: [MeasuredLevels.Block] = []
  private var spare: [MeasuredLevels.Block] = []
  private let threads: [Exclusive<Scratch>]
  private let featureCount: Int
  private let geometry: STFTGeometry
  private let views: [StereoView]
  private let measuresFine: Bool
  private let hasThirdOctaves: Bool

  /// The memory and meters that each thread has for itself.
  private final class Scratch {
    private let views: [StereoView]
    private var frame: SpectrumFrame
    private var transform: STFTAnalyzer.Scratch
    private let meter: ViewLevelMeter
    private let thirdOctaves: ThirdOctaves?
    /// The fine spectrum of each view over the blocks that this thread measured; empty where not wanted.
    private(set) var fine: [FineSpectrumPass]

    init(
      _ views: [StereoView], _ analyzer: STFTAnalyzer, _ meter: ViewLevelMeter, _ thirdOctaves: ThirdOctaves?,
      _ fine: [FineSpectrumPass]
    ) {
      self.views = views
      frame = analyzer.makeFrame()
      transform = analyzer.makeScratch()
      self.meter = meter
      self.thirdOctaves = thirdOctaves
      self.fine = fine
    }

    func measure(_ block: inout MeasuredLevels.Block, from analyzer: STFTAnalyzer) {
      for (position, frame) in block.frames.enumerated() {
        analyzer.transform(frame, into: &self.frame, with: &transform)
        for (index, view) in views.enumerated() {
          let row = position * views.count + index
          meter.measure(view, in: self.frame, into: &block.levels[row])
          if !fine.isEmpty { fine[index].add(power: meter.power) }
          thirdOctaves?.measure(
            power: meter.power, windowEnergy: self.frame.windowEnergy, into: &block.powers[row])
        }
      }
      for index in fine.indices { fine[index].endGroup() }
    }
  }

  package init(
    views: [StereoView], layout: FeatureLayout, geometry: STFTGeometry, source: any FrameSource,
    team: ThreadTeam, measuresFine: Bool = false, measuresThirdOctaves: Bool = false
  ) {
    let thirdOctaves = measuresThirdOctaves ? ThirdOctaves(geometry) : nil
    self.views = views
    self.geometry = geometry
    self.measuresFine = measuresFine
    hasThirdOctaves = measuresThirdOctaves
    let analyzer = STFTAnalyzer(geometry: geometry, channelCount: source.channelCount)
    self.analyzer = analyzer
    let mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    threads = (0..<team.count).map { _ in
      Exclusive(
        Scratch(
          views, analyzer, ViewLevelMeter(mixer: mixer, layout: layout, geometry: geometry), thirdOctaves,
          measuresFine ? views.map { _ in FineSpectrumPass(geometry: geometry) } : []))
    }
    featureCount = layout.channelCount
  }

  package func begin(_ buffer: FrameBuffer) -> [ThreadTeam.Job] { begin(each: [buffer]) }

  /// Takes buffers that follow each other.
  package func begin(each buffers: [FrameBuffer]) -> [ThreadTeam.Job] {
    for buffer in buffers {
      for channel in 0..<buffer.channelCount {
        buffer.withChannel(channel) { analyzer.append($0, channel: channel) }
      }
    }
    return cut(isEnd: false)
  }

  package func finish() -> [ThreadTeam.Job] {
    analyzer.finish()
    return cut(isEnd: true)
  }

  package func end() -> MeasuredLevels {
    spare += measured
    measured = pending.map(\.value)
    pending = []
    analyzer.drop(measured.reduce(0) { $0 + $1.frames.count })
    return MeasuredLevels(blocks: measured, viewCount: views.count)
  }

  /// The fine spectrum of each view over all measured frames; empty where not wanted.
  var fineSpectra: [FineSpectrum] {
    guard measuresFine else { return [] }
    return views.indices.map { view in
      var whole = FineSpectrumPass(geometry: geometry)
      for thread in threads { whole.merge(thread.use { $0.fine[view] }) }
      return whole.spectrum()
    }
  }

  private func cut(isEnd: Bool) -> [ThreadTeam.Job] {
    pending = blocks.take(from: analyzer.readyFrames, isEnd: isEnd).map { frames in
      var block =
        spare.popLast()
        ?? MeasuredLevels.Block(
          viewCount: views.count, featureCount: featureCount, hasThirdOctaves: hasThirdOctaves)
      block.frames = frames
      return Exclusive(block)
    }
    return pending.map { block in
      ThreadTeam.Job(block) { [analyzer, threads] block, thread in
        threads[thread].use { $0.measure(&block, from: analyzer) }
      }
    }
  }
}

/// The levels of all views in some frames of a clip.
package struct MeasuredLevels: Sendable {
  fileprivate let blocks: [Block]
  fileprivate let viewCount: Int

  /// Some frames that are measured together.
  fileprivate struct Block: Sendable {
    var frames = 0..<0
    /// C channels and the broadband level, for each view of each frame.
    var levels: [ContiguousArray<FixedLevel>]
    /// The mean squares in third octaves, for each view of each frame; empty where not wanted.
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

  /// Hands out the frames in order.
  ///
  /// - Parameter body: Takes the number of a frame, the levels of each view (C channels, then the broadband level), and
  ///   the mean squares of each view in third octaves, which are empty where not wanted.
  package func forEachFrame(
    _ body: (
      _ frame: Int, _ levels: ArraySlice<ContiguousArray<FixedLevel>>,
      _ powers: ArraySlice<ContiguousArray<Float>>
    ) -> Void
  ) {
    for block in blocks {
      for (position, frame) in block.frames.enumerated() {
        let range = position * viewCount..<(position + 1) * viewCount
        body(frame, block.levels[range], block.powers.isEmpty ? [] : block.powers[range])
      }
    }
  }
}

/// The statistics of one view's levels while clips are measured.
struct ViewTally: Sendable {
  private(set) var levels: LevelStatistics
  /// The distribution of the levels; `nil` where it is not wanted.
  private var distribution: DistributionPass?
  /// The sample of the frames; `nil` where it is not wanted.
  private var sample: FrameSamplePass?
  /// The fine spectrum of all frames; `nil` where it is not wanted.
  var fineSpectrum: FineSpectrum?
  /// The long-term spectra of short clips (``StyleProfile/isShort``), one row of third octaves for each clip.
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
    // Dropped where one clip has none: a spectrum of a part of the clips would stand for all.
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

  /// Whether the clip is short: its active frames stand for less than ``StyleProfile/shortDuration``.
  var isShort: Bool {
    let lowest = ActivityGate(levels, shiftInBuckets: 0).lowestActiveLevel
    return StyleProfile.seconds(ofFrames: lowest.map { levels.frameCount(above: $0) } ?? 0)
      < StyleProfile.shortDuration
  }

  /// Notes the long-term spectrum of the clip as that of one short clip, unless no frame is active.
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
