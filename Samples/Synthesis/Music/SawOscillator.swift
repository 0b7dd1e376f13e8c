/// A saw wave whose jump is rounded over two frames (polyBLEP), so that it hardly aliases.
struct SawOscillator {
  private var phase: Double
  private let step: Double

  init(frequency: Double, phase: Double, rate: Double) {
    self.phase = phase
    step = frequency / rate
  }

  /// The next value, between −1 and 1.
  mutating func next() -> Double {
    phase += step
    if phase >= 1 { phase -= 1 }
    var y = 2 * phase - 1
    if phase < step {
      let t = phase / step
      y -= 2 * t - t * t - 1
    } else if phase > 1 - step {
      let t = (phase - 1) / step
      y -= t * t + 2 * t + 1
    }
    return y
  }
}
