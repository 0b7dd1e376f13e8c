import CAudioKernels
import Foundation

/// The interpolator of the true-peak meter: values between the samples x[0] and x[1] at the fractions δ = k/factor.
///
///     y(δ) = Σ_u x[u] · h(δ − u),   u = −23 … 24,   h(t) = sinc(t) · w(t/24) / Σ
///
/// with the Kaiser window `w(r) = I₀(β·√(1 − r²))/I₀(β)`, β = 7, and every phase scaled to gain 1 at 0 Hz.
/// The response deviates from that of ideal interpolation by less than 6·10⁻⁴ (0.005 dB) up to 0.4535 of the
/// sample rate (20 kHz at 44.1 kHz), where the 48 coefficients of BS.1770-4, Annex 2 deviate by 0.27. The error of
/// oversampling itself remains: at factor 4, a tone at 0.4535 of the rate can be higher by 0.56 dB between two values.
///
/// The phases δ and 1 − δ mirror each other, so the taps are kept for sums and differences of mirrored samples.
struct TruePeakFilter: Sendable {
  /// The number of samples from which a value is interpolated.
  static let length = 48

  static let beta = 7.0

  /// The number of values per sample, the sample included: 4 below 96 kHz, 2 below 192 kHz, else 1, as in the standard.
  let factor: Int

  /// Taps of the value half-way, for the sums `x[1 + j] + x[−j]`, j = 23 … 0 in this order.
  let middle: ContiguousArray<Float>

  /// Taps of half the sum of the values at ¼ and ¾, for the same sums; empty unless the factor is 4.
  let even: ContiguousArray<Float>

  /// Taps of half the difference of the values at ¼ and ¾, for the differences `x[−j] − x[1 + j]`; empty as ``even``.
  let odd: ContiguousArray<Float>

  /// The largest ratio of an interpolated value to the largest magnitude of the samples it is made from.
  let gainBound: Float

  /// The largest excess of an interpolated value over the samples beside it, as a multiple of the largest step between
  /// neighbouring samples.
  ///
  /// A value is the sum of the straight line between its neighbours and a rest `Σ_u r[u] · x[u]`. With
  /// `R[u] = Σ_{v ≤ u} r[v]`, summation by parts turns the rest into
  /// `R[24] · x[24] − Σ_{u < 24} R[u] · (x[u + 1] − x[u])`, where R[24] is nearly 0.
  let stepBound: Float

  /// The most that R[24] and rounding add, as a multiple of the largest magnitude of the samples a value is made from.
  ///
  /// A sum of 24 products in `Float` is within 27 · 2⁻²⁴ times the sum of their magnitudes, which is below 10⁻⁵ times
  /// the largest sample.
  private static let slack: Float = 1e-4

  private static let filters = TableCache<Int, TruePeakFilter> { TruePeakFilter(factor: $0) }

  /// The filter for a sample rate in Hz; rates with the same factor share one filter.
  static func shared(sampleRate: Double) -> TruePeakFilter {
    filters[sampleRate < 96_000 ? 4 : sampleRate < 192_000 ? 2 : 1]
  }

  private init(factor: Int) {
    self.factor = factor
    let half = Self.length / 2
    let middleTaps = Self.taps(fraction: 0.5)
    let quarterTaps = Self.taps(fraction: 0.25)
    let mirrored = (0..<half).map { ($0, Self.length - 1 - $0) }
    middle = factor > 1 ? ContiguousArray(mirrored.map { Float(middleTaps[$0.0]) }) : []
    let pairs = factor > 2 ? mirrored : []
    even = ContiguousArray(pairs.map { Float((quarterTaps[$0.0] + quarterTaps[$0.1]) / 2) })
    odd = ContiguousArray(pairs.map { Float((quarterTaps[$0.0] - quarterTaps[$0.1]) / 2) })
    // The rounding of 48 products and sums in Float stays far under the 10⁻⁴ added here.
    let largest = max(Self.magnitude(middleTaps), Self.magnitude(quarterTaps))
    gainBound = Float(largest * (1 + 1e-4))
    let steps = max(Self.steps(middleTaps, fraction: 0.5), Self.steps(quarterTaps, fraction: 0.25))
    stepBound = Float(steps * (1 + 1e-4))
  }

  /// A magnitude that no interpolated value exceeds.
  ///
  /// - Parameters:
  ///   - reach: The largest magnitude of the samples from which values are made.
  ///   - centre: The largest magnitude of the samples beside values.
  ///   - step: The largest magnitude of the steps between neighbouring samples from which values are made.
  func bound(reach: Float, centre: Float, step: Float) -> Float {
    min(reach * gainBound, centre + step * stepBound + reach * Self.slack)
  }

