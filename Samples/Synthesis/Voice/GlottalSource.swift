/// The flow through the vocal folds, differentiated, with jitter, shimmer and breath.
///
/// The flow of an open phase is 27/4 · (u² − u³), u from 0 to 1 (Rosenberg's and Klatt's polynomial pulse). Its
/// derivative jumps at closure; the jump is rounded over two frames (polyBLEP) so that it does not alias.
struct GlottalSource {
  private let rate: Double
  private let speaker: Speaker
  private var random: RandomSource
  private var tilt: OnePole
  private var phase = 0.0
  private var period = 1.0
  private var shimmer = 1.0

  init(speaker: Speaker, rate: Double) {
    self.rate = rate
    self.speaker = speaker
    random = RandomSource(seed: speaker.seed &+ 1)
    tilt = OnePole(frequency: speaker.tilt, rate: rate)
  }

  /// The next value at a pitch in Hz.
  mutating func next(pitch: Double) -> Double {
    let step = pitch * period / rate
    phase += step
    if phase >= 1 {
      phase -= 1
      period = 1 + 0.006 * (random.bipolar() + random.bipolar())
      shimmer = 1 + 0.05 * random.bipolar()
    }
    let open = speaker.openQuotient
    let u = phase / open
    var flow = 0.0
    var slope = 0.0
    if u < 1 {
      flow = 6.75 * u * u * (1 - u)
      slope = 6.75 * u * (2 - 3 * u)
    }
    slope += 6.75 * Self.roundedStep(distance: phase - open, step: step)
    let breath = speaker.breathiness * random.bipolar() * (0.25 + 3 * flow)
    return shimmer * tilt.process(slope) + breath
  }

  /// What a step of height 1 at distance 0 lacks of a band-limited step.
  private static func roundedStep(distance: Double, step: Double) -> Double {
    let t = distance / step
    if t >= 0, t < 1 { return 0.5 * (2 * t - t * t - 1) }
    if t < 0, t > -1 { return 0.5 * (t * t + 2 * t + 1) }
    return 0
  }
}
