/// One channel of a loudness meter: its filter, and the energies of its finished steps until every channel has
/// got as far.
struct LoudnessMeterChannel: Sendable {
  /// Whether the channel has a weight; one that has none is only counted.
  let isMeasured: Bool

  /// The energy (sum of K-weighted squares) of each finished step not yet taken.
  private(set) var finishedSteps: ContiguousArray<Double> = []

  /// The number of frames fed.
  private(set) var frameCount = 0

  private var filter: KWeightingFilter
  private let schedule: LoudnessSchedule
  private var step = 0
  private var stepEnd: Int
  private var stepEnergy = 0.0

  init(filter: KWeightingFilter, schedule: LoudnessSchedule, isMeasured: Bool) {
    self.filter = filter
    self.schedule = schedule
    self.isMeasured = isMeasured
    stepEnd = schedule.start(ofStep: 1)
  }

  /// The energy of the frames fed that belong to no finished step.
  var unfinishedEnergy: Double { stepEnergy.isFinite ? stepEnergy : 0 }

  mutating func process(_ samples: Span<Float>) {
    guard isMeasured else {
      frameCount += samples.count
      return
    }
    var position = 0
    while position < samples.count {
      let count = min(samples.count - position, stepEnd - frameCount)
      filter.accumulate(samples.extracting(position..<position + count), into: &stepEnergy)
      position += count
      frameCount += count
      if frameCount == stepEnd { finishStep() }
    }
  }

  /// Feeds two channels that stand at the same frame the same number of samples: faster than one after the other.
  static func process(
    _ samples: Span<Float>, in channel: inout Self, _ otherSamples: Span<Float>, in other: inout Self
  ) {
    precondition(channel.frameCount == other.frameCount && samples.count == otherSamples.count)
    guard channel.isMeasured, other.isMeasured else {
      channel.process(samples)
      other.process(otherSamples)
      return
    }
    var position = 0
    while position < samples.count {
      let count = min(samples.count - position, channel.stepEnd - channel.frameCount)
      let range = position..<position + count
      channel.filter.accumulate(
        samples.extracting(range), into: &channel.stepEnergy, beside: &other.filter,
        otherSamples.extracting(range), into: &other.stepEnergy)
      position += count
      channel.frameCount += count
      other.frameCount += count
      if channel.frameCount == channel.stepEnd {
        channel.finishStep()
        other.finishStep()
      }
    }
  }

  mutating func dropSteps(_ count: Int) {
    finishedSteps.removeFirst(count)
  }

  private mutating func finishStep() {
    finishedSteps.append(unfinishedEnergy)
    filter.settle()
    stepEnergy = 0
    step += 1
    stepEnd = schedule.start(ofStep: step + 1)
  }
}
