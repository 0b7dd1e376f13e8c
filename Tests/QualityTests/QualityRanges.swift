import AudioRestyle

/// What is expected on the bundled clips: 10 % about what was measured.
///
/// 10 % of a share of a distance is some 0.1 to 0.3 dB in a clip's bands: less is within what another draw of clips changes,
/// more can be heard side by side.
extension QualityGateTests {
  /// The range about a measured figure.
  private static func about(_ measured: Double) -> ClosedRange<Double> { measured * 0.9...measured * 1.1 }

  static let likePairs = [
    // Both halves hold the same speaker's sounds: matched frames find the equaliser to a sixth. Four seconds of other words bound
    // what can be known of the compressor: a spread ratio much below a half would be luck.
    Like(
      clip: "voice", method: .match, tone: about(0.1685), spread: about(0.601), frames: about(0.3426),
      roughness: about(0.0845)),
    // The same bars again: the nearest thing to a known answer, so the tone is found best here.
    Like(
      clip: "drum-loop", method: .match, tone: about(0.0973), spread: about(0.690), frames: about(0.4638),
      roughness: about(0.1607)),
    // Other notes in each half: the tone of notes and of equipment are told apart in part only.
    Like(
      clip: "plucked-melody", method: .match, tone: about(0.332), spread: about(0.8629),
      frames: about(0.539), roughness: about(0.1417)),
    // Three chords, of which each half has other ones: the case of doubt. Doing nothing is near the truth in spreads, as the
    // pad has hardly any dynamics (2.4 and 3 times little); the tone must stay better than nothing.
    Like(
      clip: "pad", method: .match, tone: about(0.6148), spread: about(3.0042), frames: about(0.9114),
      roughness: about(0.1063)),
    Like(
      clip: "pad", method: .match, aim: .equipment, tone: about(0.6148), spread: about(2.3575),
      frames: about(0.813), roughness: about(0.0753)),
    // What halves differ in by themselves is transferred, too: worse than `match`, and rougher, by design.
    Like(
      clip: "voice", method: .adain, tone: about(0.5603), spread: about(1.6414), frames: about(0.7325),
      roughness: about(0.2017)),
    // Means over active frames follow pauses and hits, so a loop's tone is missed: the reason for `match`.
    Like(
      clip: "drum-loop", method: .mean, tone: about(1.2306), spread: about(1.233), frames: about(1.2238),
      roughness: about(0.3101)),
  ]

  static let unlikeMethods = [
    // Goes to the style's third octaves; bands follow as far as their levels have the same shape, and the dynamics are those
    // of the momentary loudness, which the bands' spreads hardly show.
    Unlike(method: .match, left: about(0.1657), mean: about(0.5263), spread: about(0.866)),
    // Takes other voices and pieces for what they are, and leaves most of their difference.
    Unlike(
      method: .match, aim: .equipment, left: about(0.827), mean: about(0.798), spread: about(0.9762)),
    // Reaches the means but for bands that are not shared, and no spread. Mean powers, which third octaves are, need both.
    Unlike(method: .mean, left: about(0.7541), mean: about(0.159), spread: about(0.9873)),
    // Reach means and spreads but for bands that are not shared and ratios of spreads beyond 4.
    Unlike(method: .adain, left: about(0.329), mean: about(0.1626), spread: about(0.2225)),
    Unlike(method: .efdm, left: about(0.2544), mean: about(0.1495), spread: about(0.2066)),
    Unlike(method: .transport, left: about(0.2815), mean: about(0.1483), spread: about(0.1831)),
  ]
}
