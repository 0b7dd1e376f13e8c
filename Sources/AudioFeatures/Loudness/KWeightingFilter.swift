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
    let (shelf, highPass) = (shelf, highPass)
    var (s1, s2, s3, s4) = state
    var total = sum
    for i in samples.indices {
      let x = Double(samples[i])
      let y = shelf.b0 * x + s1
      s1 = shelf.b1 * x - shelf.a1 * y + s2
      s2 = shelf.b2 * x - shelf.a2 * y
      let z = highPass.b0 * y + s3
      s3 = highPass.b1 * y - highPass.a1 * z + s4
      s4 = highPass.b2 * y - highPass.a2 * z
      total += z * z
    }
    state = (s1, s2, s3, s4)
    sum = total
  }

  /// Sets a state that has decayed beyond hearing to zero, which keeps denormal numbers out of long silences,
  /// and drops one that is not finite.
  mutating func settle() {
    let size = abs(state.0) + abs(state.1) + abs(state.2) + abs(state.3)
    if !(size >= 1e-30 && size.isFinite) { state = (0, 0, 0, 0) }
  }
}
