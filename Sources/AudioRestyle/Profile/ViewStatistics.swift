import AdaIN
import AudioFeatures

/// The gated statistics of one view of a clip, at the reference loudness.
struct ViewStatistics: Sendable {
  /// The gate they were taken with.
  let gate: ActivityGate
  /// Statistics over the active frames: C channels, then the broadband level.
  let active: StyleStatistics
  /// Which channels the clip really has: a quarter of their width below its Nyquist frequency, and above its noise floor.
  let presentChannels: [Bool]
  /// The Nyquist frequency in Hz: bands that reach beyond it are cut off there, and their levels can be compared with
  /// those of clips alone that are cut off at the same frequency.
  let nyquist: Double
  /// Which channels reach beyond it.
  private let isCut: [Bool]
  /// Whether the quietest tenth of the frames is about equally loud, as the noise of pauses is and the quiet parts of music are
  /// not.
  let hasSteadyPauses: Bool

  /// How far in dB a channel must stand above the clip's noise floor to count as present.
  private static let floorMargin = 3.0
  /// The least share of a channel's width that has to lie below the Nyquist frequency.
  private static let leastShare = 0.25
  /// By how many dB the 2nd and the 10th percentile of pauses differ at most.
  private static let steadyRange = 3.0

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

  /// Takes the statistics of a view.
  ///
  /// - Parameters:
  ///   - levels: The levels by broadband level.
  ///   - layout: The channels.
  ///   - nyquist: The lowest Nyquist frequency of the clips.
  ///   - isMixed: Whether there are clips of other Nyquist frequencies; they share no band that is cut off.
  ///   - gateShift: By how many buckets the gate is moved.
  init(
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
  func shares(_ channel: Int, with other: ViewStatistics) -> Bool {
    presentChannels[channel] && other.presentChannels[channel]
      && (nyquist == other.nyquist || !isCut[channel] && !other.isCut[channel])
  }
}
