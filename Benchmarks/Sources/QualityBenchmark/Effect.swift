/// A random chain of filters and dynamics: what a recording went through.
struct Effect {
  private(set) var filters: [Biquad] = []
  private(set) var dynamics: Dynamics?

  /// What makes a target: an equaliser (75 %) and a compressor (75 %).
  static func target(_ random: inout RandomSource, rate: Double) -> Effect {
    var effect = Effect()
    if random.happens(0.75) { effect.addEqualizer(&random, rate: rate) }
    if random.happens(0.75) {
      effect.dynamics = Dynamics(
        threshold: random.between(-64, -12), ratio: random.between(1, 11),
        attack: random.between(0.0005, 0.05), release: random.between(0.05, 0.25))
    }
    return effect
  }

  /// What makes an input: an equaliser (75 %) and an expander (10 %).
  static func input(_ random: inout RandomSource, rate: Double) -> Effect {
    var effect = Effect()
    if random.happens(0.75) { effect.addEqualizer(&random, rate: rate) }
    if random.happens(0.1) {
      effect.dynamics = Dynamics(
        threshold: random.between(-50, -25), ratio: random.between(1, 3), isExpander: true,
        attack: random.between(0.0005, 0.05), release: random.between(0.05, 0.25))
    }
    return effect
  }

  /// Up to four peaks whose gains add up to less than 24 dB in either direction, and two shelves.
  private mutating func addEqualizer(_ random: inout RandomSource, rate: Double) {
    let highest = 0.45 * rate
    var sum = 0.0
    for range in [(200.0, 2000.0), (800, 4000), (2000, 8000), (4000, highest)] {
      let frequency = random.between(range.0, min(range.1, highest))
      let (q, gain) = (random.between(0.1, 10), random.between(-48, 48))
      guard random.happens(Self.filterShare), abs(sum + gain) < 24 else { continue }
      sum += gain
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

  func applied(to clip: Clip) -> Clip {
    var samples = clip.samples.map(Double.init)
    for filter in filters { filter.apply(to: &samples) }
    dynamics?.apply(to: &samples, rate: clip.rate)
    return Clip(samples: samples.map(Float.init), rate: clip.rate, name: clip.name)
  }
}
