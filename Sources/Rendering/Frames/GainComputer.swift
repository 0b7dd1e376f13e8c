import AdaIN
package import AudioFeatures
package import Restylings
package import StyleProfiles
package import Tensors

/// Computes the gains of one view: `g = layer(T(x)) − x + r` in dB.
///
/// x: features of the levels of a block of frames; T: ``ViewRestyling/reshaping``; r: residual tone. The layer is
/// called for the deviations alone, with σs as weight and μc as bias. One filter applies the tone μs − μc
/// (``Restyling/filterTone(sampleRate:)``), and r is the difference of the view's tone to the filter's. A band that
/// content and style do not share takes the deviations of its ``ViewRestyling/gainSource``. Gains stay within the
/// limits.
package struct GainComputer: Sendable {
  /// The changes of the view.
  let view: ViewRestyling

  private let layer: AdaptiveInstanceNorm1d<Float>
  private let content: StyleStatistics
  private let style: StyleMoments
  /// The levels from a feature file, which replace the layer's; `nil` for none.
  private let levels: WantedLevels?
  /// r, the constant part of each band's gain in dB: the view's tone less the filter's.
  private let constants: [Float]
  /// The bands that hold nothing but noise.
  private let steadyBands: [Int]
  /// The limits in dB of each band's gain, less the filter's gain.
  private let limits: [ClosedRange<Float>]
  private let floor: FixedLevel
  private let shift: Int32
  private let channelCount: Int
  /// Whether all gains are 0 dB at any levels: deviations stay, and the filter applies the whole tone.
  let isNeutral: Bool

  /// A gain in dB nearer to 0 than this is a rounding error.
  private static let noGain: Float = 1e-6
  /// The bounds in dB of the range under the gate over which the raise of pauses fades out.
  ///
  /// The range ends ``pauseRange`` above the noise floor, the highest level of the noise in pauses. A steeper fade
  /// would make that noise restless.
  private static let pauseFades: ClosedRange<Double> = 6...12
  private static let pauseRange = 6.0

  /// The number of active frames in which the limits bound the gain, by channel.
  private(set) var limitedCounts: [Int]
  /// The number of active frames.
  private(set) var activeCount = 0

  /// The parts of the clip whose ``wanted`` levels are collected; `nil` collects none.
  var excerpt: Excerpt?
  /// The requested levels in the active frames of the excerpt, before limits, at the content's own level.
  private(set) var wanted: LevelStatistics?
  /// The filter's tone in dB, which is part of the requested levels.
  private let filterTone: [Float]

  /// Creates a computer.
  ///
  /// - Parameters:
  ///   - view: The changes of the view.
  ///   - restyling: The restyling that the view belongs to.
  ///   - filterTone: The gains in dB that the filter applies, which are left out here; `nil` without a filter.
  ///   - levels: The levels from a feature file, which replace the layer's; `nil` for none.
  ///   - excerpt: The parts of the clip whose ``wanted`` levels are collected; `nil` collects none.
  package init(
    _ view: ViewRestyling, of restyling: Restyling, filterTone: [Double]? = nil, levels: WantedLevels? = nil,
    excerpt: Excerpt? = nil
  ) throws {
    self.view = view
    self.levels = levels
    channelCount = view.gainSource.count
    layer = AdaptiveInstanceNorm1d(view.content.mean.count)
    content = try view.contentStatistics()
    style = try view.styleMoments(withTone: false)
    shift = Int32(restyling.referenceBuckets * LevelStatistics.stepsPerBucket)
    floor = view.gate.floorLevel ?? .floor
    let filter = filterTone ?? [Double](repeating: 0, count: channelCount)
    self.filterTone = filter.map { Float($0) }
    constants = zip(view.tone, filter).map { Float($0 - $1) }
    let sounding = restyling.soundingBand
    steadyBands = restyling.frequencies.indices.filter { band in
      sounding.map { !$0.contains(restyling.frequencies[band]) } ?? false
    }
    let limits = filter.map { Float(restyling.lowestGain - $0)...Float(restyling.highestGain - $0) }
    self.limits = limits
    let keepsDeviations =
      view.isIdentity || (view.reshaping == nil && view.content.spread == view.style.spread)
    isNeutral =
      keepsDeviations && levels == nil
      && zip(constants, limits).allSatisfy { gain, limits in
        let limited = view.isIdentity ? gain : min(max(gain, limits.lowerBound), limits.upperBound)
        return abs(limited) < Self.noGain
      }
    limitedCounts = [Int](repeating: 0, count: channelCount)
    self.excerpt = excerpt
    wanted = excerpt.map { _ in LevelStatistics(numFeatures: view.gainSource.count + 1) }
  }

  /// Computes gains in dB for a block of frames.
  ///
  /// - Parameters:
  ///   - levels: C channel levels and the broadband level of each frame, at the content's own level.
  ///   - firstFrame: The index of the first frame.
  ///   - frameCount: The number of frames T.
  ///   - gains: Receives C gains in dB for each frame.
  ///   - isActive: Receives whether each frame is active.
  mutating func compute(
    _ levels: ContiguousArray<FixedLevel>, firstFrame: Int = 0, frameCount: Int,
    gains: inout ContiguousArray<Float>, isActive: inout [Bool]
  ) throws {
    let width = channelCount + 1
    for frame in 0..<frameCount {
      let broadband = FixedLevel(steps: levels[frame * width + channelCount].steps + shift)
      isActive[frame] = view.gate.isActive(broadband)
    }
    guard !view.isIdentity else {
      // An unchanged view takes the filter's gain back.
      for index in 0..<frameCount * channelCount { gains[index] = constants[index % channelCount] }
      return
    }
    if isNeutral {
      for index in 0..<frameCount * channelCount { gains[index] = 0 }
    } else if let wanted = self.levels {
      reach(wanted, from: levels, firstFrame: firstFrame, frameCount: frameCount, gains: &gains)
    } else {
      try deviate(levels, frameCount: frameCount, gains: &gains)
      steady(frameCount, &gains)
      if let allowance = view.pauseAllowance {
        calmPauses(levels, over: Float(allowance), frameCount: frameCount, gains: &gains)
      }
      for index in 0..<frameCount * channelCount { gains[index] += constants[index % channelCount] }
    }
    if let excerpt {
      for frame in 0..<frameCount where isActive[frame] && excerpt.counts(firstFrame + frame) {
        collect(levels, gains, frame)
      }
    }
    limit(&gains, isActive, frameCount)
  }

  /// The requested gains in dB, C for each frame: with the filter's, and before pauses are calmed and limits applied.
  package func requestedGains(_ levels: ContiguousArray<FixedLevel>, frameCount: Int) throws
    -> ContiguousArray<Float>
  {
    var gains = ContiguousArray<Float>(repeating: 0, count: frameCount * channelCount)
    guard !view.isIdentity else { return gains }
    try deviate(levels, frameCount: frameCount, gains: &gains)
    let tone = view.tone.map { Float($0) }
    for index in gains.indices { gains[index] += tone[index % channelCount] }
    return gains
  }

  /// The mean over the channels of a frame's gains less their constant part, in dB.
  func levelGain(of gains: ArraySlice<Float>) -> Float {
    zip(gains, constants).reduce(0) { $0 + ($1.0 - $1.1) } / Float(max(1, channelCount))
  }

  /// Adds the levels of a frame after the gains to ``wanted``.
  private mutating func collect(
    _ levels: ContiguousArray<FixedLevel>, _ gains: ContiguousArray<Float>, _ frame: Int
  ) {
    let width = channelCount + 1
    var row = ContiguousArray(levels[frame * width..<(frame + 1) * width])
    for channel in 0..<channelCount {
      let gain = Double(gains[frame * channelCount + channel] + filterTone[channel])
      row[channel] = FixedLevel(decibels: row[channel].decibels + gain)
    }
    wanted?.add(row)
  }

  /// The gains without the tone: the layer's change of the features, with μc as bias.
  private func deviate(
    _ levels: ContiguousArray<FixedLevel>, frameCount: Int, gains: inout ContiguousArray<Float>
  ) throws {
    let bands = features(levels, frameCount)
    let x = view.level?.features(of: bands) ?? bands
    var y = x
    view.reshaping?.apply(to: &y, means: view.content.mean)
    try layer(inPlace: &y, style: style, contentStatistics: content)
    for channel in 0..<channelCount {
      let row = view.gainSource[channel] * frameCount
      for frame in 0..<frameCount {
        gains[frame * channelCount + channel] = y.scalars[row + frame] - x.scalars[row + frame]
      }
    }
    guard view.level != nil else { return }
    let row = channelCount * frameCount
    for frame in 0..<frameCount {
      let change = y.scalars[row + frame] - x.scalars[row + frame]
      for channel in 0..<channelCount { gains[frame * channelCount + channel] += change }
    }
  }

  /// Sets the deviations of bands that hold nothing but noise to 0 dB, as moving noise is heard.
  private func steady(_ frameCount: Int, _ gains: inout ContiguousArray<Float>) {
    for band in steadyBands {
      for frame in 0..<frameCount { gains[frame * channelCount + band] = 0 }
    }
  }

  /// Limits the raise of pauses: below the gate, gains beside the tone fade out towards the noise floor, down to an
  /// allowance in dB.
  ///
  /// At the gate the gain is the layer's, so gains are continuous in the level.
  private func calmPauses(
    _ levels: ContiguousArray<FixedLevel>, over allowance: Float, frameCount: Int,
    gains: inout ContiguousArray<Float>
  ) {
    guard let gate = view.gate.lowestActiveLevel else { return }
    let floor = view.gate.floorLevel?.decibels ?? gate
    let fade = Self.pauseFades.nearest(to: gate - floor - Self.pauseRange)
    for frame in 0..<frameCount {
      let broadband = FixedLevel(steps: levels[frame * (channelCount + 1) + channelCount].steps + shift)
      let below = Float(gate - broadband.decibels)
      guard below > 0 else { continue }
      let share = max(0, 1 - below / Float(fade))
      for index in frame * channelCount..<(frame + 1) * channelCount where gains[index] > allowance {
        gains[index] = allowance + share * (gains[index] - allowance)
      }
    }
  }

  /// The gains to the levels of a feature file: share · (wanted level − own level).
  private func reach(
    _ wanted: WantedLevels, from levels: ContiguousArray<FixedLevel>, firstFrame: Int, frameCount: Int,
    gains: inout ContiguousArray<Float>
  ) {
    for frame in 0..<frameCount {
      for channel in 0..<channelCount {
        let own = Float(levels[frame * (channelCount + 1) + channel].decibels)
        let level = wanted.level(channel: channel, frame: firstFrame + frame)
        gains[frame * channelCount + channel] = wanted.share * (level - own)
      }
    }
  }

  /// The levels in dB as a tensor (1, C, T) at the reference loudness.
  ///
  /// All levels of a frame below the noise floor are raised by the same amount to the floor, so that it gets the
  /// floor's gain.
  private func features(_ levels: ContiguousArray<FixedLevel>, _ frameCount: Int) -> Tensor3<Float> {
    let width = channelCount + 1
    let step = 1 / Float(FixedLevel.stepsPerDecibel)
    return unsafe Tensor3(shape: TensorShape(1, channelCount, frameCount)) { target in
      for frame in 0..<frameCount {
        let broadband = levels[frame * width + channelCount].steps + shift
        let lift = shift + max(0, floor.steps - broadband)
        for channel in 0..<channelCount {
          let steps = levels[frame * width + channel].steps + lift
          unsafe target[channel * frameCount + frame] = Float(steps) * step
        }
      }
    }
  }

  private mutating func limit(_ gains: inout ContiguousArray<Float>, _ isActive: [Bool], _ frameCount: Int) {
    for frame in 0..<frameCount {
      if isActive[frame] { activeCount += 1 }
      for channel in 0..<channelCount {
        let (gain, bounds) = (gains[frame * channelCount + channel], limits[channel])
        if gain < bounds.lowerBound || gain > bounds.upperBound {
          gains[frame * channelCount + channel] = min(max(gain, bounds.lowerBound), bounds.upperBound)
          if isActive[frame] { limitedCounts[channel] += 1 }
        }
      }
    }
  }
}

/// The levels of a view from a feature file.
package struct WantedLevels: Sendable {
  private let levels: Tensor3<Float>
  private let view: Int
  /// The share of the way to these levels: the strength.
  let share: Float

  package init(_ levels: Tensor3<Float>, view: Int, share: Float) {
    self.levels = levels
    self.view = view
    self.share = share
  }

  /// The level in dB of a channel in a frame; frames outside the clip have that of the nearest one inside.
  func level(channel: Int, frame: Int) -> Float {
    levels[view, channel, min(max(frame, 0), levels.shape.l - 1)]
  }
}
