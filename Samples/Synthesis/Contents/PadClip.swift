/// A pad: three chords of detuned saws through a slowly opening low-pass filter and a stereo chorus.
enum PadClip {
  /// The chords as MIDI notes: A minor ninth, F major seventh, G sixth.
  private static let chords: [[Double]] = [[45, 60, 64, 71], [41, 57, 64, 72], [43, 59, 64, 74]]

  static func render() -> Clip {
    var clip = Clip(seconds: 7.2, channels: 2, sampleRate: 48_000)
    var random = RandomSource(seed: 51)
    for (index, chord) in chords.enumerated() {
      let level = envelope(seconds: 2.8, rise: 0.55, fall: 0.7, rate: clip.rate)
      for (voice, note) in chord.enumerated() {
        // Two saws a side, apart by a few cents.
        for side in [-1.0, 1] {
          let cents = side * random.between(3, 8)
          let frequency = Pitch.frequency(midi: note + cents / 100)
          var saw = SawOscillator(frequency: frequency, phase: random.unit(), rate: clip.rate)
          let sound = level.map { $0 * saw.next() }
          clip.add(sound, at: 2.1 * Double(index), gain: voice == 0 ? 1 : 0.7, pan: 0.75 * side)
        }
      }
    }
    sweep(&clip)
    Chorus().apply(to: &clip)
    Room(decay: 1.6, damping: 3800, wet: 0.3, size: 1.3).apply(to: &clip)
    NoiseFloor(decibels: -72, seed: 52).apply(to: &clip)
    clip.applyGain(decibels: -25.3)
    clip.fadeEnds(in: 0.05, out: 0.6)
    return clip
  }

  private static func envelope(seconds: Double, rise: Double, fall: Double, rate: Double) -> [Double] {
    (0..<Int(seconds * rate)).map { index in
      let time = Double(index) / rate
      let level = min(1, time / rise, (seconds - time) / fall)
      return level * level * (3 - 2 * level)
    }
  }

  /// The filter opens from 500 Hz to about 3 kHz and closes again, twice.
  private static func sweep(_ clip: inout Clip) {
    for channel in clip.channels.indices {
      var filter = Biquad.lowPass(500, rate: clip.rate)
      for index in 0..<clip.frameCount {
        if index % 64 == 0 {
          let time = Double(index) / clip.rate
          let openness = 0.5 - 0.5 * Arithmetic.cosine(turns: time / 4.6 + 0.06 * Double(channel))
          let frequency = 500 * Arithmetic.exp2(2.6 * openness)
          filter = filter.continued(as: .lowPass(frequency, q: 1.1, rate: clip.rate))
        }
        clip.channels[channel][index] = filter.process(clip.channels[channel][index])
      }
    }
  }
}
