import AudioFeatures
import SoundFiles

/// Measures the levels of views in the frames of a stream, block by block on the threads of a team.
final class LevelStream {
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

  init(
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
  func append(_ buffer: FrameBuffer) {
    for channel in 0..<buffer.channelCount {
      buffer.withChannel(channel) { analyzer.append($0, channel: channel) }
    }
    cut(isEnd: false)
  }

  /// Ends the clip.
  func finish() {
    analyzer.finish()
    cut(isEnd: true)
  }

  /// The pieces of work that measure what has been appended.
  var jobs: [ThreadTeam.Job] {
    pending.map { block in { [self] thread in measure(block, threads[thread]) } }
  }

  /// Ends the measuring of what has been appended: its levels can be read until this is called again.
  func advance() {
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
  func forEachMeasured(
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
