import Foundation
import Testing

@testable import AudioFeatures

@Suite struct LoudnessMeterTests {
  /// A clip with loud, soft and nearly silent parts.
  private func changingNoise(_ count: Int, seed: UInt64) -> [Float] {
    let noise = LoudnessTestSignals.noise(count, seed: seed)
    return noise.enumerated().map { index, value in
      value * Float(pow(10, 1.6 * sine(turns: Double(index) / 37_000) - 1.8))
    }
  }

  /// The standard's definition carried out on whole arrays, without histogram, steps or state.
  private func reference(_ channels: [[Float]], weights: [Double], rate: Double) -> Double {
    let sections = KWeighting.sections(sampleRate: rate)
    let filtered = channels.map { samples in
      var signal = samples.map(Double.init)
      for c in [sections.shelf, sections.highPass] {
        var output = [Double](repeating: 0, count: signal.count)
        for i in signal.indices {
          let x1 = i > 0 ? signal[i - 1] : 0
          let x2 = i > 1 ? signal[i - 2] : 0
          let y1 = i > 0 ? output[i - 1] : 0
          let y2 = i > 1 ? output[i - 2] : 0
          output[i] = c.b0 * signal[i] + c.b1 * x1 + c.b2 * x2 - c.a1 * y1 - c.a2 * y2
        }
        signal = output
      }
      return signal
    }
    var powers: [Double] = []
    var block = 0
    while true {
      let start = Int((Double(block) * rate / 10).rounded())
      let end = Int((Double(block + 4) * rate / 10).rounded())
      guard end <= channels[0].count else { break }
      var power = 0.0
      for (weight, signal) in zip(weights, filtered) {
        power += weight * signal[start..<end].reduce(0) { $0 + $1 * $1 } / Double(end - start)
      }
      powers.append(power)
      block += 1
    }
    let loudness = { (power: Double) in -0.691 + 10 * log10(power) }
    let audible = powers.filter { loudness($0) > -70 }
    let gate = loudness(audible.reduce(0, +) / Double(audible.count)) - 10
    let passed = audible.filter { loudness($0) > gate }
    return loudness(passed.reduce(0, +) / Double(passed.count))
  }

  /// After such a gain the absolute gate lies above or below all blocks, without a number that no integer holds.
  @Test(arguments: [1e300, 1e6, -1e6, -1e300, .infinity, -.infinity])
  func gatesBeyondAllBlocksPassAllOrNone(gain: Double) {
    let statistics = LoudnessStatistics(
      LoudnessMeter.measuring([changingNoise(50_000, seed: 1)], sampleRate: 8000))
    #expect((statistics.integratedLoudness(afterGain: gain) != nil) == (gain > 0))
  }

