import AudioFeatures

/// A block of restyled frames, and what they add to the clip.
final class RenderedBlock {
  /// The indices of the frames.
  var frames = 0..<0
  /// The onsets known so far, in order, from the first frame's first sample on or earlier.
  var onsets: [OnsetDetector.Onset] = []
  /// The sums of the frames' samples for each channel; the first belongs to the first frame's first sample.
  fileprivate(set) var samples: [ContiguousArray<Float>] = []
  /// For each frame, which views are active in it.
  fileprivate(set) var isActive: [[Bool]] = []
  /// Why the block could not be restyled.
  fileprivate(set) var failure: (any Error)?
}

/// Restyles a clip block by block: spectra, levels, gains, the gains applied to every channel, and samples again.
///
/// It holds what one thread needs; the blocks of a clip can be shared out among several of them.
final class FrameRestyler {
  /// How many frames before a frame can be the last one wholly before an onset that it holds.
  static let reach = 4

  private static let largestBlock = FrameBlocks.length + 2

  private let interpolator: GainInterpolator
  private let geometry: STFTGeometry
  private let channelCount: Int
  private let featureCount: Int
  private let meter: ViewLevelMeter
  private(set) var computers: [GainComputer]

  private var transform: STFTAnalyzer.Scratch
  private var synthesizer: STFTSynthesizer
  private var frames: [SpectrumFrame]
  private var row: ContiguousArray<FixedLevel>
  private var levels: ContiguousArray<FixedLevel>
  private var gains: [ContiguousArray<Float>]
  private var isActive: [[Bool]]
  private var factors: ContiguousArray<Float>
  private let lastCentre: Int

  private var splitter: SpectrumSplitter
  /// The frame that is being scaled, or its part before an onset.
  private var current: SpectrumFrame
  /// The gains, by view, of the frame before the block that holds until an onset at its start.
  private var earlierGains: [ContiguousArray<Float>]

  /// Creates a restyler.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - source: The clip that will be read.
  ///   - analyzer: What its spectra will be taken from.
  ///   - lastCentre: The index of the last frame whose centre lies inside the clip.
  init(plan: RestylePlan, source: any FrameSource, analyzer: STFTAnalyzer, lastCentre: Int) throws {
    let geometry = analyzer.geometry
    channelCount = source.channelCount
    self.geometry = geometry
    self.lastCentre = lastCentre
    let mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    interpolator = GainInterpolator(layout: plan.content.layout, geometry: geometry)
    meter = ViewLevelMeter(mixer: mixer, layout: plan.content.layout, geometry: geometry)
    let featureCount = meter.channelCount
    self.featureCount = featureCount
    computers = try plan.views.map {
      try GainComputer(plan: $0, options: plan.options, shiftInBuckets: plan.content.gateShift)
    }
    transform = analyzer.makeScratch()
    synthesizer = STFTSynthesizer(geometry: geometry, channelCount: source.channelCount)
    frames = Array(repeating: analyzer.makeFrame(), count: Self.largestBlock)
    row = ContiguousArray(repeating: .floor, count: featureCount + 1)
    levels = ContiguousArray(repeating: .floor, count: Self.largestBlock * (featureCount + 1))
    gains = computers.map { _ in ContiguousArray(repeating: 0, count: Self.largestBlock * featureCount) }
    isActive = computers.map { _ in [Bool](repeating: false, count: Self.largestBlock) }
    factors = ContiguousArray(repeating: 1, count: geometry.binCount)
    splitter = SpectrumSplitter(geometry: geometry)
    current = analyzer.makeFrame()
    earlierGains = computers.map { _ in ContiguousArray(repeating: 0, count: featureCount) }
  }

  /// Where the window of a frame starts in the clip: frame i ends at (i + 2) · H.
  static func start(ofFrame index: Int, _ geometry: STFTGeometry) -> Int { (index - 2) * geometry.hopLength }

