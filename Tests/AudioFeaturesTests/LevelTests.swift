import AudioFeatures
import Foundation
import TestSupport
import Testing

@Suite struct LevelTests {
  /// The levels of every frame whose centre lies inside the clip.
  private func levels(of clip: [Float], rate: Double, layout: FeatureLayout) -> [[FixedLevel]] {
    let geometry = STFTGeometry(sampleRate: rate)
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: 1)
    let level = LevelAnalyzer(layout: layout, geometry: geometry)
    var frame = analyzer.makeFrame()
    analyzer.append(clip.span, channel: 0)
    analyzer.finish()
    var result: [[FixedLevel]] = []
    while analyzer.nextFrame(into: &frame) {
      guard (0..<geometry.frameCount(ofSamples: clip.count)).contains(frame.index) else { continue }
      let power = ContiguousArray(zip(frame.real, frame.imaginary).map { $0 * $0 + $1 * $1 })
      var row = ContiguousArray<FixedLevel>(repeating: .ceiling, count: level.channelCount + 1)
      level.measure(power: power, windowEnergy: frame.windowEnergy, into: &row)
      result.append(Array(row))
    }
    return result
  }

  private func sine(_ frequency: Double, rate: Double, seconds: Double, amplitude: Double = 1) -> [Float] {
    (0..<Int(rate * seconds)).map { Float(amplitude * sin(2 * Double.pi * frequency * Double($0) / rate)) }
  }

  @Test func theStandardLayoutIsStrictlyAscendingFrom30HzTo20kHz() {
    let layout = BandLayout.standard
    #expect((28...33).contains(layout.count))
    #expect(layout.centers.first == 30)
    #expect(abs((layout.centers.last ?? 0) - 20000) < 1e-6)
    let steps = zip(layout.centers, layout.centers.dropFirst()).map { $1 - $0 }
    #expect(steps.allSatisfy { $0 >= 58.5 })
  }

  @Test(arguments: [8000.0, 16000, 44100, 48000, 192000])
  func aFullScaleSineHasMinus3DecibelsAtEveryRate(rate: Double) {
    for row in levels(of: sine(1000, rate: rate, seconds: 0.3), rate: rate, layout: .bands(.standard)) {
      // Edge frames see a cut sine; its leakage stays within 0.3 dB.
      #expect(abs((row.last?.decibels ?? 0) + 3.0103) < 0.3)
    }
  }

  @Test func whiteNoiseHasTheSameBandLevelsAtAnyRateOnceItsDensityIsEqual() {
    var noise = SplitMix64(state: 8)
    var means: [[Double]] = []
    for rate in [44100.0, 88200.0] {
      // Equal density per Hz: twice the rate spreads twice the power.
      let amplitude = Float((rate / 44100).squareRoot()) * 0.25
      let rows = levels(
        of: noise.samples(Int(rate) * 4).map { $0 * amplitude }, rate: rate, layout: .bands(.standard))
      means.append(
        (0..<BandLayout.standard.count).map { band in
          10 * log10(rows.reduce(0) { $0 + pow(10, $1[band].decibels / 10) } / Double(rows.count))
        })
    }
    for band in 0..<BandLayout.standard.count {
      // 4 s hold about 94 independent frames; the narrowest band averages 2.5 bins of each: 0.3 dB standard error.
      #expect(abs(means[0][band] - means[1][band]) < 1.2, "band \(band)")
    }
  }

  @Test func aSineStaysInTheBandsBesideIt() {
    let layout = BandLayout.standard
    let rows = levels(of: sine(3000, rate: 48000, seconds: 0.5), rate: 48000, layout: .bands(layout))
    let middle = rows[rows.count / 2]
    for (band, center) in layout.centers.enumerated() where center < 2000 || center > 4500 {
      #expect(middle[band].decibels < -50, "band at \(center) Hz")
    }
  }

  @Test func silenceIsAtTheFloorAndNotANumberCountsAsSilence() {
    let rows = levels(of: [Float](repeating: 0, count: 4800), rate: 48000, layout: .bands(.standard))
    #expect(rows.allSatisfy { $0.allSatisfy { $0 == .floor } })
    #expect(FixedLevel(power: .nan) == .floor)
    #expect(FixedLevel(power: .infinity) == .ceiling)
    #expect(FixedLevel(power: 1).steps == 0)
  }

  @Test func spectrumFeaturesHaveOneChannelABinBetween20HzAnd20kHz() {
    let geometry = STFTGeometry(sampleRate: 48000)
    let layout = FeatureLayout.spectrum(geometry)
    #expect(layout.channelCount == layout.frequencies.count)
    #expect(layout.frequencies.allSatisfy { $0 >= 20 && $0 <= 20000 })
    let rows = levels(of: sine(3000, rate: 48000, seconds: 0.5), rate: 48000, layout: layout)
    let middle = rows[rows.count / 2].dropLast()
    let loudest = middle.indices.max { middle[$0] < middle[$1] } ?? 0
    #expect(abs(layout.frequencies[loudest] - 3000) < 24)
  }

  @Test func gainsInterpolateInDecibelsAndHoldOutside() {
    let geometry = STFTGeometry(sampleRate: 48000)
    let layout = BandLayout.standard
    let interpolator = GainInterpolator(layout: .bands(layout), geometry: geometry)
    let gains = ContiguousArray((0..<layout.count).map { Float($0) - 10 })
    var factors = ContiguousArray<Float>(repeating: .nan, count: geometry.binCount)
    interpolator.interpolate(gains[...], into: &factors)
    #expect(factors[0] == 1)
    let rates = layout.centers.map(BandLayout.erbRate)
    for bin in 1..<geometry.binCount {
      let rate = BandLayout.erbRate(geometry.frequency(ofBin: bin))
      let expected: Double
      if rate <= rates[0] {
        expected = -10
      } else if let above = rates.firstIndex(where: { $0 > rate }) {
        expected = Double(above) - 1 + (rate - rates[above - 1]) / (rates[above] - rates[above - 1]) - 10
      } else {
        expected = Double(layout.count) - 11
      }
      // Float gains: 2⁻²⁰ of the factor and 2⁻²² of the interpolated gain are below 1e-5 dB.
      #expect(abs(20 * log10(Double(factors[bin])) - expected) < 3e-5, "bin \(bin)")
    }
  }

  @Test func amplitudesAreExactAtZeroAndCloseElsewhere() {
    #expect(Decibels.amplitude(0) == 1)
    var noise = SplitMix64(state: 10)
    for _ in 0..<20_000 {
      let gain = noise.sample() * 100
      let expected = pow(10, Double(gain) / 20)
      #expect(abs(Double(Decibels.amplitude(gain)) / expected - 1) < 0x1p-20)
    }
    #expect(Decibels.amplitude(-.infinity) < 1e-29)
  }

  @Test func powersAreClose() {
    var noise = SplitMix64(state: 11)
    let levels = (0..<20_001).map { _ in noise.sample() * 100 }
    var powers = levels
    Decibels.powers(inPlace: &powers)
    for (level, power) in zip(levels, powers) {
      #expect(abs(Double(power) / pow(10, Double(level) / 10) - 1) < 0x1p-18)
    }
  }
}

