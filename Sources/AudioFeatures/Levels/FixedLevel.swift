/// A level in dB relative to full scale as a fixed-point number with a step of 2⁻¹⁶ dB.
///
/// 0 dB is a mean square of 1 (a full-scale sine has −3.01 dB). Sums of fixed-point levels are exact, so
/// statistics do not depend on the order in which frames are added.
public struct FixedLevel: Hashable, Comparable, Sendable {
  /// The level in steps of 2⁻¹⁶ dB.
  public var steps: Int32

  /// The number of steps in 1 dB.
  public static let stepsPerDecibel: Int32 = 65536

  /// The lowest level, −120 dB: silence.
  public static let floor = FixedLevel(steps: -120 * stepsPerDecibel)

  /// The highest level, +200 dB.
  public static let ceiling = FixedLevel(steps: 200 * stepsPerDecibel)

  /// Creates a level from its number of steps.
  public init(steps: Int32) {
    self.steps = steps
  }

  /// Creates the level nearest to a number of dB, within floor and ceiling.
  public init(decibels: Double) {
    let limited = min(200, max(-120, decibels))
    steps = Int32((limited * Double(Self.stepsPerDecibel)).rounded())
  }

  /// The level in dB.
  public var decibels: Double { Double(steps) / Double(Self.stepsPerDecibel) }

  /// Whether one level lies below another.
  public static func < (a: FixedLevel, b: FixedLevel) -> Bool { a.steps < b.steps }
}

extension FixedLevel {
  /// Creates the level `10 · log₁₀(power)` of a mean square, rounded to a step, within floor and ceiling.
  ///
  /// A power that is not a number counts as silence. The level is within 0.55 steps of the exact one.
  public init(power: Float) {
    steps = Self.steps(powers: Lanes(repeating: power))[0]
  }

  /// The levels of eight mean squares in steps, as ``init(power:)`` gives them.
  ///
  /// With power = 2ᵉ · m, m from √½ to √2, and s = (m − 1)/(m + 1), the logarithm is `e · log 2 + 2 artanh s`. Of the
  /// series 2(s + s³/3 + …) the terms up to s⁹ are taken (the rest is below 10⁻⁹). The whole steps of `e · 10 log₁₀ 2`
  /// are added as integers, so that the `Float` part stays below 10⁵ steps, where its last place is 1/128 of a step.
  @inline(__always)
  static func steps(powers: Lanes) -> SIMD8<Int32> {
    let highest = Lanes(repeating: 1e20)
    let limited = powers.replacing(with: highest, where: powers .> highest)
    let rootOfHalf = SIMD8<UInt32>(repeating: 0x3F35_04F3)
    let offset = unsafe unsafeBitCast(limited, to: SIMD8<UInt32>.self) &- rootOfHalf
    let exponent = unsafe unsafeBitCast(offset, to: SIMD8<Int32>.self) &>> 23
    let m = unsafe unsafeBitCast((offset & 0x7F_FFFF) &+ rootOfHalf, to: Lanes.self)
    let s = (m - 1) / (m + 1)
    let square = s * s
    // 2 · 10/ln 10 · 65536, over 1, 3, 5, 7, 9.
    var series = Lanes(repeating: 63_248.717)
    series = series * square + 81_319.78
    series = series * square + 113_847.69
    series = series * square + 189_746.16
    series = series * square + 569_238.44
    // 10 log₁₀ 2 dB are 197,283.017958 steps.
    let rest = series * s + Lanes(exponent) * 0.017958
    // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
    let rounded = unsafe unsafeBitCast(rest + 12_582_912, to: SIMD8<Int32>.self) &- 0x4B40_0000
    let steps = exponent &* 197_283 &+ rounded
    let isSound = powers .> Lanes(repeating: 1e-12)
    let ceiling = SIMD8(repeating: Self.ceiling.steps)
    let bounded = steps.replacing(with: ceiling, where: steps .> ceiling)
    return SIMD8(repeating: Self.floor.steps).replacing(with: bounded, where: isSound)
  }
}

extension ContiguousArray<FixedLevel> {
  /// Calls a closure with the levels as integers, in steps of 2⁻¹⁶ dB.
  public func withSteps<Result, Failure: Error>(
    _ body: (Span<Int32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe withUnsafeBufferPointer { levels throws(Failure) in
      // SAFETY: a level is a struct of one `Int32`, so both types have the same layout.
      let steps = unsafe UnsafeRawBufferPointer(levels).assumingMemoryBound(to: Int32.self)
      return try unsafe body(steps.span)
    }
  }
}

/// Conversions between dB and factors.
public enum Decibels {
  /// Replaces gains in dB by amplitude factors `10^(g/20)`.
  ///
  /// The relative error is below 2⁻²⁰ from −100 to +100 dB (the product with log₂(10)/20 is rounded to a `Float`).
  /// Gains are limited to ±600 dB, and 0 dB gives exactly 1. The exponent of 2 is split into its nearest integer and a
  /// rest in [−½, ½]. The rest's power of two is a Taylor polynomial of degree 7, with a remainder below 6·10⁻⁹.
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
    // log₂(10) / 20 as a sum of two numbers, so that the product stays accurate far from 0 dB.
    let high: Float = 0.16609955
    let low: Float = -3.1435955e-6
    let (lowest, highest) = (Lanes(repeating: -600), Lanes(repeating: 600))
    let bounded = gain.replacing(with: lowest, where: gain .< lowest)
    let limited = bounded.replacing(with: highest, where: bounded .> highest)
    let product = limited * high
    // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
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
