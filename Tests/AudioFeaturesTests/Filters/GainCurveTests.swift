import AudioFeatures
import Foundation
import Testing

@Suite struct GainCurveTests {
  private let layout = BandLayout.standard
  private var gains: [Float] { (0..<layout.count).map { Float(($0 * 7) % 13) - 6 } }

  @Test(arguments: [8000.0, 44100, 96000]) func isWhatFramesHaveAtTheirBins(rate: Double) {
    let geometry = STFTGeometry(sampleRate: rate)
    let interpolator = GainInterpolator(layout: .bands(layout), geometry: geometry)
    var factors = ContiguousArray<Float>(repeating: 0, count: geometry.binCount)
    interpolator.interpolate(ContiguousArray(gains)[...], into: &factors)
    let curve = GainCurve.shared(layout: layout, sampleRate: rate, count: geometry.binCount).decibels(gains)
    for bin in 1..<geometry.binCount where geometry.frequency(ofBin: bin) >= 20 {
      #expect(abs(Double(curve[bin]) - 20 * log10(Double(factors[bin]))) < 1e-4)
    }
  }

  /// An offset of the samples is lowered with the bass, and never raised.
  @Test func theLowestBandReachesDownToZeroHertzWhereItIsLowered() {
    // Frequencies stand 10 Hz apart.
    let curve = GainCurve.shared(layout: layout, sampleRate: 48_000, count: 2401)
    let lower = curve.decibels([Float](repeating: -9, count: layout.count))
    #expect(lower.allSatisfy { $0 == -9 })
    let higher = curve.decibels([Float](repeating: 9, count: layout.count))
    #expect(higher[0] == 0 && higher[1] == 4.5 && higher[2...].allSatisfy { $0 == 9 })
  }
}
