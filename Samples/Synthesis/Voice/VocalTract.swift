/// A formant synthesiser: a chain of resonances for voice and breath, and a band of noise beside it.
///
/// The layout follows Klatt's cascade/parallel synthesiser, with further formants up to 10 kHz so that the
/// voice has treble at today's sample rates.
struct VocalTract {
  private let rate: Double
  private let speaker: Speaker
  private var source: GlottalSource
  private var random: RandomSource
  private var nasalPole = Resonator()
  private var nasalZero = Resonator()
  private var formants: [Resonator]
  private var noiseBands = [Resonator(), Resonator()]
  private var noiseGain = 0.0
  private var lastNoise = 0.0

  init(speaker: Speaker, rate: Double) {
    self.rate = rate
    self.speaker = speaker
    source = GlottalSource(speaker: speaker, rate: rate)
    random = RandomSource(seed: speaker.seed &+ 2)
    formants = [Resonator(), Resonator(), Resonator()]
    // The formants above the third stay where they are.
    for frequency in stride(from: 3450.0, through: 10_500, by: 1000) {
      let scaled = frequency * speaker.formantScale
      guard scaled < 0.46 * rate else { break }
      var formant = Resonator()
      formant.tune(frequency: scaled, bandwidth: 80 + scaled / 26, rate: rate)
      formants.append(formant)
    }
  }

  /// Speaks a plan.
  static func render(_ plan: SpeechPlan, speaker: Speaker, sampleRate: Int) -> [Double] {
    var tract = VocalTract(speaker: speaker, rate: Double(sampleRate))
    let count = plan.duration * sampleRate / 1000
    var result: [Double] = []
    result.reserveCapacity(count)
    let perMillisecond = Double(sampleRate) / 1000
    var tuned = -1
    for index in 0..<count {
      let time = Double(index) / perMillisecond
      if Int(time) != tuned {
        tuned = Int(time)
        tract.tune(plan, at: time)
      }
      result.append(tract.next(plan, at: time))
    }
    return result
  }

  private mutating func tune(_ plan: SpeechPlan, at time: Double) {
    for formant in 0..<3 {
      let frequency = plan.formants[formant].value(at: time)
      let nasal = plan.nasality.value(at: time)
      let bandwidth = [55, 75, 120][formant] + 0.02 * frequency + [25, 90, 120][formant] * nasal
      formants[formant].tune(frequency: frequency, bandwidth: bandwidth, rate: rate)
    }
    // With the nose closed the pair of pole and zero cancels.
    let nasal = plan.nasality.value(at: time)
    nasalPole.tune(frequency: 270, bandwidth: 100, rate: rate)
    nasalZero.tune(frequency: 270 + 230 * nasal, bandwidth: 100, rate: rate)
    let frequency = min(plan.noiseFrequency.value(at: time), 0.42 * rate)
    let width = plan.noiseWidth.value(at: time)
    noiseBands[0].tune(frequency: frequency, bandwidth: width, rate: rate)
    noiseBands[1].tune(frequency: min(1.3 * frequency, 0.45 * rate), bandwidth: width, rate: rate)
    // A resonance's gain at its peak is about frequency / bandwidth.
    noiseGain = 1 / max(0.6, frequency / width)
  }

  private mutating func next(_ plan: SpeechPlan, at time: Double) -> Double {
    let voicing = plan.voicing.value(at: time)
    let frication = plan.frication.value(at: time)
    let white = random.bipolar()
    var x = voicing * source.next(pitch: plan.pitch.value(at: time))
    x += 0.9 * plan.aspiration.value(at: time) * white
    x = nasalPole.process(nasalZero.processInverse(x))
    for formant in formants.indices { x = formants[formant].process(x) }
    // Differenced noise: frication has little below its band. It flutters with the voice where there is one.
    let noise = frication * (1 - 0.4 * min(1, voicing)) * (white - 0.9 * lastNoise)
    lastNoise = white
    var y = noiseBands[0].process(noise)
    y = 0.7 * y + 0.5 * noiseBands[1].process(y) * noiseGain
    return 0.25 * x + 3 * noiseGain * y
  }
}