  /// The taps for the samples x[−23] … x[24] of the value at a fraction between x[0] and x[1].
  static func taps(fraction: Double) -> [Double] {
    let half = Double(length / 2)
    let values = (0..<length).map { index in
      let t = fraction - Double(index - length / 2 + 1)
      let r = t / half
      let window = besselI0(beta * (1 - r * r).squareRoot()) / besselI0(beta)
      return sin(.pi * t) / (.pi * t) * window
    }
    let sum = values.reduce(0, +)
    return values.map { $0 / sum }
  }

  private static func magnitude(_ taps: [Double]) -> Double {
    taps.reduce(0) { $0 + abs($1) }
  }

  /// Σ |R[u]|, where R is the running sum of the taps minus those of a straight line.
  private static func steps(_ taps: [Double], fraction: Double) -> Double {
    var rest = taps
    rest[length / 2 - 1] -= 1 - fraction
    rest[length / 2] -= fraction
    var running = 0.0
    return rest.dropLast().reduce(0) {
      running += $1
      return $0 + abs(running)
    }
  }

  /// The modified Bessel function of the first kind of order 0, by its power series.
  private static func besselI0(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    var k = 1.0
    while term > sum * 1e-17 {
      term *= (x / (2 * k)) * (x / (2 * k))
      sum += term
      k += 1
    }
    return sum
  }
}

/// The measurements of a group of 32 samples.
///
/// The samples at `start ..< start + 32` of a buffer are the newest samples x[24] of the group's 32 interpolations.
enum TruePeakKernels {
  /// The number of samples in a group.
  static let groupLength = 32

  /// The number of samples before a group that its interpolations need, rounded up to whole groups.
  static let historyLength = 2 * groupLength

  /// The index at which a group starts in a buffer that begins with the history.
  static func start(ofGroup group: Int) -> Int { historyLength + group * groupLength }

