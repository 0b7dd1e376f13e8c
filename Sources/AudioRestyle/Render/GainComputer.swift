import AdaIN
import AudioFeatures
import Tensors

/// Computes the gains of one view: feature sequences go through the maps of the method, and the gain is what changed.
///
/// For a block of T frames the levels form a tensor x of shape (1, C, T). For each style its map gives
/// `y = α · T(x) + (1 − α) · x` with the content's statistics measured in the first pass, and the gain is `g = y − x` in
/// dB. Channels that the style does not share take the gain of the nearest shared one; several styles average in dB by
/// weight; gains stay within the limits.
struct GainComputer: Sendable {
  /// The view and its maps.
  let plan: ViewPlan

  private let strength: Double
  private let styles: [(map: any FeatureMap, weight: Float, gainSource: [Int])]
  private let limits: ClosedRange<Float>
  private let floor: FixedLevel
  private let shift: Int32
  private let channelCount: Int
  /// The mean gain of each channel over the active frames, before limits.
  private let meanGains: [Float]

  /// Whether pauses are kept from being raised: `match` has one gain for all that lies below what it measured, as
  /// a compressor has.
  private let calmsPauses: Bool

  /// Over how many dB under the gate the raise of pauses fades out, within these bounds: down to what the noise of pauses
  /// reaches over its floor.
  ///
  /// A steeper fade would make that noise restless.
  private static let pauseFades: ClosedRange<Double> = 6...12
  private static let pauseRange = 6.0

  /// How often the limits bound a gain of an active frame, by channel.
  private(set) var limitedCounts: [Int]
  /// The number of active frames.
  private(set) var activeCount = 0

  /// The parts of the clip whose ``wanted`` levels are collected; `nil` collects none.
  var excerpt: Excerpt?
  /// The levels that the maps ask for in the active frames of the excerpt, before limits, at the content's own level.
  private(set) var wanted: LevelStatistics?

  /// Creates a computer.
  ///
  /// - Parameters:
  ///   - plan: The view's maps.
  ///   - options: Strength and limits.
  ///   - shiftInBuckets: By how many buckets the reference loudness stands above the content's own level.
  ///   - excerpt: The parts of the clip whose ``wanted`` levels are collected.
  init(
    plan: ViewPlan, options: RestyleOptions, shiftInBuckets: Int, excerpt: Excerpt? = nil
  ) throws {
    self.plan = plan
    channelCount = plan.contentMean.count
    shift = Int32(shiftInBuckets * LevelStatistics.stepsPerBucket)
    floor = plan.gate.floorLevel ?? .floor
    limits = Float(options.lowestGain)...Float(options.highestGain)
    limitedCounts = [Int](repeating: 0, count: channelCount)
    strength = options.strength
    calmsPauses = options.method != .match
    self.excerpt = excerpt
    wanted = excerpt.map { _ in LevelStatistics(numFeatures: plan.contentMean.count + 1) }
    meanGains = zip(plan.requested(strength: options.strength).mean, plan.contentMean).map { Float($0 - $1) }
    styles = try plan.maps.filter { $0.weight > 0 }.map {
      (try $0.map.featureMap(), Float($0.weight), $0.map.gainSource)
    }
  }

  /// Computes gains in dB for a block of frames.
  ///
  /// - Parameters:
  ///   - levels: C channel levels and the broadband level of each frame, at the content's own level.
  ///   - firstFrame: The index of the first frame.
  ///   - frameCount: The number of frames T.
  ///   - gains: Takes C gains for each frame.
  ///   - isActive: Takes whether each frame is active.
  mutating func compute(
    _ levels: ContiguousArray<FixedLevel>, firstFrame: Int = 0, frameCount: Int,
    gains: inout ContiguousArray<Float>, isActive: inout [Bool]
  ) throws {
    let width = channelCount + 1
    for frame in 0..<frameCount {
      let broadband = FixedLevel(steps: levels[frame * width + channelCount].steps + shift)
      isActive[frame] = plan.gate.isActive(broadband)
    }
    for index in 0..<frameCount * channelCount { gains[index] = 0 }
    guard !plan.isIdentity else { return }
    if let wanted = plan.levels {
      reach(wanted, from: levels, firstFrame: firstFrame, frameCount: frameCount, gains: &gains)
    } else {
      try applyMaps(levels, frameCount: frameCount, gains: &gains)
      if calmsPauses { calmPauses(levels, frameCount: frameCount, gains: &gains) }
    }
    if let excerpt {
      for frame in 0..<frameCount where isActive[frame] && excerpt.counts(firstFrame + frame) {
        collect(levels, gains, frame)
      }
    }
    limit(&gains, isActive, frameCount)
  }

