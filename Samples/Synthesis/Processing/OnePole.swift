/// A first-order low-pass filter: y += k · (x − y).
struct OnePole {
  private let k: Double
  private(set) var value = 0.0

  /// A filter with a corner frequency in Hz.
  init(frequency: Double, rate: Double) {
    k = 1 - Arithmetic.exp(-2 * Arithmetic.pi * frequency / rate)
  }

  /// A filter that covers 63 % of a step within a time in seconds.
  init(time: Double, rate: Double) {
    k = 1 - Arithmetic.exp(-1 / (time * rate))
  }

  /// The filter's next output.
  mutating func process(_ x: Double) -> Double {
    value += k * (x - value)
    return value
  }
}
