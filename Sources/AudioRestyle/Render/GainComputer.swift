import AdaIN
import AudioFeatures
import Tensors

/// Computes the gains of one view: feature sequences go through the AdaIN layer, and the gain is what changed.
///
/// For a block of T frames the levels form a tensor x of shape (1, C, T). For each style the layer gives
/// `y = α · (σs · (x − μc)/σc + μs) + (1 − α) · x` with the content's statistics measured in the first pass, and the gain is
/// `g = y − x` in dB. Channels that the style does not share take the gain of the nearest shared one; several
/// styles average in dB by weight; gains stay within the limits.
struct GainComputer: Sendable {
  /// The view and its maps.
  let plan: ViewPlan

  private let layer: AdaptiveInstanceNorm1d<Float>
  private let contentStatistics: StyleStatistics
  private let styles: [(moments: StyleMoments, weight: Float, gainSource: [Int])]
  private let limits: ClosedRange<Float>
  private let floor: FixedLevel
  private let shift: Int32
  private let channelCount: Int

  /// How often the limits bound a gain of an active frame, by channel.
  private(set) var limitedCounts: [Int]
  /// The number of active frames.
  private(set) var activeCount = 0

  /// Creates a computer.
  ///
  /// - Parameters:
  ///   - plan: The view's maps.
  ///   - options: Strength and limits.
  ///   - shiftInBuckets: By how many buckets the reference loudness stands above the content's own level.
  init(plan: ViewPlan, options: RestyleOptions, shiftInBuckets: Int) throws {
    self.plan = plan
    channelCount = plan.contentMean.count
    shift = Int32(shiftInBuckets * LevelStatistics.stepsPerBucket)
    floor = plan.gate.floorLevel ?? .floor
    limits = Float(options.lowestGain)...Float(options.highestGain)
    limitedCounts = [Int](repeating: 0, count: channelCount)
    layer = AdaptiveInstanceNorm1d(
      channelCount, strength: options.strength, device: .cpu(threads: 1))
    // A channel without spread has no ratio; any equal pair of spreads leaves its deviations as they are.
    let spread = plan.contentSpread.map { $0 > 0 ? $0 : 1 }
    contentStatistics = try StyleStatistics(
      zip(plan.contentMean, spread).map { mean, spread in
        ChannelMoments(count: 1, mean: mean, sumOfSquares: spread * spread)
      }, numFeatures: channelCount)
    var styles: [(moments: StyleMoments, weight: Float, gainSource: [Int])] = []
    for (map, weight) in plan.maps where weight > 0 {
      let moments = try StyleMoments(
        mean: zip(plan.contentMean, map.offset).map { $0 + $1 },
        standardDeviation: zip(spread, map.slope).map { $0 * $1 })
      styles.append((moments, Float(weight), map.gainSource))
    }
    self.styles = styles
  }

  /// Computes gains in dB for a block of frames.
  ///
  /// - Parameters:
  ///   - levels: C channel levels and the broadband level of each frame, at the content's own level.
  ///   - frameCount: The number of frames T.
  ///   - gains: Takes C gains for each frame.
  ///   - isActive: Takes whether each frame is active.
  mutating func compute(
    _ levels: ContiguousArray<FixedLevel>, frameCount: Int, gains: inout ContiguousArray<Float>,
    isActive: inout [Bool]
  ) throws {
    let width = channelCount + 1
    for frame in 0..<frameCount {
      let broadband = FixedLevel(steps: levels[frame * width + channelCount].steps + shift)
      isActive[frame] = plan.gate.isActive(broadband)
    }
    for index in 0..<frameCount * channelCount { gains[index] = 0 }
    guard !plan.isIdentity else { return }
    let x = features(levels, frameCount)
    for (moments, weight, gainSource) in styles {
      var y = x
      try layer(inPlace: &y, style: moments, contentStatistics: contentStatistics)
      for channel in 0..<channelCount {
        let row = gainSource[channel] * frameCount
        for frame in 0..<frameCount {
          gains[frame * channelCount + channel] += weight * (y.scalars[row + frame] - x.scalars[row + frame])
        }
      }
    }
    limit(&gains, isActive, frameCount)
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
