/// A random chain of filters and dynamics: what a recording went through.
struct Effect {
  private(set) var filters: [Biquad] = []
  private(set) var dynamics: Dynamics?

  /// What makes a target: an equaliser (75 %) and a compressor (75 %).
  static func target(_ random: inout RandomSource, rate: Double) -> Effect {
    var effect = Effect()
    if random.happens(0.75) { effect.addEqualizer(&random, rate: rate) }
    if random.happens(0.75) {
      let attack = 0.0005 + random.between(0, 0.05)
      effect.dynamics = Dynamics(
        threshold: random.between(-64, -12), ratio: random.between(1, 11), knee: random.between(0, 12),
        attack: attack, release: attack + random.between(0, 0.2))
    }
    return effect
  }

  /// What makes an input: an equaliser (75 %) and an expander (10 %).
  static func input(_ random: inout RandomSource, rate: Double) -> Effect {
    var effect = Effect()
    if random.happens(0.75) { effect.addEqualizer(&random, rate: rate) }
    if random.happens(0.1) {
      let attack = 0.001 + random.between(0, 0.05)
      effect.dynamics = Dynamics(
        threshold: random.between(-30, -10), ratio: random.between(1, 5), knee: random.between(0, 12),
        isExpander: true, attack: attack, release: attack + random.between(0, 0.2))
    }
    return effect
  }

  /// Up to four peaks and two shelves; a peak is left out where the running sum of gains, its own included, reaches 24 dB.
  private mutating func addEqualizer(_ random: inout RandomSource, rate: Double) {
    let highest = 0.45 * rate
    var sum = 0.0
    for range in [(200.0, 2000.0), (800, 4000), (2000, 8000), (4000, highest)] {
      let frequency = random.between(range.0, min(range.1, highest))
      let (q, gain) = (random.between(0.1, 10.1), random.between(-48, 48))
      guard random.happens(Self.filterShare) else { continue }
      sum += gain
      guard abs(sum) < 24 else { continue }
      filters.append(.peak(frequency, q: q, decibels: gain, rate: rate))
    }
    for isHigh in [false, true] {
      let frequency = isHigh ? random.between(4000, highest) : random.between(20, 200)
      let gain = random.between(-24, 24)
      guard random.happens(Self.filterShare) else { continue }
      filters.append(.shelf(frequency, isHigh: isHigh, decibels: gain, rate: rate))
    }
  }

  /// How often each filter takes part.
  private static let filterShare = 0.8

  /// The clip through the filters, brought to one peak, and through the dynamics, with its ends faded.
  func applied(to clip: Clip) -> Clip {
    var samples = clip.normalized.samples.map(Double.init)
    for filter in filters { filter.apply(to: &samples) }
    var result = Clip(samples: samples.map(Float.init), rate: clip.rate, name: clip.name).normalized
    if let dynamics {
      samples = result.samples.map(Double.init)
      dynamics.apply(to: &samples, rate: clip.rate)
      result.samples = samples.map(Float.init)
    }
    return result.faded.normalized
  }
}
