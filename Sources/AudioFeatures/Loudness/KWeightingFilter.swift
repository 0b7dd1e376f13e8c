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
    var state = state
    var total = sum
    for i in samples.indices { step(Double(samples[i]), &state, &total) }
    self.state = state
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
    var (state, otherState) = (state, other.state)
    var (total, otherTotal) = (sum, otherSum)
    for i in samples.indices {
      step(Double(samples[i]), &state, &total)
      step(Double(otherSamples[i]), &otherState, &otherTotal)
    }
    (self.state, other.state) = (state, otherState)
    (sum, otherSum) = (total, otherTotal)
  }

  @inline(__always)
  private func step(_ x: Double, _ state: inout (Double, Double, Double, Double), _ total: inout Double) {
    // What the new result is subtracted from comes first: only the rest has to wait for it.
    let y = shelf.b0 * x + state.0
    state.0 = (shelf.b1 * x + state.1) - shelf.a1 * y
    state.1 = shelf.b2 * x - shelf.a2 * y
    let z = highPass.b0 * y + state.2
    state.2 = (highPass.b1 * y + state.3) - highPass.a1 * z
    state.3 = highPass.b2 * y - highPass.a2 * z
    total += z * z
  }

  /// Sets a state that has decayed beyond hearing to zero, which keeps denormal numbers out of long silences,
  /// and drops one that is not finite.
  mutating func settle() {
    let size = abs(state.0) + abs(state.1) + abs(state.2) + abs(state.3)
    if !(size >= 1e-30 && size.isFinite) { state = (0, 0, 0, 0) }
  }
}
