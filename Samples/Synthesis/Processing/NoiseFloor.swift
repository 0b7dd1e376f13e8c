/// The hiss of a recording: noise that falls by about 3 dB an octave, independent in each channel.
struct NoiseFloor {
  /// The level in dBFS (root mean square).
  var decibels: Double
  var seed: UInt64

  /// Adds the noise to a clip in place.
  func apply(to clip: inout Clip) {
    var random = RandomSource(seed: seed)
    // Low-passed noises at corners two octaves apart add up to about 3 dB an octave.
    let scale = 1.1 * Arithmetic.amplitude(decibels: decibels)
    for channel in clip.channels.indices {
      var poles = [250.0, 1000, 4000].map { OnePole(frequency: $0, rate: clip.rate) }
      let weights = [4.0, 2, 1]
      for index in 0..<clip.frameCount {
        var sum = 0.5 * random.bipolar()
        let white = random.bipolar()
        for pole in poles.indices { sum += weights[pole] * poles[pole].process(white) }
        clip.channels[channel][index] += scale * sum
      }
    }
  }
}
