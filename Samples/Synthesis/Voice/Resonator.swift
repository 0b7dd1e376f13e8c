/// A second-order resonance with a gain of 1 at 0 Hz, after Klatt (Journal of the Acoustical Society of America 67, 1980).
struct Resonator {
  private var a = 1.0
  private var b = 0.0
  private var c = 0.0
  private var y1 = 0.0
  private var y2 = 0.0

  /// Moves the resonance to a frequency and bandwidth in Hz.
  mutating func tune(frequency: Double, bandwidth: Double, rate: Double) {
    let radius = Arithmetic.exp(-Arithmetic.pi * bandwidth / rate)
    c = -radius * radius
    b = 2 * radius * Arithmetic.cosine(turns: frequency / rate)
    a = 1 - b - c
  }

  /// The resonance's next output.
  mutating func process(_ x: Double) -> Double {
    let y = a * x + b * y1 + c * y2
    y2 = y1
    y1 = y
    return y
  }

  /// The next output of the inverse filter, which has a notch where the resonance would have its peak.
  mutating func processInverse(_ x: Double) -> Double {
    let y = (x - b * y1 - c * y2) / a
    y2 = y1
    y1 = x
    return y
  }
}
