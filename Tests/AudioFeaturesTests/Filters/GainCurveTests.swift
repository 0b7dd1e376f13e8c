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
    let curve = GainCurve(layout: layout, gains: gains)
    for bin in 1..<geometry.binCount {
      #expect(abs(curve[geometry.frequency(ofBin: bin)] - 20 * log10(Double(factors[bin]))) < 1e-4)
    }
  }

  /// An offset of the samples is lowered with the bass, and never raised.
  @Test func theLowestBandReachesDownToZeroHertzWhereItIsLowered() {
    let count = layout.count
    let lower = GainCurve(layout: layout, gains: [Float](repeating: -9, count: count))
    #expect(lower[0] == -9 && lower[10] == -9)
    let higher = GainCurve(layout: layout, gains: [Float](repeating: 9, count: count))
    #expect(higher[0] == 0 && abs(higher[10] - 4.5) < 1e-9 && higher[20] == 9 && higher[22_000] == 9)
  }
}
