/// Conversions between dB and factors.
public enum Decibels {
  /// Replaces gains in dB by amplitude factors `10^(g/20)`.
  ///
  /// The relative error is below 2⁻²⁰ from −100 to +100 dB (the product with log₂(10)/20 is rounded to a `Float`);
  /// gains are limited to ±600 dB; 0 dB gives exactly 1. The exponent of 2 is split into its nearest integer and a
  /// rest in [−½, ½], whose power of two is the Taylor polynomial of degree 7 (its remainder there is below 6·10⁻⁹).
  package static func amplitudes(inPlace gains: UnsafeMutableBufferPointer<Float>) {
    guard let base = gains.baseAddress else { return }
    unsafe RowArithmetic.amplitudes(base, count: gains.count)
  }

  /// Replaces levels in dB by powers `10^(L/10)`, with a relative error below 2⁻¹⁸ from −100 to +100 dB.
  package static func powers(inPlace levels: inout [Float]) {
    unsafe levels.withUnsafeMutableBufferPointer { levels in
      guard let base = levels.baseAddress else { return }
      RowArithmetic.forEach(levels.count) { i in
        let level = unsafe base.lanes(i)
        unsafe base.store(amplitude(level + level), i)
      } single: { i in
        unsafe base[i] = amplitude(Lanes(repeating: 2 * base[i]))[0]
      }
    }
  }

  /// The amplitude factor `10^(g/20)` of a gain in dB.
  public static func amplitude(_ gain: Float) -> Float {
    amplitude(SIMD8(repeating: gain))[0]
  }

  @inline(__always)
  static func amplitude(_ gain: Lanes) -> Lanes {
    // log₂(10) / 20, in two parts so that the product is exact enough far from 0 dB.
    let high: Float = 0.16609955
    let low: Float = -3.1435955e-6
    let (lowest, highest) = (Lanes(repeating: -600), Lanes(repeating: 600))
    let bounded = gain.replacing(with: lowest, where: gain .< lowest)
    let limited = bounded.replacing(with: highest, where: bounded .> highest)
    let product = limited * high
    // Adding 1.5 · 2²³ rounds to the nearest integer, which then stands in the low bits.
    let shifted = product + 12_582_912
    let integer = shifted - 12_582_912
    let rest = (product - integer) + limited * low
    var power = Lanes(repeating: 1.525273e-5)
    power = power * rest + 1.5403530e-4
    power = power * rest + 1.3333558e-3
    power = power * rest + 9.6181291e-3
    power = power * rest + 5.5504109e-2
    power = power * rest + 2.4022651e-1
    power = power * rest + 6.9314718e-1
    power = power * rest + 1
    let exponent = unsafe unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23
    let bits = unsafe unsafeBitCast(power, to: SIMD8<UInt32>.self) &+ exponent
    return unsafe unsafeBitCast(bits, to: Lanes.self)
  }
}
