import Testing

@testable import SampleSynthesis

/// The speech synthesiser: what was planned can be measured in the sound.
struct SpeechTests {
  static let rate = 16_000

  static func speak(_ text: String) -> (plan: SpeechPlan, sound: [Double]) {
    let plan = SpeechPlan(SpeechScript(text), speaker: .reader)
    return (plan, VocalTract.render(plan, speaker: .reader, sampleRate: rate))
  }

  /// The power at a frequency, by Goertzel's sum over a stretch of the sound given in milliseconds.
  static func power(_ sound: [Double], around frequency: Double, from start: Int, to end: Int) -> Double {
    var total = 0.0
    for offset in stride(from: -60.0, through: 60, by: 20) {
      var real = 0.0
      var imaginary = 0.0
      for index in start * rate / 1000..<end * rate / 1000 {
        let turns = (frequency + offset) * Double(index) / Double(rate)
        real += sound[index] * Arithmetic.cosine(turns: turns)
        imaginary += sound[index] * Arithmetic.sine(turns: turns)
      }
      total += real * real + imaginary * imaginary
    }
    return total
  }

  /// "ee" and "ah" differ by their second formant: 2250 Hz against 1150 Hz.
  @Test func vowelsHaveTheirFormants() {
    let high = Self.speak("IY2 .")
    let low = Self.speak("AA2 .")
    for (speech, present, absent) in [(high, 2250.0, 1150.0), (low, 1150, 2250)] {
      let strong = Self.power(speech.sound, around: present, from: 170, to: 230)
      let weak = Self.power(speech.sound, around: absent, from: 170, to: 230)
      #expect(strong > 4 * weak)
    }
  }

  @Test func statementsFallAndCommasRise() {
    for (ending, falls) in [(".", true), (",", false)] {
      let plan = Self.speak("M-AA1-M-AA0-M-AA0-M-AA0-M-AA0 \(ending)").plan
      let end = plan.duration - 260
      let change = plan.pitch.value(at: Double(end)) / plan.pitch.value(at: Double(end - 150))
      #expect((change < 1) == falls)
    }
  }

  @Test func accentsAreHigherAndLonger() {
    let plain = Self.speak("M-AA0-M-AA0-M-AA0-M-AA0-M-AA0-M-AA0 .").plan
    let accented = Self.speak("M-AA0-M-AA0-M-AA2-M-AA0-M-AA0-M-AA0 .").plan
    #expect(accented.duration > plain.duration)
    // 4.5 semitones are a factor of 1.30; smoothing takes some off, the fall over the phrase shifts a little.
    let ratios = zip(accented.pitch.values, plain.pitch.values).map { $0 / $1 }
    #expect((1.2...1.32).contains(ratios.max() ?? 0))
  }

  @Test func pausesAreQuietAndFricativesAreNoise() {
    let speech = Self.speak("S-AA1 , S-AA1 .")
    let frication = speech.plan.frication.values
    let voicing = speech.plan.voicing.values
    for time in frication.indices where frication[time] > 0.25 { #expect(voicing[time] < 0.5) }
    let silent = voicing.indices.filter { max(voicing[$0], frication[$0]) < 1e-9 }
    // 120 ms before, 190 ms between, 250 ms after the words, less the transitions.
    #expect((480...560).contains(silent.count))
  }
}
