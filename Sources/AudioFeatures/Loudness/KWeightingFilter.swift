/// The two K-weighting filters of one channel with their state, in transposed direct form II.
struct KWeightingFilter: Sendable {
  private let shelf: BiquadCoefficients
  private let highPass: BiquadCoefficients
  private var state = (0.0, 0.0, 0.0, 0.0)

  init(sampleRate: Double) {
    (shelf, highPass) = KWeighting.sections(sampleRate: sampleRate)
  }

  /// Filters samples one after the other and adds the squares of the results to `sum`, in that order.
  mutating func accumulate(_ samples: Span<Float>, into sum: inout Double) {
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

/// The state of both filters, of one channel or of two beside each other.
private struct Cascade<Value: FilterValue> {
  var values: (Value, Value, Value, Value)

  init(_ values: (Value, Value, Value, Value)) {
    self.values = values
  }

  /// Takes the next sample and adds the square of the result to a sum.
  @inline(__always)
  mutating func step(
    _ x: Value, _ shelf: BiquadCoefficients, _ highPass: BiquadCoefficients, _ total: inout Value
  ) {
    // What the new result is subtracted from comes first: only the rest has to wait for it.
    let y = x * shelf.b0 + values.0
    values.0 = (x * shelf.b1 + values.1) - y * shelf.a1
    values.1 = x * shelf.b2 - y * shelf.a2
    let z = y * highPass.b0 + values.2
    values.2 = (y * highPass.b1 + values.3) - z * highPass.a1
    values.3 = y * highPass.b2 - z * highPass.a2
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
