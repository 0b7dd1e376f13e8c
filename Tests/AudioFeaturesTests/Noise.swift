/// A small seeded generator (SplitMix64), so that tests use the same numbers everywhere.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A value from −1 up to 1.
  mutating func sample() -> Float {
    Float(Double(next() >> 11) / Double(1 << 52) - 1)
  }

  mutating func samples(_ count: Int) -> [Float] {
    (0..<count).map { _ in sample() }
  }
}