  /// Restyles the frames of a block, which the analyzer has ready.
  func restyle(_ block: RenderedBlock, from analyzer: STFTAnalyzer) {
    let count = block.frames.count
    for (position, index) in block.frames.enumerated() {
      analyzer.transform(index, into: &frames[position], with: &transform)
    }
    do {
      try computeEarlierGains(block, analyzer)
      for (index, computer) in computers.enumerated() {
        measure(computer.plan.view, count)
        try computers[index].compute(
          levels, firstFrame: block.frames.lowerBound, frameCount: count, gains: &gains[index],
          isActive: &isActive[index])
      }
    } catch {
      block.failure = error
      return
    }
    let length = (count - 1) * geometry.hopLength + geometry.windowLength
    block.samples = Array(repeating: ContiguousArray(repeating: 0, count: length), count: channelCount)
    block.isActive.removeAll(keepingCapacity: true)
    for position in 0..<count {
      apply(position, block)
      let isInside = frames[position].index >= 0 && frames[position].index <= lastCentre
      block.isActive.append(isActive.map { isInside && $0[position] })
      for channel in 0..<channelCount {
        synthesizer.overlapAdd(
          frames[position], channel: channel, to: &block.samples[channel], at: position * geometry.hopLength)
      }
    }
  }

  /// Measures the levels of a view over the block.
  ///
  /// Frames whose centre lies outside the clip take the levels of the nearest one inside.
  private func measure(_ view: StereoView, _ count: Int) {
    let width = featureCount + 1
    for position in 0..<count {
      // The frames after the last centre share its block.
      if frames[position].index <= lastCentre || position == 0 {
        meter.measure(view, in: frames[position], into: &row)
      }
      for i in 0..<width { levels[position * width + i] = row[i] }
    }
    if frames[0].index < 0 && count > 1 {
      for i in 0..<width { levels[i] = levels[width + i] }
    }
  }

  /// The onset that a frame holds, if any, and the last frame wholly before it.
  private func onset(
    inFrame index: Int, of block: RenderedBlock
  ) -> (position: Int, heldFrame: Int)? {
    let start = Self.start(ofFrame: index, geometry)
    guard let onset = block.onsets.first(where: { $0.position >= start }),
      onset.end <= start + geometry.windowLength
    else { return nil }
    let held = onset.position / geometry.hopLength - 2
    return (onset.position - start, held < 0 ? index : held)
  }

  /// Computes the gains of the frame before the block that the first of its frames need; there is one such frame at most,
  /// as onsets are at least a window apart.
  private func computeEarlierGains(_ block: RenderedBlock, _ analyzer: STFTAnalyzer) throws {
    let first = block.frames.lowerBound
    let neighbours = block.frames.prefix(Self.reach)
    guard let held = neighbours.lazy.compactMap({ self.onset(inFrame: $0, of: block)?.heldFrame }).first,
      held < first
    else { return }
    analyzer.transform(held, into: &current, with: &transform)
    for (index, computer) in computers.enumerated() {
      // A copy, as this frame's gains are counted with the block that it belongs to.
      var computer = computer
      var isActive = [false]
      meter.measure(computer.plan.view, in: current, into: &row)
      try computer.compute(
        row, firstFrame: held, frameCount: 1, gains: &earlierGains[index], isActive: &isActive)
    }
  }

  /// Applies the gains of a frame; where it holds an onset, what stands before that keeps the gains of the last frame wholly
  /// before it, and the gains of the onset do not reach there.
  private func apply(_ position: Int, _ block: RenderedBlock) {
    guard let (place, held) = onset(inFrame: frames[position].index, of: block) else {
      swap(&current, &frames[position])
      scaleCurrent(from: position)
      swap(&current, &frames[position])
      return
    }
    splitter.split(&frames[position], at: place, before: &current)
    scaleCurrent(from: held - block.frames.lowerBound)
    swap(&current, &frames[position])
    scaleCurrent(from: position)
    splitter.silence(&current, before: place - splitter.fadeLength)
    frames[position] += current
  }

  /// Scales the current spectrum by the gains of a frame of this block, or of the one held from before (negative).
  private func scaleCurrent(from position: Int) {
    for (index, computer) in computers.enumerated() where !computer.plan.isIdentity {
      if position >= 0 {
        let range = position * featureCount..<(position + 1) * featureCount
        interpolator.interpolate(gains[index][range], into: &factors)
      } else {
        interpolator.interpolate(earlierGains[index][...], into: &factors)
      }
      switch computer.plan.view {
      case .linked:
        for channel in 0..<channelCount { current.scale(channel, by: factors) }
      case .channel(let channel):
        current.scale(channel, by: factors)
      case .mid:
        current.scaleSum(by: factors)
      case .side:
        current.scaleDifference(by: factors)
      }
    }
  }
}
