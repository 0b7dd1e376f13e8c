import AdaIN
import AudioFeatures

/// The gated statistics of one view of a clip, at the reference loudness.
struct ViewStatistics: Sendable {
  /// The gate they were taken with.
  let gate: ActivityGate
  /// Sums over the active frames.
  let active: LevelSums
  /// Which channels the clip really has: below its Nyquist frequency, and above its noise floor.
  let presentChannels: [Bool]

  /// How far in dB a channel must stand above the clip's noise floor to count as present.
  private static let floorMargin = 3.0

  /// The number of statistically independent frames: neighbours overlap by three quarters.
  var independentFrameCount: Double { Double(active.count) / 4 }

  init(_ table: LevelTable, profile: StyleProfile) {
    let gate = ActivityGate(table, shiftInBuckets: profile.gateShift)
    self.gate = gate
    let lowest = Int(ActivityGate.absoluteFloor) * LevelTable.bucketsPerDecibel + profile.gateShift
    let activeFrom = gate.lowestActiveBucket ?? .max
    active = table.sums { $0 >= activeFrom }
    // The floor of a channel is measured in the pauses; a clip without pauses has none but the absolute one.
    let pauses: LevelSums? = gate.floorBucket.flatMap { floor in
      guard floor < activeFrom else { return nil }
      return table.sums { $0 >= lowest && $0 <= floor }
    }
    let absolute =
      ActivityGate.absoluteFloor + Double(profile.gateShift) / Double(LevelTable.bucketsPerDecibel)
    presentChannels = (0..<table.channelCount).map { [active] channel in
      let edge = profile.layout.upperEdge(ofChannel: channel)
      guard edge <= profile.nyquist, active.count > 0 else { return false }
      let floor = pauses.map { max(absolute, $0.mean(channel) + Self.floorMargin) } ?? absolute
      return active.mean(channel) > floor
    }
  }

  /// Mean and biased spread of the C feature channels over the active frames, for the AdaIN layer.
  var styleStatistics: (mean: [Double], standardDeviation: [Double]) {
    let channels = 0..<presentChannels.count
    return (channels.map { active.mean($0) }, channels.map { active.variance($0).squareRoot() })
  }
}
