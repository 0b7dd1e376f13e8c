/// The sequence of 10 ms steps of all channels together: windows, gating histograms, maxima and totals.
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

  /// The mean square over the last steps, or nil where there are not as many yet.
  private func power(ofLast steps: Int) -> Double? {
    guard count >= steps else { return nil }
    let end = count % Self.shortTermSteps
    var energy = sum(max(0, end - steps)..<end)
    let wrapped = steps - end
    if wrapped > 0 { energy += sum(Self.shortTermSteps - wrapped..<Self.shortTermSteps) }
    return energy / Double(schedule.start(ofStep: count) - schedule.start(ofStep: count - steps))
  }

  /// The energy of steps that stand one after the other, in four sums beside each other.
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
