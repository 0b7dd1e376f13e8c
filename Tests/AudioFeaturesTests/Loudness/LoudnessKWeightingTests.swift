import Foundation
import Testing

@testable import AudioFeatures

@Suite struct LoudnessKWeightingTests {
  /// Tables 1 and 2 of BS.1770-4 print 14 decimals.
  @Test func coefficientsAtTheStandardRateAreThePrintedOnes() {
    let sections = KWeighting.sections(sampleRate: 48_000)
    for (found, printed) in [(sections.shelf, KWeighting.shelf), (sections.highPass, KWeighting.highPass)] {
      for path in [\BiquadCoefficients.b0, \.b1, \.b2, \.a1, \.a2] {
        #expect(abs(found[keyPath: path] - printed[keyPath: path]) < 5e-14)
      }
    }
  }

  /// The corner frequencies known from the literature on these filters.
  @Test func cornersAreTheKnownOnes() {
    #expect(abs(KWeighting.shelf.cornerFrequency(sampleRate: 48_000) - 1681.974450955533) < 1e-6)
    #expect(abs(KWeighting.highPass.cornerFrequency(sampleRate: 48_000) - 38.13547087602444) < 1e-5)
  }

  /// The bounds stated in the documentation.
  @Test(arguments: [
    (8_000.0, 0.04), (11_025, 0.015), (16_000, 0.004), (22_050, 0.001), (32_000, 1e-4), (44_100, 1e-4),
    (88_200, 1e-4), (96_000, 1e-4), (176_400, 1e-4), (192_000, 1e-4),
  ])
  func theResponseIsTheSameAtEveryRate(rate: Double, bound: Double) {
    let sections = KWeighting.sections(sampleRate: rate)
    var frequency = 10.0
    while frequency < min(20_000, 0.49 * rate) {
      let expected =
        KWeighting.shelf.powerGain(at: frequency, sampleRate: 48_000)
        * KWeighting.highPass.powerGain(at: frequency, sampleRate: 48_000)
      let found =
        sections.shelf.powerGain(at: frequency, sampleRate: rate)
        * sections.highPass.powerGain(at: frequency, sampleRate: rate)
      #expect(abs(10 * log10(found / expected)) < bound)
      frequency *= 1.05
    }
  }

  /// The power gain against the transfer function evaluated with complex exponentials.
  @Test(arguments: [31.0, 1000, 7777, 23_999])
  func powerGainIsTheTransferFunctions(frequency: Double) {
    let c = KWeighting.shelf
    func power(_ c0: Double, _ c1: Double, _ c2: Double) -> Double {
      let w = 2 * Double.pi * frequency / 48_000
      let real = c0 + c1 * cos(w) + c2 * cos(2 * w)
      let imaginary = c1 * sin(w) + c2 * sin(2 * w)
      return real * real + imaginary * imaginary
    }
    let expected = power(c.b0, c.b1, c.b2) / power(1, c.a1, c.a2)
    #expect(abs(c.powerGain(at: frequency, sampleRate: 48_000) / expected - 1) < 1e-11)
  }
}
