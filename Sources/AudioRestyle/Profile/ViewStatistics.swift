import AdaIN
import AudioFeatures

/// The gated statistics of one view of a clip, at the reference loudness.
struct ViewStatistics: Sendable {
  /// The gate they were taken with.
  let gate: ActivityGate
  /// Statistics over the active frames: C channels, then the broadband level.
  let active: StyleStatistics
  /// Which channels the clip really has: below its Nyquist frequency, and above its noise floor.
  let presentChannels: [Bool]

  /// How far in dB a channel must stand above the clip's noise floor to count as present.
  private static let floorMargin = 3.0

  /// The number of active frames.
  var activeCount: Int { active.channels.first.map { Int($0.count) } ?? 0 }

  /// The number of statistically independent frames: neighbours overlap by three quarters.
  var independentFrameCount: Double { Double(activeCount) / 4 }

  /// Mean and biased spread of the C feature channels over the active frames; 0 without any.
  var moments: (mean: [Double], spread: [Double]) {
    let channels = active.channels.dropLast()
    guard activeCount > 0 else {
      let zeros = [Double](repeating: 0, count: channels.count)
      return (zeros, zeros)
    }
    return (channels.map(\.mean), channels.map { $0.variance().squareRoot() })
  }

  /// The mean broadband level over the active frames.
  var broadbandMean: Double { active.channels.last?.mean ?? .nan }

  init(_ levels: LevelStatistics, layout: FeatureLayout, nyquist: Double, gateShift: Int) {
    let gate = ActivityGate(levels, shiftInBuckets: gateShift)
    self.gate = gate
    let absolute = ActivityGate.absoluteFloor + Double(gateShift) * LevelStatistics.bucketWidth
    let activeFrom = gate.lowestActiveLevel ?? .infinity
    active = levels.statistics(above: activeFrom)
    // The floor of a channel is measured in the pauses; a clip without pauses has none but the absolute one.
    let floor = gate.floorBucket.map { Double($0) * LevelStatistics.bucketWidth }
    let pauses = floor.flatMap { $0 < activeFrom ? levels.statistics(in: absolute...$0) : nil }
    presentChannels = (0..<layout.channelCount).map { [active] channel in
      guard layout.upperEdge(ofChannel: channel) <= nyquist, active.channels[channel].count > 0 else {
        return false
      }
      let floor = pauses.map { max(absolute, $0.channels[channel].mean + Self.floorMargin) } ?? absolute
      return active.channels[channel].mean > floor
    }
  }
}
