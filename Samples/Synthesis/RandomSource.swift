/// Pseudo-random numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014), the same on every machine.
struct RandomSource {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// 64 random bits.
  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number between 0 and 1.
  mutating func unit() -> Double {
    Double(bits() >> 11) * 0x1p-53
  }

  /// A number between −1 and 1: white noise, where it is called for every frame.
  mutating func bipolar() -> Double {
    2 * unit() - 1
  }

  /// A number between two bounds.
  mutating func between(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * unit()
  }
}
