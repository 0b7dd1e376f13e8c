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
    // 10 log₁₀ 2 is 197,283 steps and 0.017958 of one.
    let rest = series * s + Lanes(exponent) * 0.017958
    // Adding 1.5 · 2²³ rounds to the nearest integer, which then stands in the low bits.
    let rounded = unsafe unsafeBitCast(rest + 12_582_912, to: SIMD8<Int32>.self) &- 0x4B40_0000
    let steps = exponent &* 197_283 &+ rounded
    let isSound = powers .> Lanes(repeating: 1e-12)
    let ceiling = SIMD8(repeating: Self.ceiling.steps)
    let bounded = steps.replacing(with: ceiling, where: steps .> ceiling)
    return SIMD8(repeating: Self.floor.steps).replacing(with: bounded, where: isSound)
  }
}
