import AudioFeatures
import SoundFiles

/// Restyles a clip's spectra block by block: levels, gains, and the gains applied to every channel.
struct FrameRestyler {
  /// How many frames are restyled at a time; the result does not depend on it.
  static let blockLength = 32

  private let stereo: StereoMode
  private let interpolator: GainInterpolator
  private let geometry: STFTGeometry
  private let channelCount: Int
  private let featureCount: Int
  private let meter: ViewLevelMeter
  private(set) var computers: [GainComputer]

  private var frames: [SpectrumFrame]
  private var pendingCount = 0
  private var levels: [ContiguousArray<FixedLevel>]
  private var gains: [ContiguousArray<Float>]
  private var isActive: [[Bool]]
  private var factors: ContiguousArray<Float>
  private let lastCentre: Int

  private var onsets: OnsetDetector
  private var splitter: SpectrumSplitter
  /// The frame that is being scaled, or its part before an onset.
  private var current: SpectrumFrame
  /// The gains of the last frames of the block before, by view.
  private var earlierGains: [ContiguousArray<Float>]
  /// How many frames reach back over an onset at most.
  private static let reach = 4

  /// Creates a restyler.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - source: The clip that will be read.
  ///   - geometry: The transform's lengths.
  init(plan: RestylePlan, source: any FrameSource, geometry: STFTGeometry) throws {
    stereo = plan.stereo
    channelCount = source.channelCount
    self.geometry = geometry
    let mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    interpolator = GainInterpolator(layout: plan.content.layout, geometry: geometry)
    let meter = ViewLevelMeter(mixer: mixer, layout: plan.content.layout, geometry: geometry)
    self.meter = meter
    featureCount = meter.channelCount
    let featureCount = featureCount
    computers = try plan.views.map {
      try GainComputer(plan: $0, options: plan.options, shiftInBuckets: plan.content.gateShift)
    }
    let blank = SpectrumFrame(channelCount: source.channelCount, binCount: geometry.binCount)
    frames = [SpectrumFrame](repeating: blank, count: Self.blockLength)
    let rows = Self.blockLength * (featureCount + 1)
    levels = computers.map { _ in ContiguousArray(repeating: .floor, count: rows) }
    gains = computers.map { _ in ContiguousArray(repeating: 0, count: Self.blockLength * featureCount) }
    isActive = computers.map { _ in [Bool](repeating: false, count: Self.blockLength) }
    factors = ContiguousArray(repeating: 1, count: geometry.binCount)
    let count = plan.content.sources.first?.frameCount ?? 0
    lastCentre = geometry.frameCount(ofSamples: count) - 1
    onsets = OnsetDetector(sampleRate: source.sampleRate, shortestDistance: geometry.windowLength)
    splitter = SpectrumSplitter(geometry: geometry)
    current = blank
    earlierGains = computers.map { _ in ContiguousArray(repeating: 0, count: Self.reach * featureCount) }
  }

  /// Looks for onsets in samples that are about to be analysed.
  mutating func observe(_ buffer: FrameBuffer) { onsets.add(buffer) }

  /// What a restyled frame is handed out with.
  typealias Output = (_ frame: SpectrumFrame, _ isActive: [Bool]) throws -> Void

  /// Takes the next frame from the analyzer, and hands out a block of restyled ones when it is full.
  ///
  /// - Returns: Whether there was a frame.
  mutating func take(from analyzer: inout STFTAnalyzer, output: Output) throws -> Bool {
    guard analyzer.nextFrame(into: &frames[pendingCount]) else { return false }
    pendingCount += 1
    if pendingCount == Self.blockLength { try flush(output) }
    return true
  }

  /// Restyles and hands out the frames that are still held.
  mutating func flush(_ output: Output) throws {
    guard pendingCount > 0 else { return }
    for (index, computer) in computers.enumerated() {
      measure(computer.plan.view, index)
      try computers[index].compute(
        levels[index], firstFrame: frames[0].index, frameCount: pendingCount, gains: &gains[index],
        isActive: &isActive[index])
    }
    for position in 0..<pendingCount {
      apply(position)
      let flags = isActive.map { $0[position] }
      let isInside = frames[position].index >= 0 && frames[position].index <= lastCentre
      try output(frames[position], isInside ? flags : flags.map { _ in false })
    }
    if pendingCount == Self.blockLength {
      for index in gains.indices {
        earlierGains[index] = ContiguousArray(gains[index].suffix(Self.reach * featureCount))
      }
    }
    pendingCount = 0
  }

