/// A calm reader in a furnished room.
///
/// "Good evening. Every room has a voice of its own: walls answer, floors hum, and the windows listen."
enum VoiceClip {
  private static let script = SpeechScript(
    """
    G-UH1-D IY2-V-N-IH0-NG . \
    EH1-V-R-IY0 R-UW1-M HH-AH0-Z AH0 V-OY2-S AH0-V IH0-T-S OW2-N , \
    W-AO1-L-Z AE2-N-S-ER0 , F-L-AO1-R-Z HH-AH2-M , AE0-N-D DH-AH0 W-IH1-N-D-OW0-Z L-IH2-S-AH0-N .
    """)

  static func render() -> Clip {
    let sampleRate = 44_100
    let plan = SpeechPlan(script, speaker: .reader)
    var clip = Clip(
      mono: VocalTract.render(plan, speaker: .reader, sampleRate: sampleRate), sampleRate: sampleRate)
    clip.filter(.highPass(65, rate: clip.rate))
    Room(decay: 0.28, damping: 3500, wet: 0.10, size: 0.5).apply(to: &clip)
    NoiseFloor(decibels: -68, seed: 5).apply(to: &clip)
    clip.applyGain(decibels: -22.5)
    clip.fadeEnds(in: 0.03, out: 0.12)
    return clip
  }
}
