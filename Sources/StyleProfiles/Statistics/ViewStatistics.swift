package import AdaIN
package import AudioFeatures

/// The gated statistics of one view of a clip, at the reference loudness.
package struct ViewStatistics: Sendable {
  /// The gate they were taken with.
  package let gate: ActivityGate
  /// Statistics over the active frames: C channels, then the broadband level.
  package let active: StyleStatistics
  /// Which channels the clip really has: a quarter of their width below its Nyquist frequency, and above its noise floor.
  package let presentChannels: [Bool]
  /// The Nyquist frequency in Hz: bands that reach beyond it are cut off there, and their levels can be compared with
  /// those of clips alone that are cut off at the same frequency.
  package let nyquist: Double
  /// Which channels reach beyond it.
  private let isCut: [Bool]
  /// Whether the quietest tenth of the frames is about equally loud, as the noise of pauses is and the quiet parts of music are
  /// not.
  package let hasSteadyPauses: Bool

  /// How far in dB a channel must stand above the clip's noise floor to count as present.
  private static let floorMargin = 3.0
  /// The least share of a channel's width that has to lie below the Nyquist frequency.
  private static let leastShare = 0.25
  /// By how many dB the 2nd and the 10th percentile of pauses differ at most.
  private static let steadyRange = 3.0

  /// The number of active frames.
  package var activeCount: Int { active.channels.first.map { Int($0.count) } ?? 0 }

  /// The number of statistically independent frames: neighbours overlap by three quarters.
  package var independentFrameCount: Double { Double(activeCount) / 4 }

  /// Mean and biased spread of the C feature channels over the active frames; 0 without any.
  package var moments: (mean: [Double], spread: [Double]) {
    let channels = active.channels.dropLast()
    guard activeCount > 0 else {
      let zeros = [Double](repeating: 0, count: channels.count)
      return (zeros, zeros)
    }
    return (channels.map(\.mean), channels.map { $0.variance().squareRoot() })
  }

  /// The mean broadband level over the active frames.
  package var broadbandMean: Double { active.channels.last?.mean ?? .nan }

  /// Takes the statistics of a view.
  ///
  /// - Parameters:
  ///   - levels: The levels by broadband level.
  ///   - layout: The channels.
  ///   - nyquist: The lowest Nyquist frequency of the clips.
  ///   - isMixed: Whether there are clips of other Nyquist frequencies; they share no band that is cut off.
  ///   - gateShift: By how many buckets the gate is moved.
  package init(
    _ levels: LevelStatistics, layout: FeatureLayout, nyquist: Double, isMixed: Bool = false, gateShift: Int
  ) {
    self.nyquist = nyquist
    let gate = ActivityGate(levels, shiftInBuckets: gateShift)
    self.gate = gate
    let absolute = ActivityGate.absoluteFloor + Double(gateShift) * LevelStatistics.bucketWidth
    let activeFrom = gate.lowestActiveLevel ?? .infinity
    let quiet = [0.02, 0.1].compactMap { levels.percentile($0, above: absolute) }
    hasSteadyPauses = quiet.count == 2 && quiet[1] - quiet[0] <= Self.steadyRange
    active = levels.statistics(above: activeFrom)
    // The floor of a channel is measured in the pauses; a clip without pauses has none but the absolute one.
    let floor = gate.floorBucket.map { Double($0) * LevelStatistics.bucketWidth }
    let pauses = floor.flatMap { $0 < activeFrom ? levels.statistics(in: absolute...$0) : nil }
    isCut = (0..<layout.channelCount).map { layout.share(ofChannel: $0, below: nyquist) < 1 }
    presentChannels = (0..<layout.channelCount).map { [active] channel in
      guard layout.share(ofChannel: channel, below: nyquist) >= (isMixed ? 1 : Self.leastShare),
        active.channels[channel].count > 0
      else { return false }
      let floor = pauses.map { max(absolute, $0.channels[channel].mean + Self.floorMargin) } ?? absolute
      return active.channels[channel].mean > floor
    }
  }

  /// Whether a channel's levels can be compared with another recording's.
  package func shares(_ channel: Int, with other: ViewStatistics) -> Bool {
    presentChannels[channel] && other.presentChannels[channel]
      && (nyquist == other.nyquist || !isCut[channel] && !other.isCut[channel])
  }
}

/// Which frames of a clip count as active, and where its noise floor lies.
///
/// A frame is active when its broadband level is above −70 dBFS and within 40 dB of the 98th percentile of the levels
/// above −70 dBFS (a click must not move the gate, nor a long silence). The noise floor is the 5th percentile of the
/// frames above −100 dBFS, at most the gate.
public struct ActivityGate: Hashable, Codable, Sendable {
  /// The lowest bucket of active frames; `nil` where no frame is active.
  public let lowestActiveBucket: Int?
  /// The bucket of the noise floor; `nil` where no frame lies above −100 dBFS.
  public let floorBucket: Int?

  /// The lowest levels in dBFS of active frames, and of frames that tell of the noise floor.
  static let absoluteGate = -70.0
  static let absoluteFloor = -100.0
  /// How far in dB active frames lie under the 98th percentile at most.
  private static let range = 40.0

  /// Computes the gate of a clip's levels.
  ///
  /// - Parameters:
  ///   - levels: The clip's levels.
  ///   - shiftInBuckets: By how many buckets these stand above the clip's levels in dBFS.
  package init(_ levels: LevelStatistics, shiftInBuckets: Int) {
    let shift = Double(shiftInBuckets) * LevelStatistics.bucketWidth
    // Both are lower edges of buckets.
    func bucket(_ level: Double) -> Int { Int(level / LevelStatistics.bucketWidth) }
    let active = levels.activeThreshold(absolute: Self.absoluteGate + shift, range: Self.range)
    let floor = levels.noiseFloor(above: Self.absoluteFloor + shift)
    lowestActiveBucket = active.map(bucket)
    floorBucket = floor.map { bucket(min($0, active ?? $0)) }
  }

  private init(lowestActiveBucket: Int?, floorBucket: Int?) {
    (self.lowestActiveBucket, self.floorBucket) = (lowestActiveBucket, floorBucket)
  }

  /// The gate for the same levels, where they stand higher by some buckets.
  package func moved(byBuckets count: Int) -> ActivityGate {
    ActivityGate(
      lowestActiveBucket: lowestActiveBucket.map { $0 + count }, floorBucket: floorBucket.map { $0 + count })
  }

  /// Whether a frame with this broadband level is active.
  package func isActive(_ level: FixedLevel) -> Bool {
    guard let lowestActiveBucket else { return false }
    return LevelStatistics.bucket(ofSteps: Int(level.steps)) >= lowestActiveBucket
  }

  /// The level from which frames are active, in dB; `nil` where none is.
  package var lowestActiveLevel: Double? {
    lowestActiveBucket.map { Double($0) * LevelStatistics.bucketWidth }
  }

  /// The level of the noise floor: the middle of its bucket.
  package var floorLevel: FixedLevel? {
    floorBucket.map {
      FixedLevel(
        steps: Int32(clamping: $0 * LevelStatistics.stepsPerBucket + LevelStatistics.stepsPerBucket / 2))
    }
  }
}

extension LevelStatistics {
  /// Takes in one frame: the levels of all channels, of which the last is the broadband level.
  package mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    guard let broadband = levels.last else { return }
    levels.withSteps { add(steps: $0, level: broadband.steps) }
  }
}
