/// A plucked melody over bass notes, in D minor, on a small guitar.
enum PluckClip {
  /// Beat, MIDI note, velocity: the melody.
  private static let melody: [(Double, Double, Double)] = [
    (0, 62, 0.75), (0.5, 65, 0.6), (1, 69, 0.8), (1.5, 74, 0.7), (2, 72, 0.65), (2.5, 69, 0.55),
    (3, 65, 0.6), (3.5, 67, 0.5), (4, 69, 0.85), (4.75, 67, 0.5), (5, 65, 0.65), (5.5, 64, 0.55),
    (6, 62, 0.7), (6.5, 57, 0.5), (7, 60, 0.6), (7.5, 61, 0.55), (8, 62, 0.8), (8.5, 69, 0.6),
    (9, 77, 0.95), (9.5, 76, 0.7), (10, 74, 0.75), (10.5, 70, 0.55), (11, 69, 0.7), (11.33, 67, 0.45),
    (11.67, 65, 0.45), (12, 62, 0.85), (12.02, 65, 0.5), (12.04, 69, 0.5),
  ]

  /// The bass.
  private static let bass: [(Double, Double, Double)] = [
    (0, 38, 0.8), (2, 45, 0.6), (4, 41, 0.75), (6, 43, 0.7), (8, 46, 0.75), (10, 45, 0.7), (12, 38, 0.85),
  ]

  static func render() -> Clip {
    let beat = 60 / 120.0
    var clip = Clip(seconds: 7, channels: 2, sampleRate: 44_100)
    var random = RandomSource(seed: 71)
    for (notes, decay, pan) in [(melody, 2.4, 0.22), (bass, 3.6, -0.2)] {
      for (start, note, velocity) in notes {
        let late = random.between(0, 0.012)
        let length = min(2.6, 6.9 - start * beat)
        let string = PluckedString(
          frequency: Pitch.frequency(midi: note), decay: decay, velocity: velocity * random.between(0.85, 1),
          position: random.between(0.13, 0.2))
        let sound = string.render(seconds: length, rate: clip.rate, random: &random)
        clip.add(sound, at: 0.06 + start * beat + late, pan: pan)
      }
    }
    InstrumentBody.apply(to: &clip)
    Room(decay: 0.7, damping: 4500, wet: 0.16).apply(to: &clip)
    NoiseFloor(decibels: -78, seed: 72).apply(to: &clip)
    clip.applyGain(decibels: -18.6)
    clip.fadeEnds(in: 0.01, out: 0.4)
    return clip
  }
}