/// The fast logarithm of powers against the one of the system in `Double`.
@Suite struct FixedLevelPowerTests {
  /// Half a step of rounding, and 0.05 for the arithmetic in `Float`.
  private static let bound = 0.55

  private func error(_ power: Float) -> Double {
    abs(Double(FixedLevel(power: power).steps) - 10 * log10(Double(power)) * 65536)
  }

  @Test func powersOfAllSizesAreWithinTheStatedBound() {
    var numbers = SplitMix64(state: 77)
    var largest = 0.0
    for exponent in -39...65 {
      for _ in 0..<20_000 {
        let power = Float(sign: .plus, exponent: exponent, significand: 1 + abs(numbers.sample()))
        largest = max(largest, error(power))
      }
    }
    #expect(largest <= Self.bound, "\(largest) steps")
  }

  @Test func everyFloatAroundOneAndTheSeamOfTheSeriesIsWithinTheStatedBound() {
    for centre in [Float(1), Float(0.5).squareRoot(), 2, Float(1e-12).nextUp] {
      var power = centre * (1 - 0x1p-10)
      while power < centre * (1 + 0x1p-10) {
        if power > 1e-12 && error(power) > Self.bound {
          Issue.record("\(power): \(error(power)) steps")
          break
        }
        power = power.nextUp
      }
    }
  }

  @Test func powersOfTwoAndBoundsAreExact() {
    #expect(FixedLevel(power: 1).steps == 0)
    for exponent in -39...66 {
      let power = Float(sign: .plus, exponent: exponent, significand: 1)
      #expect(error(power) <= 0.5 + 0x1p-6)
    }
    for power in [0, -1, 1e-12, Float.nan, -.infinity, .leastNonzeroMagnitude] {
      #expect(FixedLevel(power: power) == .floor)
    }
    for power in [1e20, 1e21, Float.greatestFiniteMagnitude, .infinity] {
      #expect(FixedLevel(power: power) == .ceiling)
    }
  }
}
