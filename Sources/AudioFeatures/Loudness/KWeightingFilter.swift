/// The two K-weighting filters of one channel with their state.
///
/// Each filter is transposed direct form II with the output left out of its state: from
/// `y = b0·x + s1`, `s1′ = b1·x − a1·y + s2`, `s2′ = b2·x − a2·y` follow
///
///     s1′ = (b1 − a1·b0)·x + s2 − a1·s1
///     s2′ = (b2 − a2·b0)·x − a2·s1
///
/// so that a new state waits for one multiplication and one subtraction only.
struct KWeightingFilter: Sendable {
  /// The state of the shelf, then that of the high pass.
  typealias State = (Double, Double, Double, Double)

  let shelf: Section
  let highPass: Section
  var state: State = (0, 0, 0, 0)

  init(sampleRate: Double) {
    let sections = KWeighting.sections(sampleRate: sampleRate)
    (shelf, highPass) = (Section(sections.shelf), Section(sections.highPass))
  }

  /// Filters samples one after the other and adds the squares of the results to `sum`, in that order.
  mutating func accumulate(_ samples: Span<Float>, into sum: inout Double) {
    #if arch(x86_64)
    if AVX2KWeighting.accumulate(&self, samples, into: &sum) { return }
    #endif
    accumulatePortably(samples, into: &sum)
  }

  /// Swift's own code for one channel.
  mutating func accumulatePortably(_ samples: Span<Float>, into sum: inout Double) {
    var state = Cascade(state)
    var total = sum
    for i in samples.indices { state.step(Double(samples[i]), shelf, highPass, &total) }
    self.state = state.values
    sum = total
  }

  /// Filters the samples of two channels side by side: each result depends on the last, so a processor has time for both.
  ///
  /// Both filters are of one sample rate, and the spans of one length; the results are those of ``accumulate(_:into:)``.
  mutating func accumulate(
    _ samples: Span<Float>, into sum: inout Double, beside other: inout KWeightingFilter,
    _ otherSamples: Span<Float>, into otherSum: inout Double
  ) {
    precondition(samples.count == otherSamples.count)
    #if arch(x86_64)
    if AVX2KWeighting.accumulate(
      &self, samples, into: &sum, beside: &other, otherSamples, into: &otherSum)
    {
      return
    }
    #endif
    accumulatePortably(samples, into: &sum, beside: &other, otherSamples, into: &otherSum)
  }

  /// Swift's own code for two channels.
  mutating func accumulatePortably(
    _ samples: Span<Float>, into sum: inout Double, beside other: inout KWeightingFilter,
    _ otherSamples: Span<Float>, into otherSum: inout Double
  ) {
    let (own, next) = (state, other.state)
    var pair = Cascade(
      (SIMD2(own.0, next.0), SIMD2(own.1, next.1), SIMD2(own.2, next.2), SIMD2(own.3, next.3)))
    var total = SIMD2(sum, otherSum)
    for i in samples.indices {
      pair.step(SIMD2(Double(samples[i]), Double(otherSamples[i])), shelf, highPass, &total)
    }
    let values = pair.values
    state = (values.0[0], values.1[0], values.2[0], values.3[0])
    other.state = (values.0[1], values.1[1], values.2[1], values.3[1])
    (sum, otherSum) = (total[0], total[1])
  }

  /// Sets a state that has decayed beyond hearing to zero, which keeps denormal numbers out of long silences,
  /// and drops one that is not finite.
  mutating func settle() {
    let size = abs(state.0) + abs(state.1) + abs(state.2) + abs(state.3)
    if !(size >= 1e-30 && size.isFinite) { state = (0, 0, 0, 0) }
  }
}

extension KWeightingFilter {
  /// The coefficients of one filter: `c1 = b1 − a1·b0` and `c2 = b2 − a2·b0` take the input to the state.
  struct Section: Sendable {
    let b0, c1, c2, a1, a2: Double

    init(_ filter: BiquadCoefficients) {
      (b0, a1, a2) = (filter.b0, filter.a1, filter.a2)
      c1 = filter.b1 - filter.a1 * filter.b0
      c2 = filter.b2 - filter.a2 * filter.b0
    }
  }
}

/// The state of both filters, of one channel or of two beside each other.
private struct Cascade<Value: FilterValue> {
  var values: (Value, Value, Value, Value)

  init(_ values: (Value, Value, Value, Value)) {
    self.values = values
  }

  /// Takes the next sample and adds the square of the result to a sum.
  @inline(__always)
  mutating func step(
    _ x: Value, _ shelf: KWeightingFilter.Section, _ highPass: KWeightingFilter.Section,
    _ total: inout Value
  ) {
    let y = x * shelf.b0 + values.0
    let next = (x * shelf.c1 + values.1) - values.0 * shelf.a1
    values.1 = x * shelf.c2 - values.0 * shelf.a2
    values.0 = next
    let z = y * highPass.b0 + values.2
    let following = (y * highPass.c1 + values.3) - values.2 * highPass.a1
    values.3 = y * highPass.c2 - values.2 * highPass.a2
    values.2 = following
    total = total + z * z
  }
}

/// A number, or one of each of two channels.
private protocol FilterValue {
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func * (a: Self, b: Double) -> Self
}

extension Double: FilterValue {}
extension SIMD2<Double>: FilterValue {}
