/// Soft clipping by the hyperbolic tangent, with some even harmonics.
struct Saturation {
  /// The gain in dB in front of the curve; more is harder.
  var drive: Double
  /// An offset on the curve: 0 is symmetric, 0.2 adds a warm second harmonic.
  var bias = 0.0

  /// Saturates a clip in place; small signals keep their level, and the offset's constant is taken away.
  func apply(to clip: inout Clip) {
    let gain = Arithmetic.amplitude(decibels: drive)
    let rest = Arithmetic.tanh(bias)
    let slope = gain * (1 - rest * rest)
    clip.mapChannels { channel in
      channel.map { (Arithmetic.tanh(gain * $0 + bias) - rest) / slope }
    }
    if bias != 0 { clip.filter(.highPass(20, rate: clip.rate)) }
  }
}
