import Foundation
import Testing

@testable import AudioFeatures

@Suite struct LoudnessTruePeakTests {
  /// The largest magnitude by direct interpolation in `Double`, zeros outside the clip.
  private func reference(_ samples: [Float], factor: Int) -> Double {
    var peak = samples.reduce(0) { max($0, abs(Double($1))) }
    for k in 1..<max(factor, 1) {
      let taps = TruePeakFilter.taps(fraction: Double(k) / Double(factor))
      for position in -24..<samples.count + 24 {
        var value = 0.0
        for (index, tap) in taps.enumerated() where samples.indices.contains(position + index - 23) {
          value += tap * Double(samples[position + index - 23])
        }
        peak = max(peak, abs(value))
      }
    }
    return peak
  }

  /// Float sums of 48 products of values under 1: an error under 48·2⁻²⁴·2.7 ≈ 8·10⁻⁶ of the largest sample.
  @Test(arguments: [8_000.0, 48_000, 88_200, 96_000, 176_400, 192_000], [1, 2, 31, 33, 500, 3001])
  func agreesWithDirectInterpolation(rate: Double, count: Int) {
    let factor = rate < 96_000 ? 4 : rate < 192_000 ? 2 : 1
    let samples = LoudnessTestSignals.noise(count, seed: UInt64(count)).enumerated().map { index, value in
      value * Float(1 + 0.9 * sine(turns: Double(index) / 700))
    }
    let meter = TruePeakMeter.measuring([samples], sampleRate: rate)
    #expect(meter.oversamplingFactor == factor)
    let expected = reference(samples, factor: factor)
    #expect(abs(Double(meter.truePeak) - expected) <= 8e-6 * 2)
    #expect(meter.samplePeak == samples.map(abs).max())
  }

  /// A peak wherever it stands: at the first, the last, and between any two samples near the edges of groups.
  @Test func findsAPeakAnywhere() {
    for position in [0, 1, 23, 24, 31, 32, 33, 63, 64, 2046, 2047, 2048, 2111, 2112, 2998, 2999] {
      var samples = LoudnessTestSignals.noise(3000, seed: 9).map { $0 / 100 }
      samples[position] = 0.8
      if position + 1 < samples.count { samples[position + 1] = 0.8 }
      let meter = TruePeakMeter.measuring([samples])
      #expect(abs(Double(meter.truePeak) - reference(samples, factor: 4)) <= 8e-6)
    }
  }

  @Test(arguments: [1, 5, 32, 2048, 2113])
  func anyChunkingGivesTheSameBits(chunk: Int) {
    let samples = LoudnessTestSignals.noise(20_000, seed: 4)
    let whole = TruePeakMeter.measuring([samples, samples.reversed()])
    var meter = TruePeakMeter(sampleRate: 48_000, channelCount: 2)
    let channels = [samples, samples.reversed()]
    for start in stride(from: 0, to: samples.count, by: chunk) {
      for (channel, samples) in channels.enumerated() {
        let end = min(start + chunk, samples.count)
        meter.process(samples.span.extracting(start..<end), channel: channel)
      }
    }
    meter.finish()
    #expect(meter.channelTruePeaks == whole.channelTruePeaks)
    #expect(meter.samplePeak == whole.samplePeak)
  }

  /// The deviation from ideal interpolation up to 20 kHz at 44.1 kHz: at most the documented 6·10⁻⁴, where
  /// the standard's own coefficients (Annex 2, phase 1) deviate by more than 0.2.
  @Test func theInterpolatorIsMoreAccurateThanTheStandards() {
    let standard = [
      -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
      0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375,
    ]
    func deviation(_ taps: [Double], centre: Double) -> Double {
      stride(from: 0.0, through: 0.4535, by: 0.0005).map { frequency in
        var real = -1.0
        var imaginary = 0.0
        for (index, tap) in taps.enumerated() {
          let angle = 2 * Double.pi * frequency * (Double(index) - centre)
          real += tap * cos(angle)
          imaginary += tap * sin(angle)
        }
        return (real * real + imaginary * imaginary).squareRoot()
      }.max() ?? 0
    }
    for fraction in [0.25, 0.5, 0.75] {
      #expect(deviation(TruePeakFilter.taps(fraction: fraction), centre: 23 + fraction) < 6e-4)
    }
    #expect(deviation(standard, centre: 22.5 / 4) > 0.2)
  }

  @Test func silenceAndEmptyClipsHaveNoPeak() {
    let silent = TruePeakMeter.measuring([[0, 0, 0], [0, 0, 0]])
    #expect(silent.truePeak == 0)
    #expect(silent.truePeakDecibels == -.infinity)
    #expect(TruePeakMeter.measuring([[]]).truePeak == 0)
    #expect(TruePeakMeter.measuring([]).truePeak == 0)
  }

  @Test func damagedSamplesDoNotHidePeaks() {
    var samples = [Float](repeating: 0.25, count: 4000)
    samples[1000] = .nan
    samples[3000] = -0.75
    let meter = TruePeakMeter.measuring([samples])
    #expect(meter.samplePeak == 0.75)
    #expect(meter.truePeak.isFinite && meter.truePeak >= 0.75)
    samples[2000] = -.infinity
    #expect(TruePeakMeter.measuring([samples]).truePeak == .infinity)
  }
}
