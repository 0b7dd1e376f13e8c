/// A slow band on a worn tape: dull, warm in the low middle, softly compressed, with wow, flutter and hiss.
enum DarkTapeStyle {
  /// One chord for two beats, as MIDI notes: C minor ninth, F ninth, B flat major seventh, G seventh.
  private static let chords: [[Double]] = [
    [36, 58, 62, 63, 67], [41, 57, 60, 63, 67], [34, 57, 60, 62, 65], [43, 59, 62, 65, 68],
  ]

  static func render() -> Clip {
    var clip = band()
    Saturation(drive: 7, bias: 0.15).apply(to: &clip)
    Compressor(threshold: -26, ratio: 2.2, knee: 12, attack: 0.02, release: 0.35, makeUp: 4).apply(to: &clip)
    NoiseFloor(decibels: -64, seed: 65).apply(to: &clip)
    TapeTransport().apply(to: &clip)
    clip.filter(.peak(75, q: 0.9, decibels: 3, rate: clip.rate))
    clip.filter(.peak(240, q: 0.7, decibels: 4, rate: clip.rate))
    clip.filter(.highShelf(2200, decibels: -7, rate: clip.rate))
    clip.filter(.lowPass(5200, q: 0.6, rate: clip.rate))
    NoiseFloor(decibels: -84, seed: 66).apply(to: &clip)
    clip.applyGain(decibels: 0.6)
    clip.fadeEnds(in: 0.02, out: 0.5)
    return clip
  }

  /// Electric piano, bass and soft drums at 84 beats a minute.
  private static func band() -> Clip {
    let beat = 60 / 84.0
    var clip = Clip(seconds: 6.3, channels: 2, sampleRate: 48_000)
    var kit = DrumKit(rate: clip.rate, seed: 63)
    var random = RandomSource(seed: 64)
    for (index, chord) in chords.enumerated() {
      let start = 0.05 + Double(2 * index) * beat
      for (voice, note) in chord.dropFirst().enumerated() {
        let key = ElectricPiano(
          frequency: Pitch.frequency(midi: note), velocity: random.between(0.5, 0.7))
        for (offset, held) in [(0.0, 1.2), (1.5, 0.35)] {
          clip.add(
            key.render(held: held * beat, rate: clip.rate),
            at: start + offset * beat + 0.012 * Double(voice), gain: 0.1, pan: 0.3 * Double(voice % 2) - 0.15)
        }
      }
      for (offset, velocity) in [(0.0, 0.7), (0.75, 0.45), (1.5, 0.55)] {
        let bass = PluckedString(
          frequency: Pitch.frequency(midi: chord[0]), decay: 2, velocity: velocity, position: 0.3,
          dullness: 0.45)
        clip.add(
          bass.render(seconds: 0.9 * beat, rate: clip.rate, random: &random),
          at: start + offset * beat, gain: 0.14)
      }
      clip.add(kit.kick(velocity: 0.7), at: start, gain: 0.22)
      clip.add(kit.snare(velocity: 0.4), at: start + beat, gain: 0.3, pan: 0.1)
      for half in 0..<4 {
        clip.add(
          kit.hat(velocity: 0.4, ring: 0.05), at: start + 0.5 * Double(half) * beat, gain: 0.12, pan: -0.2)
      }
    }
    Room(decay: 0.9, damping: 3000, wet: 0.2).apply(to: &clip)
    return clip
  }
}