  /// The gate lies between bins here, so both select the same blocks; 1e-9 LU leaves room for rounding.
  @Test(arguments: [8_000.0, 11_025, 44_100, 48_000, 96_000])
  func agreesWithTheDefinition(rate: Double) {
    let channels = (0..<4).map { changingNoise(Int(rate) * 3 + 17, seed: UInt64($0) + 5) }
    let weights = [1.0, 1, 1.41, 1.41]
    let meter = LoudnessMeter.measuring(channels, sampleRate: rate)
    #expect(
      isNear(
        meter.integratedLoudness, reference(channels, weights: weights, rate: rate), within: 1e-9))
  }

  /// Chunks of one channel need not match those of another.
  @Test(arguments: [1, 7, 441, 4096, 100_000])
  func anyChunkingGivesTheSameBits(chunk: Int) {
    let channels = [changingNoise(150_011, seed: 1), changingNoise(150_011, seed: 2)]
    let whole = LoudnessMeter.measuring(channels, sampleRate: 44_100)
    var meter = LoudnessMeter(sampleRate: 44_100, channelWeights: [1, 1])
    for (channel, size) in [(0, chunk), (1, 2 * chunk + 3)] {
      let samples = channels[channel]
      for start in stride(from: 0, to: 150_011, by: size) {
        meter.process(
          samples.span.extracting(start..<min(start + size, 150_011)), channel: channel)
      }
    }
    #expect(meter.integratedLoudness == whole.integratedLoudness)
    #expect(meter.loudnessRange == whole.loudnessRange)
    #expect(meter.maximumMomentaryLoudness == whole.maximumMomentaryLoudness)
    #expect(meter.maximumShortTermLoudness == whole.maximumShortTermLoudness)
    #expect(meter.kWeightedPower == whole.kWeightedPower)
    #expect(meter.frameCount == 150_011)
    #expect(whole.integratedLoudness != nil && whole.loudnessRange != nil)
  }

  /// Tones to 3 kHz, modulated slowly, evaluated at each rate.
  ///
  /// The K-weighting of 8 kHz deviates by up to 0.04 dB, that of the others by less
  /// than 0.001 dB.
  @Test(arguments: [(8_000.0, 0.04), (22_050, 0.001), (44_100, 0.001), (96_000, 0.001), (192_000, 0.001)])
  func oneSoundHasOneLoudnessAtEveryRate(rate: Double, tolerance: Double) {
    func sound(_ rate: Double) -> [Float] {
      (0..<Int(rate * 2)).map { index in
        let time = Double(index) / rate
        let tones = [55.0, 150, 440, 997, 1750, 3000].map { sine(turns: $0 * time) }.reduce(0, +)
        return Float(0.05 * tones * (1 + 0.7 * sine(turns: 0.8 * time)))
      }
    }
    let expected = LoudnessMeter.measuring([sound(48_000)]).integratedLoudness ?? .nan
    let found = LoudnessMeter.measuring([sound(rate)], sampleRate: rate).integratedLoudness
    #expect(isNear(found, expected, within: tolerance))
  }

  @Test func monoIsMeasuredAsDualMono() {
    let signal = changingNoise(60_000, seed: 3)
    let mono = LoudnessMeter.measuring([signal])
    let stereo = LoudnessMeter.measuring([signal, signal])
    #expect(mono.integratedLoudness == stereo.integratedLoudness)
    #expect(mono.kWeightedPower == stereo.kWeightedPower)
    let single = LoudnessMeter.measuring([signal], dualMono: false)
    let expected = (mono.integratedLoudness ?? .nan) - 10 * log10(2)
    #expect(isNear(single.integratedLoudness, expected, within: 1e-9))
  }

  @Test func silenceHasNoLoudness() {
    let meter = LoudnessMeter.measuring([[Float](repeating: 0, count: 200_000)])
    #expect(meter.integratedLoudness == nil)
    #expect(meter.loudnessRange == nil)
    #expect(meter.maximumMomentaryLoudness == nil)
    #expect(meter.ungatedLoudness == nil)
    #expect(meter.kWeightedPower == 0)
    // 1 kHz at −80 dBFS has blocks, but none above the absolute gate.
    let faint = LoudnessMeter.measuring([LoudnessTestSignals.sine(level: -80, seconds: 4)])
    #expect(faint.integratedLoudness == nil)
    #expect(faint.loudnessRange == nil)
    #expect(isNear(faint.ungatedLoudness, -80, within: 0.1))
  }

  @Test func clipsUnderABlockHaveUngatedPowerAlone() {
    let block = LoudnessTestSignals.sine(level: -20, seconds: 0.4)
    #expect(isNear(LoudnessMeter.measuring([block]).integratedLoudness, -20, within: 0.1))
    let short = LoudnessMeter.measuring([Array(block.dropLast())])
    #expect(short.integratedLoudness == nil)
    #expect(isNear(short.ungatedLoudness, -20, within: 0.1))
    let one = LoudnessMeter.measuring([[0.5]], dualMono: false)
    let gain = KWeighting.shelf.b0 * KWeighting.highPass.b0
    #expect(abs(one.kWeightedPower - 0.25 * gain * gain) < 1e-15)
    #expect(LoudnessMeter.measuring([[], []]).kWeightedPower == 0)
  }

  /// The damaged step of 10 ms counts as silence; the rest is measured.
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aDamagedSampleDoesNotSpread(value: Float) {
    var signal = LoudnessTestSignals.sine(level: -20, seconds: 10)
    let whole = LoudnessMeter.measuring([signal]).integratedLoudness ?? .nan
    signal[100_000] = value
    let meter = LoudnessMeter.measuring([signal])
    #expect(isNear(meter.integratedLoudness, whole, within: 0.01))
    #expect(meter.kWeightedPower.isFinite)
    signal.removeLast(signal.count - 100_001)
    #expect(LoudnessMeter.measuring([signal]).kWeightedPower.isFinite)
  }

  /// Loudness follows gain: 6.0206 dB for a factor of two, over the histogram's whole range and beyond.
  @Test(arguments: [-9, 0, 6, 20, 60])
  func gainShiftsLoudness(exponent: Int) {
    let signal = LoudnessTestSignals.sine(level: -10, seconds: 1)
    let base = LoudnessMeter.measuring([signal]).integratedLoudness ?? .nan
    let scaled = LoudnessMeter.measuring([
      signal.map { $0 * Float(sign: .plus, exponent: exponent, significand: 1) }
    ])
    #expect(isNear(scaled.integratedLoudness, base + 20 * log10(pow(2, Double(exponent))), within: 1e-9))
  }
}
