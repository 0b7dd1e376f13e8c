import AudioFeatures

/// A block of restyled frames, and what they add to the clip.
final class RenderedBlock {
  /// The indices of the frames.
  var frames = 0..<0
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
  }

  /// Restyles the frames of a block, which the analyzer has ready.
  func restyle(_ block: RenderedBlock, from analyzer: STFTAnalyzer) {
    let count = block.frames.count
    for (position, index) in block.frames.enumerated() {
      analyzer.transform(index, into: &frames[position], with: &transform)
    }
    do {
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
      apply(position)
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

  private func apply(_ position: Int) {
    for (index, computer) in computers.enumerated() where !computer.plan.isIdentity {
      let range = position * featureCount..<(position + 1) * featureCount
      interpolator.interpolate(gains[index][range], into: &factors)
      switch computer.plan.view {
      case .linked:
        for channel in 0..<channelCount { frames[position].scale(channel, by: factors) }
      case .channel(let channel):
        frames[position].scale(channel, by: factors)
      case .mid:
        frames[position].scaleSum(by: factors)
      case .side:
        frames[position].scaleDifference(by: factors)
      }
    }
  }
}