  /// Measures the levels of a view over the block.
  ///
  /// Frames whose centre lies outside the clip take the levels of the nearest one inside.
  private mutating func measure(_ view: StereoView, _ index: Int) {
    let width = featureCount + 1
    let previous = Array(levels[index][(Self.blockLength - 1) * width..<Self.blockLength * width])
    for position in 0..<pendingCount {
      guard frames[position].index <= lastCentre else {
        for i in 0..<width {
          levels[index][position * width + i] =
            position > 0 ? levels[index][(position - 1) * width + i] : previous[i]
        }
        continue
      }
      meter.measure(view, in: frames[position])
      levels[index].replaceSubrange(position * width..<(position + 1) * width, with: meter.levels)
    }
    if frames[0].index < 0 && pendingCount > 1 {
      for i in 0..<width { levels[index][i] = levels[index][width + i] }
    }
  }

  /// Applies the gains of a frame; where it holds an onset, what stands before that keeps the gains of the last frame wholly
  /// before it, and the gains of the onset do not reach there.
  private mutating func apply(_ position: Int) {
    let start = (frames[position].index - 2) * geometry.hopLength
    onsets.drop(before: start)
    guard let onset = onsets.onsets.first, onset.end <= start + geometry.windowLength else {
      swap(&current, &frames[position])
      scaleCurrent(from: position)
      swap(&current, &frames[position])
      return
    }
    let place = onset.position - start
    splitter.split(&frames[position], at: place, before: &current)
    // Frame i ends at (i + 2) · H.
    let held = onset.position / geometry.hopLength - 2
    scaleCurrent(from: held < 0 ? position : max(held - frames[0].index, -Self.reach))
    swap(&current, &frames[position])
    scaleCurrent(from: position)
    splitter.silence(&current, before: place - splitter.fadeLength)
    frames[position] += current
  }

  /// Scales the current spectrum by the gains of a frame of this block, or of the one before (negative).
  private mutating func scaleCurrent(from position: Int) {
    for (index, computer) in computers.enumerated() where !computer.plan.isIdentity {
      if position >= 0 {
        let range = position * featureCount..<(position + 1) * featureCount
        interpolator.interpolate(gains[index][range], into: &factors)
      } else {
        let place = Self.reach + position
        let range = place * featureCount..<(place + 1) * featureCount
        interpolator.interpolate(earlierGains[index][range], into: &factors)
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

extension SpectrumFrame {
  /// Multiplies a channel's bins by real factors.
  mutating func scale(_ channel: Int, by factors: ContiguousArray<Float>) {
    let offset = channel * binCount
    let bins = binCount
    unsafe factors.withUnsafeBufferPointer { factors in
      unsafe real.withUnsafeMutableBufferPointer { real in
        unsafe imaginary.withUnsafeMutableBufferPointer { imaginary in
          for k in 0..<bins {
            unsafe real[offset + k] *= factors[k]
            unsafe imaginary[offset + k] *= factors[k]
          }
        }
      }
    }
  }

  /// Multiplies the middle (L + R)/2 by factors and leaves the side as it is.
  mutating func scaleSum(by factors: ContiguousArray<Float>) {
    mix(factors) { left, right, factor in
      let change = (left + right) / 2 * (factor - 1)
      return (left + change, right + change)
    }
  }

  /// Multiplies the side (L − R)/2 by factors and leaves the middle as it is.
  mutating func scaleDifference(by factors: ContiguousArray<Float>) {
    mix(factors) { left, right, factor in
      let change = (left - right) / 2 * (factor - 1)
      return (left + change, right - change)
    }
  }

  private mutating func mix(
    _ factors: ContiguousArray<Float>, _ change: (Float, Float, Float) -> (Float, Float)
  ) {
    for k in 0..<binCount {
      (real[k], real[binCount + k]) = change(real[k], real[binCount + k], factors[k])
      (imaginary[k], imaginary[binCount + k]) = change(imaginary[k], imaginary[binCount + k], factors[k])
    }
  }
}
