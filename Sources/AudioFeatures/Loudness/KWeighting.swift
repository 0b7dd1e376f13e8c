import CAudioKernels
import Foundation

/// The K-weighting of ITU-R BS.1770-4, Annex 1: a high shelf for the acoustic effect of the head, then the
/// high-pass of the revised low-frequency B curve.
///
/// The standard prints coefficients for 48 kHz only (tables 1 and 2) and asks for the same frequency response at other
/// rates. Here the coefficients for other rates follow from the printed ones. The high-pass (corner 38.1 Hz) is
/// converted with ``BiquadCoefficients/bilinear(from:to:)``. The shelf (corner 1682 Hz) is converted with
/// ``BiquadCoefficients/matched(from:to:)``, since the bilinear transform would warp it by up to 0.29 dB at 8 kHz. At
/// 48 kHz both give the printed coefficients. From 10 Hz to 0.49 of the sample rate (at most 20 kHz) the response
/// deviates from that at 48 kHz by less than 0.04 dB at 8 kHz, 0.015 dB at 11.025 kHz, 0.001 dB at 22.05 kHz and
/// 0.0001 dB from 32 to 192 kHz.
///
/// The printed high-pass has a gain of 1.005 (0.043 dB) above its corner, which belongs to the calibration `−0.691 dB`.
/// This gain is kept at every rate, so that one sound has the same loudness at all rates.
enum KWeighting {
  /// The high shelf of table 1, for 48 kHz.
  static let shelf = BiquadCoefficients(
    b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285,
    a1: -1.69065929318241, a2: 0.73248077421585)

  /// The high-pass of table 2, for 48 kHz.
  static let highPass = BiquadCoefficients(
    b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621)

  /// Both filters for a sample rate in hertz.
  static func sections(sampleRate: Double) -> (shelf: BiquadCoefficients, highPass: BiquadCoefficients) {
    (shelf.matched(from: 48_000, to: sampleRate), highPass.bilinear(from: 48_000, to: sampleRate))
  }

  /// The loudness in LUFS of a K-weighted, channel-weighted mean square: `−0.691 + 10·log10 z`.
  static func loudness(power: Double) -> Double {
    -0.691 + 10 * log10(power)
  }
}

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

  /// Filters the samples of two channels side by side.
  ///
  /// Each result waits for the one before it, so a processor filters two channels in the time of one. Both filters have
  /// one sample rate, and both spans one length. The results are those of ``accumulate(_:into:)``.
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

  /// Sets the state to zero where it has decayed beyond hearing or is not finite.
  ///
  /// That keeps subnormal numbers out of long silences.
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

/// A number, or a pair of numbers of two channels.
private protocol FilterValue {
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func * (a: Self, b: Double) -> Self
}

extension Double: FilterValue {}
extension SIMD2<Double>: FilterValue {}

/// The K-weighting of ITU-R BS.1770-4 as a curve over frequency.
public enum KWeightingResponse {
  /// The gain in dB at the centres of ``ThirdOctaves``.
  public static let thirdOctaves = ThirdOctaves.frequencies.map(gain)

  /// The gain in dB at a frequency in Hz.
  public static func gain(at frequency: Double) -> Double {
    10
      * log10(
        KWeighting.shelf.powerGain(at: frequency, sampleRate: 48_000)
          * KWeighting.highPass.powerGain(at: frequency, sampleRate: 48_000))
  }
}

#if arch(x86_64)

/// K-weighting in C for x86-64 processors with AVX2; results have the bits of ``KWeightingFilter``.
///
/// This is the only file that calls the C code.
enum AVX2KWeighting {
  /// Filters one channel; false where the work is left to Swift's code.
  static func accumulate(
    _ filter: inout KWeightingFilter, _ samples: Span<Float>, into sum: inout Double
  ) -> Bool {
    // The channel is filtered beside a copy of itself, which still takes half the time of Swift's code.
    var (other, otherSum) = (filter, sum)
    return accumulate(&filter, samples, into: &sum, beside: &other, samples, into: &otherSum)
  }

  /// Filters two channels beside each other; false where the work is left to Swift's code.
  static func accumulate(
    _ filter: inout KWeightingFilter, _ samples: Span<Float>, into sum: inout Double,
    beside other: inout KWeightingFilter, _ otherSamples: Span<Float>, into otherSum: inout Double
  ) -> Bool {
    guard cak_has_avx2() else { return false }
    var shelf = clo_section(filter.shelf)
    var highPass = clo_section(filter.highPass)
    var channel = clo_channel(filter.state, sum)
    var next = clo_channel(other.state, otherSum)
    let count = min(samples.count, otherSamples.count)
    unsafe samples.withUnsafeBufferPointer { samples in
      unsafe otherSamples.withUnsafeBufferPointer { otherSamples in
        unsafe clo_k_weight(
          &shelf, &highPass, samples.baseAddress, &channel, otherSamples.baseAddress, &next, count)
      }
    }
    (filter.state, sum) = (channel.state, channel.sum)
    (other.state, otherSum) = (next.state, next.sum)
    return true
  }
}

extension clo_section {
  fileprivate init(_ section: KWeightingFilter.Section) {
    self.init(b0: section.b0, c1: section.c1, c2: section.c2, a1: section.a1, a2: section.a2)
  }
}

extension clo_channel {
  fileprivate init(_ state: KWeightingFilter.State, _ sum: Double) {
    self.init(shelf0: state.0, shelf1: state.1, high_pass0: state.2, high_pass1: state.3, sum: sum)
  }

  fileprivate var state: KWeightingFilter.State { (shelf0, shelf1, high_pass0, high_pass1) }
}
#endif
