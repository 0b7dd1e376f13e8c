/// An announcer through an old radio: a narrow band with a resonance, driven and heavily compressed, with hiss.
///
/// "This is the harbour station. Ships report a calm sea tonight, with light wind from the south,
/// and fog after dawn."
enum OldRadioStyle {
  private static let script = SpeechScript(
    """
    DH-IH1-S IH0-Z DH-AH0 HH-AA1-R-B-ER0 S-T-EY2-SH-AH0-N . \
    SH-IH1-P-S R-IH0-P-AO1-R-T AH0 K-AA1-M S-IY1 T-AH0-N-AY2-T , \
    W-IH0-TH L-AY1-T W-IH1-N-D F-R-AH0-M DH-AH0 S-AW2-TH , AE0-N-D F-AA1-G AE1-F-T-ER0 D-AO2-N .
    """)

  static func render() -> Clip {
    let sampleRate = 22_050
    let plan = SpeechPlan(script, speaker: .announcer)
    var clip = Clip(
      mono: VocalTract.render(plan, speaker: .announcer, sampleRate: sampleRate), sampleRate: sampleRate)
    clip.applyGain(decibels: -20)
    Room(decay: 0.35, damping: 2500, wet: 0.12, size: 0.4).apply(to: &clip)
    NoiseFloor(decibels: -58, seed: 24).apply(to: &clip)
    narrow(&clip)
    Compressor(threshold: -38, ratio: 7, attack: 0.004, release: 0.18, makeUp: 20).apply(to: &clip)
    Saturation(drive: 13, bias: 0.25).apply(to: &clip)
    narrow(&clip)
    NoiseFloor(decibels: -52, seed: 25).apply(to: &clip)
    clip.filter(.highPass(180, q: 0.6, rate: clip.rate))
    clip.filter(.lowPass(4200, q: 0.6, rate: clip.rate))
    clip.applyGain(decibels: 1)
    clip.fadeEnds(in: 0.02, out: 0.1)
    return clip
  }

  /// The band of a small loudspeaker: 12 dB an octave below 300 Hz and above 3400 Hz in two passes, and a resonance.
  private static func narrow(_ clip: inout Clip) {
    clip.filter(.highPass(300, q: 0.6, rate: clip.rate))
    clip.filter(.peak(1350, q: 1.6, decibels: 4, rate: clip.rate))
    clip.filter(.lowPass(3400, q: 0.6, rate: clip.rate))
  }
}