  /// The largest magnitude of a group's values between samples; NaN is passed over.
  static func interpolatedMagnitude(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float {
    switch filter.factor {
    case 4:
      #if arch(x86_64)
      if let peak = unsafe AVX2TruePeak.peakAtQuarters(buffer, start, filter) { return peak }
      #endif
      return unsafe peakAtQuarters(buffer, start, filter)
    case 2: return unsafe peakAtHalves(buffer, start, filter)
    default: return 0
    }
  }

  /// The largest magnitude of a group's samples; NaN is passed over.
  static func sampleMagnitude(_ buffer: UnsafeBufferPointer<Float>, _ start: Int) -> Float {
    var extremes = Extremes()
    for offset in stride(from: 0, to: groupLength, by: Lanes.scalarCount) {
      extremes.include(unsafe load(buffer, start + offset))
    }
    return extremes.magnitude
  }

  /// Writes for each group the largest magnitude of a sample and that of a step from one sample to the next.
  ///
  /// NaN is passed over. The step from the sample before a group to the group's first sample belongs to the group.
  static func extremes(
    _ buffer: UnsafeBufferPointer<Float>, groups: Int, magnitudes: UnsafeMutablePointer<Float>,
    steps: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
    if unsafe AVX2TruePeak.extremes(buffer, groups: groups, magnitudes: magnitudes, steps: steps) { return }
    #endif
    unsafe portableExtremes(buffer, groups: groups, magnitudes: magnitudes, steps: steps)
  }

  /// Swift's own code for ``extremes(_:groups:magnitudes:steps:)``.
  static func portableExtremes(
    _ buffer: UnsafeBufferPointer<Float>, groups: Int, magnitudes: UnsafeMutablePointer<Float>,
    steps: UnsafeMutablePointer<Float>
  ) {
    for group in 0..<groups {
      let start = start(ofGroup: group)
      var step = Extremes()
      for place in stride(from: start, to: start + groupLength, by: Lanes.scalarCount) {
        step.include(unsafe load(buffer, place) - load(buffer, place - 1))
      }
      unsafe magnitudes[group] = sampleMagnitude(buffer, start)
      unsafe steps[group] = step.magnitude
    }
  }

  private static func peakAtHalves(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float {
    var extremes = Extremes()
    for offset in stride(from: 0, to: groupLength, by: Lanes.scalarCount) {
      let last = start + offset
      var middle = Lanes.zero
      for tap in 0..<TruePeakFilter.length / 2 {
        let older = unsafe load(buffer, last - TruePeakFilter.length + 1 + tap)
        let newer = unsafe load(buffer, last - tap)
        middle += (older + newer) * filter.middle[tap]
      }
      extremes.include(middle)
    }
    return extremes.magnitude
  }

  /// Swift's own code for four values per sample.
  static func peakAtQuarters(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float {
    var extremes = Extremes()
    for offset in stride(from: 0, to: groupLength, by: Lanes.scalarCount) {
      let last = start + offset
      var middle = Lanes.zero
      var even = Lanes.zero
      var odd = Lanes.zero
      for tap in 0..<TruePeakFilter.length / 2 {
        let older = unsafe load(buffer, last - TruePeakFilter.length + 1 + tap)
        let newer = unsafe load(buffer, last - tap)
        let sum = older + newer
        middle += sum * filter.middle[tap]
        even += sum * filter.even[tap]
        odd += (older - newer) * filter.odd[tap]
      }
      extremes.include(middle)
      extremes.include(even + odd)
      extremes.include(even - odd)
    }
    return extremes.magnitude
  }

  private static func load(_ buffer: UnsafeBufferPointer<Float>, _ index: Int) -> Lanes {
    unsafe buffer.baseAddress.unsafelyUnwrapped.lanes(index)
  }

  /// The largest magnitude so far in each lane; comparisons with NaN are false, so NaN does not change it.
  private struct Extremes {
    private var highest = Lanes.zero

    @inline(__always)
    mutating func include(_ values: Lanes) { highest = highest.larger(values.magnitude) }

    @inline(__always)
    var magnitude: Float { highest.largest }
  }
}

/// The search for the largest interpolated value, group by group of 32 samples, and the peaks found so far.
///
/// A group is left out where its samples and steps, with those of the two groups before, are too small to raise the
/// peak. That does not change the result.
struct TruePeakScan: TruePeakScanning {
  /// The largest magnitude of a sample.
  private(set) var samplePeak: Float = 0

  /// The largest magnitude of an interpolated value, groups left out not counted.
  private(set) var interpolatedPeak: Float = 0

  /// The largest magnitudes, and the largest steps, of the two groups before.
  private var lastMagnitudes: (Float, Float) = (0, 0)
  private var lastSteps: (Float, Float) = (0, 0)

  /// Scans consecutive groups in a buffer, behind the history.
  mutating func scan(_ buffer: UnsafeBufferPointer<Float>, groups: Int, filter: TruePeakFilter) {
    let count = groups + 2
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { rows in
      guard let magnitudes = rows.baseAddress else { return }
      let steps = unsafe magnitudes + count
      unsafe (magnitudes[0], magnitudes[1]) = lastMagnitudes
      unsafe (steps[0], steps[1]) = lastSteps
      unsafe TruePeakKernels.extremes(buffer, groups: groups, magnitudes: magnitudes + 2, steps: steps + 2)
      for index in 2..<count { samplePeak = unsafe max(samplePeak, magnitudes[index]) }
      unsafe lastMagnitudes = (magnitudes[groups], magnitudes[groups + 1])
      unsafe lastSteps = (steps[groups], steps[groups + 1])
      guard filter.factor > 1 else { return }
      for group in 0..<groups {
        // The samples beside the values are in this group and the one before.
        let centre = unsafe max(magnitudes[group + 1], magnitudes[group + 2])
        let bound = unsafe filter.bound(
          reach: max(magnitudes[group], centre), centre: centre,
          step: max(steps[group], max(steps[group + 1], steps[group + 2])))
        guard bound > max(samplePeak, interpolatedPeak) else { continue }
        let start = TruePeakKernels.start(ofGroup: group)
        interpolatedPeak = max(
          interpolatedPeak, unsafe TruePeakKernels.interpolatedMagnitude(buffer, start, filter))
      }
    }
  }
}

#if arch(x86_64)

/// Interpolated values and group extremes in C for x86-64 processors with AVX2; results have the bits of
/// ``TruePeakKernels``.
///
/// This is the only file that calls the C code.
enum AVX2TruePeak {
  /// The largest magnitudes and steps of groups; false where the work is left to Swift's code.
  static func extremes(
    _ buffer: UnsafeBufferPointer<Float>, groups: Int, magnitudes: UnsafeMutablePointer<Float>,
    steps: UnsafeMutablePointer<Float>
  ) -> Bool {
    guard cak_has_avx2(), let base = buffer.baseAddress else { return false }
    unsafe clo_group_extremes(base + TruePeakKernels.start(ofGroup: 0), groups, magnitudes, steps)
    return true
  }

  /// The largest magnitude of a group's values at quarters, or nil where the work is left to Swift's code.
  static func peakAtQuarters(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float? {
    guard cak_has_avx2(), let base = buffer.baseAddress else { return nil }
    return unsafe filter.middle.withUnsafeBufferPointer { middle in
      unsafe filter.even.withUnsafeBufferPointer { even in
        unsafe filter.odd.withUnsafeBufferPointer { odd in
          unsafe clo_peak_at_quarters(base + start, middle.baseAddress, even.baseAddress, odd.baseAddress)
        }
      }
    }
  }
}
#endif
