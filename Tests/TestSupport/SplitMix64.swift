import Foundation

/// A small random generator with a fixed sequence (Steele, Lea and Flood 2014), so that tests repeat on every platform.
public struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  /// Starts the sequence of a seed.
  public init(state: UInt64) {
    self.state = state
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A value from 0 up to 1.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A standard normal value (Box and Muller).
  public mutating func normal() -> Double {
    let u = Double.random(in: Double.leastNormalMagnitude..<1, using: &self)
    let v = Double.random(in: 0..<1, using: &self)
    return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
  }

  /// A value from −1 up to 1.
  public mutating func sample() -> Float {
    Float(Double(next() >> 11) / Double(1 << 52) - 1)
  }

  /// Values from −1 up to 1.
  public mutating func samples(_ count: Int) -> [Float] {
    (0..<count).map { _ in sample() }
  }
}
