/// A morning show: a presenter over music, bright, dense and loud.
///
/// "Good morning! Sun all day, music all morning, and the best seat in town is yours. Stay with us!"
enum BrightBroadcastStyle {
  private static let script = SpeechScript(
    """
    G-UH1-D M-AO2-R-N-IH0-NG ! S-AH1-N AO1-L D-EY2 , M-Y-UW1-Z-IH0-K AO1-L M-AO2-R-N-IH0-NG , \
    AE0-N-D DH-AH0 B-EH1-S-T S-IY1-T IH0-N T-AW1-N IH0-Z Y-AO2-R-Z ! S-T-EY1 W-IH0-DH AH2-S !
    """)

  /// One chord a bar, as MIDI notes: D, B minor, G, A.
  private static let chords: [[Double]] = [
    [50, 69, 74, 78], [47, 66, 71, 78], [43, 67, 71, 74], [45, 64, 69, 73],
  ]

  static func render() -> Clip {
    let sampleRate = 44_100
    let plan = SpeechPlan(script, speaker: .presenter)
    let voice = VocalTract.render(plan, speaker: .presenter, sampleRate: sampleRate)
    var speech = Clip(seconds: Double(plan.duration) / 1000 + 0.3, channels: 2, sampleRate: sampleRate)
    speech.add(voice, at: 0.05, gain: 0.12)
    speech.filter(.highPass(110, rate: speech.rate))
    Compressor(threshold: -32, ratio: 4, attack: 0.003, release: 0.08, makeUp: 8).apply(to: &speech)
    var clip = music(like: speech)
    clip.add(speech)
    master(&clip)
    clip.fadeEnds(in: 0.004, out: 0.25)
    return clip
  }

  /// Plucked chords, a bass and drums at 118 beats a minute.
  private static func music(like clip: Clip) -> Clip {
    var music = Clip(
      seconds: Double(clip.frameCount) / clip.rate, channels: 2, sampleRate: clip.sampleRate)
    var kit = DrumKit(rate: clip.rate, seed: 38)
    var random = RandomSource(seed: 39)
    let eighth = 60 / 118.0 / 2
    for step in 0..<Int(7.5 / eighth) {
      let time = 0.02 + Double(step) * eighth
      let chord = chords[step / 8 % chords.count]
      let notes = step % 4 == 0 ? [chord[0], chord[1], chord[3]] : [chord[1 + step % 3]]
      for note in notes {
        let string = PluckedString(
          frequency: Pitch.frequency(midi: note), decay: 1.6, velocity: 0.8, dullness: 0.2)
        music.add(
          string.render(seconds: 0.8, rate: clip.rate, random: &random), at: time, gain: 0.045,
          pan: random.between(-0.08, 0.08))
      }
      if step % 2 == 0 { music.add(kit.kick(velocity: 0.9), at: time, gain: 0.13) }
      if step % 4 == 2 { music.add(kit.snare(velocity: 0.8), at: time, gain: 0.09) }
      music.add(
        kit.hat(velocity: step % 2 == 1 ? 0.8 : 0.4, ring: 0.04), at: time, gain: 0.07, pan: -0.07)
    }
    return music
  }

  /// Treble, two stages of compression and a limiter.
  private static func master(_ clip: inout Clip) {
    clip.filter(.highPass(60, rate: clip.rate))
    clip.filter(.peak(350, q: 0.9, decibels: -3, rate: clip.rate))
    clip.filter(.peak(3200, q: 0.8, decibels: 4, rate: clip.rate))
    clip.filter(.highShelf(6500, decibels: 4, rate: clip.rate))
    Compressor(threshold: -30, ratio: 3, attack: 0.012, release: 0.2, makeUp: 9).apply(to: &clip)
    Compressor(threshold: -20, ratio: 5, attack: 0.002, release: 0.06, makeUp: 7.5).apply(to: &clip)
    Saturation(drive: 2).apply(to: &clip)
    // FM radio ends at 15 kHz.
    clip.filter(.lowPass(15_000, rate: clip.rate))
    clip.filter(.lowPass(15_000, rate: clip.rate))
    clip.filter(.highPass(25, rate: clip.rate))
    Limiter(ceiling: Arithmetic.amplitude(decibels: -2.5)).apply(to: &clip)
  }
}
