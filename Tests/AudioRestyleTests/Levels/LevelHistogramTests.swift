import AdaIN
import Tensors
import TestSupport
import Testing

@testable import StyleProfiles

@Suite struct LevelHistogramTests {
  @Test func quantilesAreWithinABin() {
    var random = SplitMix64(state: 1)
    let values = (0..<5000).map { _ in random.normal() * 15 - 40 }
    var histogram = LevelHistogram()
    for value in values { histogram.insert(value) }
    var sketch = QuantileSketch(capacity: .max)
    for value in values { sketch.insert(value) }
    let shares = Array(stride(from: 0.02, through: 0.98, by: 0.01))
    let found = histogram.quantiles(shares)
    // Half a bin from rounding, half from spreading values within a bin, and up to one rank (½ of 1/5000) between.
    let lower = sketch.quantiles(shares.map { $0 - 1e-4 })
    let upper = sketch.quantiles(shares.map { $0 + 1e-4 })
    for index in shares.indices {
      #expect(found[index] >= lower[index] - 0.05 && found[index] <= upper[index] + 0.05)
    }
    #expect(abs(histogram.wassersteinDistance(to: histogram)) == 0)
  }

  /// Each value lies within half a bin of its bin's centre, and a quantile somewhere in its bin: 0.05 dB at the most.
  @Test(arguments: [-0.025, -0.0249, 0, 0.01, 0.0249]) func noValueIsOffByMoreThanABin(offset: Double) {
    var random = SplitMix64(state: 4)
    // Clusters of many equal values, single ones, and edges of bins.
    let values = (0..<2000).map { _ in (random.normal() * 20).rounded() * 0.05 + offset }.sorted()
    var histogram = LevelHistogram()
    histogram.insert(contentsOf: values)
    let found = histogram.quantiles(values.indices.map { (Double($0) + 0.5) / 2000 })
    for (ours, value) in zip(found, values) { #expect(abs(ours - value) <= 0.05 + 1e-12) }
  }

  @Test func mergingAndSubtractingAreExact() {
    var (a, b, whole) = (LevelHistogram(), LevelHistogram(), LevelHistogram())
    for value in [-3.0, -2.97, 4.02, .nan, .infinity] {
      a.insert(value)
      whole.insert(value)
    }
    for value in [-3.0, 8.5] {
      whole.insert(value)
      b.insert(value)
    }
    var merged = b
    merged.merge(a)
    #expect(merged == whole && merged.count == 5)
    merged.subtract(b)
    #expect(merged == a)
    #expect(LevelHistogram().quantile(0.5).isNaN)
  }

  @Test func aDistanceIsTheShift() {
    var (a, b) = (LevelHistogram(), LevelHistogram())
    for value in [-30.0, -20, -10.5] {
      a.insert(value)
      b.insert(value + 6)
    }
    #expect(abs(a.wassersteinDistance(to: b) - 6) <= 1e-12)
  }

  @Test func mapsAreWithinTwoBinsOfTheExactOnes() throws {
    let content = try Tensor3<Double>.random(TensorShape(1, 2, 4000), seed: 2)
    let style = try Tensor3<Double>.random(TensorShape(1, 2, 4000), seed: 3)
    let exact = try QuantileTransfer(capacity: .max)(content, style: style)
    let levels = try LevelQuantileTransfer()(content, style: style)
    for c in 0..<2 {
      let pairs = zip(exact.doubles(0, c), levels.doubles(0, c)).sorted { $0.0 < $1.0 }
      // The outermost values lie in gaps of the style's distribution, where ranks say little about values.
      for (x, y) in pairs[100..<3900] { #expect(abs(x - y) <= 0.1) }
    }
  }
}
