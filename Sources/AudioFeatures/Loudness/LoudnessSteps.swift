/// Measurements over the sequence of 10 ms steps of all channels together: windows, gating histograms, maxima, totals.
struct LoudnessSteps: Sendable {
  /// Steps in a gating block, which is also the momentary window: 400 ms.
  static let momentarySteps = 40

  /// Steps in a short-term window: 3 s.
  static let shortTermSteps = 300

  /// Steps from one gating block to the next: 100 ms.
  static let hopSteps = 10

  /// The number of steps added.
  private(set) var count = 0

  /// The energy of all steps, summed in order.
  private(set) var totalEnergy = 0.0

  /// Powers of the gating blocks, one every 100 ms.
  private(set) var blocks = LoudnessHistogram()

  /// Powers of the short-term windows, one every 100 ms.
  private(set) var shortTerms = LoudnessHistogram()

  /// The power of the momentary window that ends with the last step.
  private(set) var momentaryPower: Double?

  /// The power of the short-term window that ends with the last step.
  private(set) var shortTermPower: Double?

  /// The largest momentary power so far.
  private(set) var maximumMomentaryPower: Double?

  /// The largest short-term power so far.
  private(set) var maximumShortTermPower: Double?

  private let schedule: LoudnessSchedule
  private var recent = ContiguousArray(repeating: 0.0, count: shortTermSteps)

  init(schedule: LoudnessSchedule) {
    self.schedule = schedule
  }

  /// The number of frames in the steps added.
  var frameCount: Int { schedule.start(ofStep: count) }

  /// Adds the weighted energy of the next step.
  mutating func add(energy: Double) {
    recent[count % Self.shortTermSteps] = energy
    count += 1
    totalEnergy += energy
    momentaryPower = power(ofLast: Self.momentarySteps)
    shortTermPower = power(ofLast: Self.shortTermSteps)
    maximumMomentaryPower = Self.maximum(maximumMomentaryPower, momentaryPower)
    maximumShortTermPower = Self.maximum(maximumShortTermPower, shortTermPower)
    guard count % Self.hopSteps == 0 else { return }
    if let momentaryPower { blocks.add(power: momentaryPower) }
    if let shortTermPower { shortTerms.add(power: shortTermPower) }
  }

  /// The mean square over the last `steps` steps; nil where there are fewer.
  private func power(ofLast steps: Int) -> Double? {
    guard count >= steps else { return nil }
    let end = count % Self.shortTermSteps
    var energy = sum(max(0, end - steps)..<end)
    let wrapped = steps - end
    if wrapped > 0 { energy += sum(Self.shortTermSteps - wrapped..<Self.shortTermSteps) }
    return energy / Double(schedule.start(ofStep: count) - schedule.start(ofStep: count - steps))
  }

  /// The energy of consecutive steps, as four running sums that are added at the end.
  private func sum(_ range: Range<Int>) -> Double {
    var sums = SIMD4<Double>.zero
    var index = range.lowerBound
    precondition(range.lowerBound >= 0 && range.upperBound <= recent.count)
    unsafe recent.withUnsafeBytes { recent in
      while index + 4 <= range.upperBound {
        let offset = index * MemoryLayout<Double>.stride
        sums += unsafe recent.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
        index += 4
      }
    }
    var energy = (sums[0] + sums[1]) + (sums[2] + sums[3])
    while index < range.upperBound {
      energy += recent[index]
      index += 1
    }
    return energy
  }

  private static func maximum(_ a: Double?, _ b: Double?) -> Double? {
    guard let a, let b else { return a ?? b }
    return max(a, b)
  }
}

/// One channel of a loudness meter: its filter, and the energies of its finished steps until all channels have them.
struct LoudnessMeterChannel: Sendable {
  /// Whether the channel's weight is above 0; of other channels only the frames are counted.
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

  /// Feeds two channels at the same frame the same number of samples, faster than one after the other.
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

/// Where steps of 10 ms begin at a sample rate: step k starts at frame `k · rate/100`, rounded.
struct LoudnessSchedule: Sendable {
  let sampleRate: Double

  /// The first frame of a step.
  func start(ofStep step: Int) -> Int {
    Int((Double(step) * sampleRate / 100).rounded())
  }
}
