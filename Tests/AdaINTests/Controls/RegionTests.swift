import AdaIN
import TestSupport
import Testing

@Suite struct RegionTests {
  private let low: StyleMoments
  private let high: StyleMoments

  init() throws {
    low = try StyleMoments(mean: [-5, 0.5], standardDeviation: [1, 0.25])
    high = try StyleMoments(mean: [70, 9], standardDeviation: [3, 11])
  }

  @Test func eachRegionGetsItsStylesMomentsFromItsOwnStatistics() throws {
    let content = try Tensor3<Double>.random(TensorShape(2, 2, 100), seed: 1)
    let output = try AdaptiveInstanceNorm1d<Double>(2)(
      content,
      regions: [
        StyleRegion(spans: [0..<30, 80..<100], length: 100, style: low),
        StyleRegion(spans: [30..<61], length: 100, style: high),
      ])
    for n in 0..<2 {
      for c in 0..<2 {
        let (row, original) = (output.doubles(n, c), content.doubles(n, c))
        let first = Array(original[0..<30] + original[80..<100])
        let expected = Reference.adain(first, mean: low.mean[c], deviation: low.standardDeviation[c])
        for (a, b) in zip(row[0..<30] + row[80..<100], expected) { #expect(abs(a - b) <= 1e-13) }
        #expect(abs(Reference.mean(Array(row[30..<61])) - high.mean[c]) <= 1e-12)
        #expect(abs(Reference.deviation(Array(row[30..<61])) - high.standardDeviation[c]) <= 1e-12)
        #expect(row[61..<80] == original[61..<80])
      }
    }
  }

  @Test func oneRegionOverEverythingIsPlainAdaIN() throws {
    let content = try Tensor3<Float>.random(TensorShape(2, 2, 2500), seed: 2)
    for strength in [1, 0.4] {
      let layer = AdaptiveInstanceNorm1d<Float>(2, convention: .pytorchAdaIN, strength: strength)
      let region = StyleRegion(spans: [0..<1200, 1200..<2500], length: 2500, fade: 64, style: high)
      #expect(try layer(content, regions: [region]) == layer(content, style: high))
    }
    #expect(try AdaptiveInstanceNorm1d<Float>(2)(content, regions: []) == content)
  }

  @Test(arguments: [1, 2, 7, 20, 300]) func fadesOfNeighboursSumToOne(fade: Int) {
    let borders = [0, 10, 13, 50, 90, 100]
    let regions = zip(borders, borders.dropFirst()).map {
      StyleRegion(spans: [$0..<$1], length: 100, fade: fade, style: low)
    }
    for l in 0..<100 {
      let sum = regions.reduce(0) { $0 + $1.mask[l] }
      #expect(abs(sum - 1) <= 1e-15 * 8)
    }
    // Statistics are taken over the spans themselves, whatever the fade.
    #expect(regions[1].measured == (0..<100).map { (10..<13).contains($0) ? 1 : 0 })
  }

  @Test func aFadeGoesFromOneStyleToTheOtherWithoutAJump() throws {
    let content = Tensor3<Double>(shape: TensorShape(1, 2, 100), repeating: 3)
    let output = try AdaptiveInstanceNorm1d<Double>(2)(
      content,
      regions: [
        StyleRegion(spans: [0..<50], length: 100, fade: 20, style: low),
        StyleRegion(spans: [50..<100], length: 100, fade: 20, style: high),
      ])
    let row = output.doubles(0, 0)
    #expect(row[..<40].allSatisfy { $0 == -5 } && row[60...].allSatisfy { $0 == 70 })
    for l in 40..<60 { #expect(row[l] > row[l - 1] && row[l] - row[l - 1] < 75 * 0.08) }
    #expect(abs(row[49] + row[50] - 65) <= 1e-12)
  }

  @Test func weightsThatSumToMoreThanOneAreShared() throws {
    let content = Tensor3<Double>(shape: TensorShape(1, 2, 3), repeating: 3)
    let output = try AdaptiveInstanceNorm1d<Double>(2)(
      content,
      regions: [
        StyleRegion(mask: [1, 1, 0.25], style: low),
        StyleRegion(mask: [1, 0, 0.25], style: high, strength: 0.5),
      ])
    // (−5 + (70 + 3) / 2) / 2; −5; 3 + 0.25 · (−5 − 3) + 0.25 · 0.5 · (70 − 3)
    #expect(output.doubles(0, 0) == [15.75, -5, 9.375])
  }

  @Test func whatIsOutsideARegionDoesNotReachIt() throws {
    var content = try Tensor3<Float>.random(TensorShape(1, 2, 40), seed: 3)
    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let region = StyleRegion(spans: [5..<20], length: 40, fade: 4, style: high)
    let clean = try layer(content, regions: [region])
    content[0, 0, 30] = .nan
    let output = try layer(content, regions: [region])
    for l in 0..<40 where l != 30 { #expect(output[0, 0, l] == clean[0, 0, l]) }
    #expect(output[0, 0, 30].isNaN)
  }

  @Test func measuringAndApplyingMayDiffer() throws {
    let content = try Tensor3<Double>([[[0, 2, 100, 104]]])
    let style = try StyleMoments(mean: [10], standardDeviation: [5])
    let region = try StyleRegion(mask: [0, 0, 1, 1], measured: [1, 1, 0, 0], style: style)
    #expect(
      try Array(AdaptiveInstanceNorm1d<Double>(1)(content, regions: [region]).scalars) == [0, 2, 505, 525])
  }

  @Test func weightedStatisticsFollowTheirFormula() throws {
    let tensor = try Tensor3<Double>.random(TensorShape(1, 2, 50), seed: 4)
    var random = SplitMix64(state: 5)
    let weights = (0..<50).map {
      $0 % 7 == 0 ? 0 : $0 % 5 == 0 ? 1 : Double.random(in: 0...3, using: &random)
    }
    let statistics = try StyleStatistics(tensor, mask: weights)
    for c in 0..<2 {
      let row = tensor.doubles(0, c)
      let count = weights.reduce(0, +)
      let mean = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 } / count
      let squares = zip(row, weights).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
      #expect(abs(statistics.count[c] - count) <= 1e-13)
      #expect(abs(statistics.mean[c] - mean) <= 1e-13)
      #expect(abs(statistics[0, c].sumOfSquares - squares) <= 1e-12 * squares)
    }
    #expect(try StyleStatistics(tensor, mask: Array(repeating: 1, count: 50)) == StyleStatistics(tensor))
  }

  @Test func errorsNameBothNumbers() throws {
    let layer = AdaptiveInstanceNorm1d<Float>(2, convention: .pytorchAdaIN)
    let content = Tensor3<Float>(shape: TensorShape(1, 2, 4))
    #expect(throws: ShapeError("expected a mask of length 4 in region 1, found 5")) {
      try layer(
        content,
        regions: [
          StyleRegion(spans: [0..<4], length: 4, style: low),
          StyleRegion(spans: [0..<4], length: 5, style: low),
        ])
    }
    #expect(
      throws: ShapeError(
        "expected region 0 to measure more than 1 positions for the unbiased estimator, found 1.0")
    ) { try layer(content, regions: [StyleRegion(spans: [2..<3], length: 4, style: low)]) }
    #expect(throws: ShapeError("expected region weights from 0 to 1, found 1.5")) {
      try StyleRegion(mask: [0, 1.5], style: low)
    }
    #expect(throws: ShapeError("expected 2 measuring weights, as many as mask weights, found 1")) {
      try StyleRegion(mask: [0, 1], measured: [1], style: low)
    }
    #expect(throws: ShapeError("expected a mask of length 4, found 3")) {
      try StyleStatistics(content, mask: [1, 1, 1])
    }
    #expect(throws: ShapeError("expected finite weights of 0 or more, found -1.0")) {
      try StyleStatistics(content, mask: [1, 1, 1, -1])
    }
  }
}
