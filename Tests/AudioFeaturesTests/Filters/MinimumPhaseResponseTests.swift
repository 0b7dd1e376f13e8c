import AudioFeatures
import Foundation
import TestSupport
import Testing

@Suite struct MinimumPhaseResponseTests {
  /// The magnitude in dB of taps at a frequency in cycles a sample.
  private func decibels(_ taps: ContiguousArray<Float>, _ frequency: Double) -> Double {
    let (re, im) = taps.enumerated().reduce((0.0, 0.0)) { sum, tap in
      let angle = -2 * Double.pi * frequency * Double(tap.offset)
      return (sum.0 + Double(tap.element) * cos(angle), sum.1 + Double(tap.element) * sin(angle))
    }
    return 10 * log10(re * re + im * im)
  }

  /// The response of a magnitude in dB over frequency in cycles a sample.
  private func response(_ count: Int, _ gain: (Double) -> Double) -> ContiguousArray<Float> {
    MinimumPhaseResponse(
      decibels: ContiguousArray((0...count).map { Float(gain(Double($0) / Double(2 * count))) })
    ).taps
  }

  @Test func noGainIsOneSample() {
    let taps = response(64) { _ in 0 }
    #expect(taps.count == 64)
    #expect(abs(taps[0] - 1) < 1e-6)
    #expect(taps.dropFirst().allSatisfy { abs($0) < 1e-6 })
  }

  /// `1/(1 − a·z⁻¹)` and `1 − a·z⁻¹` have their poles and zeros inside the unit circle, so they are their own answer.
  @Test(arguments: [0.5, -0.8, 0.9]) func onePoleAndOneZeroComeBack(a: Double) {
    func power(_ frequency: Double) -> Double { 1 + a * a - 2 * a * cos(2 * .pi * frequency) }
    let pole = response(512) { -10 * log10(power($0)) }
    for n in 0..<60 { #expect(abs(Double(pole[n]) - pow(a, Double(n))) < 1e-5) }
    let zero = response(512) { 10 * log10(power($0)) }
    #expect(abs(zero[0] - 1) < 1e-5)
    #expect(abs(Double(zero[1]) + a) < 1e-5)
    #expect(zero.dropFirst(2).allSatisfy { abs($0) < 1e-5 })
  }

  /// Gains of bands, random by up to 14 dB, come out as the documentation says.
  @Test func gainsOfBandsAreReached() {
    var noise = SplitMix64(state: 8)
    let gains = BandLayout.standard.centers.map { _ in 14 * noise.sample() }
    let curve = GainCurve.shared(layout: .standard, sampleRate: 44_100, count: 4097).decibels(gains)
    let taps = MinimumPhaseResponse(decibels: curve).taps
    let errors = stride(from: 3, through: 4096, by: 31).map { bin in
      decibels(taps, Double(bin) / 8192) - Double(curve[bin])
    }
    #expect(errors.allSatisfy { abs($0) < 0.3 })
    #expect((errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot() < 0.03)
  }

  /// A telephone's band after steep slopes: the response is short, and has the gains that were asked for.
  @Test func gainsOfManyDecibelsAreReached() {
    func gain(_ frequency: Double) -> Double {
      let octave = log2(max(frequency, 1e-4) / 0.02)
      return max(-48, -12 * max(0, abs(octave) - 1.5))
    }
    let taps = response(4096, gain)
    for frequency in [0.0005, 0.002, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.45] {
      #expect(abs(decibels(taps, frequency) - gain(frequency)) < 0.1)
    }
  }
}
