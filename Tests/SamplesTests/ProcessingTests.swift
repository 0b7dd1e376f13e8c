import Testing

@testable import SampleSynthesis

/// The effects that make the styles.
struct ProcessingTests {
  static let rate = 48_000

  static func tone(_ frequency: Double, decibels: Double, seconds: Double = 1) -> Clip {
    let amplitude = Arithmetic.amplitude(decibels: decibels)
    let frames = (0..<Int(seconds * Double(rate))).map {
      amplitude * Arithmetic.sine(turns: frequency * Double($0) / Double(rate))
    }
    return Clip(mono: frames, sampleRate: rate)
  }

  /// The root mean square of the second half, in dB.
  static func level(_ clip: Clip) -> Double {
    let half = clip.channels[0].dropFirst(clip.frameCount / 2)
    let power = half.reduce(0) { $0 + $1 * $1 } / Double(half.count)
    return Arithmetic.decibels(amplitude: power.squareRoot())
  }

  /// A tone 20 dB over the threshold at ratio 4 leaves 5 dB over it.
  @Test func theCompressorFollowsItsCurve() {
    var clip = Self.tone(1000, decibels: -10 + 3.0103)
    Compressor(threshold: -30, ratio: 4, attack: 0.005, release: 0.1).apply(to: &clip)
    #expect(abs(Self.level(clip) - -25) < 0.1)
    var quiet = Self.tone(1000, decibels: -50)
    let before = quiet.channels
    Compressor(threshold: -30, ratio: 4, attack: 0.005, release: 0.1).apply(to: &quiet)
    #expect(quiet.channels == before)
  }

  @Test func nothingPassesTheLimitersCeiling() {
    var clip = Self.tone(97, decibels: 6)
    for index in stride(from: 0, to: clip.frameCount, by: 3001) { clip.channels[0][index] = 3 }
    Limiter(ceiling: 0.5).apply(to: &clip)
    // The average of gains and the product round.
    #expect((clip.channels[0].map(\.magnitude).max() ?? 1) <= 0.5 * (1 + 1e-14))
    var quiet = Self.tone(97, decibels: -20)
    let before = quiet.channels
    Limiter(ceiling: 0.5).apply(to: &quiet)
    #expect(quiet.channels == before)
  }

  /// Gains of the filters where theory fixes them; the measure's end effects stay below 0.05 dB.
  @Test func filtersHaveTheirGains() {
    let rate = Double(Self.rate)
    let cases: [(Biquad, Double, Double)] = [
      (.lowPass(1000, rate: rate), 1000, -3.01), (.highPass(1000, rate: rate), 1000, -3.01),
      (.peak(1000, q: 2, decibels: 6, rate: rate), 1000, 6), (.bandPass(1000, q: 3, rate: rate), 1000, 0),
      (.lowShelf(1000, decibels: 5, rate: rate), 1000, 2.5),
      (.lowShelf(1000, decibels: 5, rate: rate), 30, 5),
      (.highShelf(1000, decibels: -7, rate: rate), 1000, -3.5),
      (.highShelf(1000, decibels: -7, rate: rate), 20_000, -7),
    ]
    for (filter, frequency, gain) in cases {
      var clip = Self.tone(frequency, decibels: 0)
      clip.filter(filter)
      #expect(abs(Self.level(clip) + 3.0103 - gain) < 0.05)
    }
  }

  @Test func theDelayLineReadsBetweenFrames() {
    var line = DelayLine(capacity: 64)
    for index in 0..<200 { line.write(Arithmetic.sine(turns: Double(index) / 100)) }
    for distance in [1.0, 2.5, 17.25, 60.75] {
      // Cubic interpolation of a sine of 100 frames a period: an error of the order (2π/100)³/16.
      #expect(abs(line.read(distance) - Arithmetic.sine(turns: (199 - distance) / 100)) < 2e-5)
    }
  }

  /// The pitch of a plucked string, from zero crossings of its low-passed tail.
  ///
  /// Two cents are well under what can be heard; the loop filter is tuned at low frequencies.
  @Test(arguments: [110.0, 196, 440])
  func stringsAreInTune(frequency: Double) {
    var random = RandomSource(seed: 1)
    let string = PluckedString(frequency: frequency, decay: 6, velocity: 0.6)
    var clip = Clip(
      mono: string.render(seconds: 4, rate: Double(Self.rate), random: &random), sampleRate: Self.rate)
    for _ in 0..<3 { clip.filter(.lowPass(frequency, rate: clip.rate)) }
    let sound = clip.channels[0]
    var crossings: [Double] = []
    for index in Self.rate..<sound.count - Self.rate / 10 where sound[index] < 0 && sound[index + 1] >= 0 {
      crossings.append(Double(index) + sound[index] / (sound[index] - sound[index + 1]))
    }
    let periods = Double(crossings.count - 1)
    let measured = periods * Double(Self.rate) / ((crossings.last ?? 0) - (crossings.first ?? 0))
    let cents = 1200 * Arithmetic.log2(measured / frequency)
    #expect(abs(cents) < 2)
  }
}