  /// By how many dB the gains of a frame lie above their means in the clip, on average over the channels.
  func levelGain(of gains: ArraySlice<Float>) -> Float {
    zip(gains, meanGains).reduce(0) { $0 + ($1.0 - $1.1) } / Float(max(1, channelCount))
  }

  /// Adds what the gains make of the levels of a frame to ``wanted``.
  private mutating func collect(
    _ levels: ContiguousArray<FixedLevel>, _ gains: ContiguousArray<Float>, _ frame: Int
  ) {
    let width = channelCount + 1
    var row = ContiguousArray(levels[frame * width..<(frame + 1) * width])
    for channel in 0..<channelCount {
      let gain = Double(gains[frame * channelCount + channel])
      row[channel] = FixedLevel(decibels: row[channel].decibels + gain)
    }
    wanted?.add(row)
  }

  private func applyMaps(
    _ levels: ContiguousArray<FixedLevel>, frameCount: Int, gains: inout ContiguousArray<Float>
  ) throws {
    let x = features(levels, frameCount)
    for (map, weight, gainSource) in styles {
      let y = try map(x, strength: strength)
      for channel in 0..<channelCount {
        let row = gainSource[channel] * frameCount
        for frame in 0..<frameCount {
          gains[frame * channelCount + channel] += weight * (y.scalars[row + frame] - x.scalars[row + frame])
        }
      }
    }
  }

  /// Lets pauses stay pauses: below the gate, what the gain of a channel has beyond its mean over the active frames fades
  /// out towards the noise floor, so that pauses are raised by no more than the sound.
  ///
  /// At the gate the gain is what the maps ask for, so gains are continuous in the level.
  private func calmPauses(
    _ levels: ContiguousArray<FixedLevel>, frameCount: Int, gains: inout ContiguousArray<Float>
  ) {
    guard let gate = plan.gate.lowestActiveLevel else { return }
    let floor = plan.gate.floorLevel?.decibels ?? gate
    let fade = Self.pauseFades.nearest(to: gate - floor - Self.pauseRange)
    for frame in 0..<frameCount {
      let broadband = FixedLevel(steps: levels[frame * (channelCount + 1) + channelCount].steps + shift)
      let below = Float(gate - broadband.decibels)
      guard below > 0 else { continue }
      let share = max(0, 1 - below / Float(fade))
      for channel in 0..<channelCount {
        let excess = gains[frame * channelCount + channel] - meanGains[channel]
        if excess > 0 { gains[frame * channelCount + channel] = meanGains[channel] + share * excess }
      }
    }
  }

  /// The gains to levels from outside: what is wanted minus what is there.
  private func reach(
    _ wanted: WantedLevels, from levels: ContiguousArray<FixedLevel>, firstFrame: Int, frameCount: Int,
    gains: inout ContiguousArray<Float>
  ) {
    for frame in 0..<frameCount {
      for channel in 0..<channelCount {
        let own = Float(levels[frame * (channelCount + 1) + channel].decibels)
        let level = wanted.level(channel: channel, frame: firstFrame + frame)
        gains[frame * channelCount + channel] = Float(strength) * (level - own)
      }
    }
  }

  /// The levels as a tensor (1, C, T) at the reference loudness.
  ///
  /// A frame below the noise floor is raised to it as a whole, so that it gets the floor's gain.
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
        let gain = gains[frame * channelCount + channel]
        if gain < limits.lowerBound || gain > limits.upperBound {
          gains[frame * channelCount + channel] = min(max(gain, limits.lowerBound), limits.upperBound)
          if isActive[frame] { limitedCounts[channel] += 1 }
        }
      }
    }
  }
}
