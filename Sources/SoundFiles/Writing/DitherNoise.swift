/// Triangular dither of one channel: white noise whose values depend on the seed and on their place alone.
///
/// Four generators, xorwow (Marsaglia, "Xorshift RNGs", J. Stat. Softw. 8(14), 2003, section 3.1), run side by side; place n
/// belongs to generator n mod 4. One draw r of 32 bits makes one value,
///
///     d = (⌊r/2¹⁶⌋ + r mod 2¹⁶ + 1)/2¹⁶ − 1
///
/// the sum of two uniform numbers: mean 0, variance 1/6, and |d| < 1, in steps of 2⁻¹⁶ unit.
struct DitherNoise: Sendable {
  private typealias Words = SIMD4<UInt32>

  private var state: (Words, Words, Words, Words, Words)
  private var counter: Words
  /// The last four values, of which the first `usedCount` were handed out.
  private var four = SIMD4<Double>.zero
  private var usedCount = 4

  init(seed: UInt64) {
    var seeds = SplitMix64(state: seed)
    func words() -> Words {
      let (a, b) = (seeds.next(), seeds.next())
      return Words(
        UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: a >> 32), UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: b >> 32))
    }
    // A generator whose state is 0 stays there.
    state = (words() | 1, words(), words(), words(), words())
    counter = words()
  }

  /// Whether the next place belongs to the first generator.
  var isAtFour: Bool { usedCount == 4 }

  /// The values of the next four places; to be called where ``isAtFour``.
  @inline(__always)
  mutating func nextFour() -> SIMD4<Double> {
    let t = state.0 ^ (state.0 &>> 2)
    state = (state.1, state.2, state.3, state.4, (state.4 ^ (state.4 &<< 4)) ^ (t ^ (t &<< 1)))
    counter &+= 362_437
    let draw = state.4 &+ counter
    let sum = SIMD4<Int32>(truncatingIfNeeded: (draw &>> 16) &+ (draw & 0xFFFF))
    let unit = 1.0 / 65_536
    return SIMD4<Double>(sum) * unit - (1 - unit)
  }

  /// The value of the next place.
  mutating func next() -> Double {
    if isAtFour {
      four = nextFour()
      usedCount = 0
    }
    defer { usedCount += 1 }
    return four[usedCount]
  }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): makes the states of other generators from one seed.
struct SplitMix64: Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
