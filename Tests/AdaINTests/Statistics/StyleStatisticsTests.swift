import AdaIN
import TestSupport
import Testing

@Suite struct StyleStatisticsTests {
  @Test func handValues() throws {
    let tensor = try Tensor3<Float>([[[1, 2, 3, 4], [5, 5, 5, 5]], [[3, 3, 5, 5], [0, 0, 0, 8]]])
    let statistics = StyleStatistics(tensor)
    #expect(statistics.batchSize == 2 && statistics.numFeatures == 2)
    #expect(statistics.count == [4, 4, 4, 4])
    #expect(statistics.mean == [2.5, 5, 4, 2])
    #expect(statistics.variance() == [1.25, 0, 1, 12])
    #expect(statistics.variance(estimator: .unbiased) == [5 / 3.0, 0, 4 / 3.0, 16])
    #expect(statistics.standardDeviation(estimator: .unbiased)[3] == 4)
    #expect(statistics[1, 1].sumOfSquares == 48)
    let shared = StyleStatistics(tensor, pooling: .shared)
    #expect(shared.batchSize == 1 && shared == statistics.pooled)
    #expect(shared.count == [8, 8] && shared.mean == [3.25, 3.5])
    #expect(shared.variance() == [1.6875, 8.25])
  }

  @Test func anySplitMergesToTheSame() throws {
    // Doubles: each of up to 13 merges rounds a few times. Floats: each side's deviations from a pivot within 2 σ of
    // the mean are rounded to `Float`, √5 · σ at most in the mean over the row, and twice that relative in squares.
    try checkSplits(Double.self, mean: 1e-14, squares: 32 * .ulpOfOne)
    try checkSplits(Float.self, mean: 2 * 2.24 * 0x1p-24, squares: 2 * 10 * 0x1p-24)
  }

  private func checkSplits<Scalar: TensorScalar>(_ type: Scalar.Type, mean: Double, squares: Double) throws {
    var random = SplitMix64(state: 77)
    let whole = try Tensor3<Scalar>.random(TensorShape(2, 4, 4096), seed: 21)
    let direct = StyleStatistics(whole)
    for _ in 0..<20 {
      var cuts = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        Int.random(in: 0...4096, using: &random)
      }
      cuts = [0] + cuts.sorted() + [4096]
      let parts = try zip(cuts, cuts.dropFirst()).map { try StyleStatistics(whole.positions($0..<$1)) }
        .shuffled(
          using: &random)
      var streamed = StyleStatistics(numFeatures: 4, batchSize: 2)
      for (a, b) in zip(cuts, cuts.dropFirst()) { try streamed.accumulate(whole.positions(a..<b)) }
      let merged = try parts.reduce(StyleStatistics(numFeatures: 4, batchSize: 2)) {
        try $0.merged(with: $1)
      }
      for other in [streamed, merged] {
        #expect(other.count == direct.count)
        for index in direct.channels.indices {
          let (a, b) = (other.channels[index], direct.channels[index])
          let deviation = b.variance().squareRoot()
          #expect(abs((a.mean - b.mean) + (a.meanLow - b.meanLow)) <= mean * deviation)
          #expect(abs(a.sumOfSquares - b.sumOfSquares) <= squares * b.sumOfSquares)
        }
      }
    }
  }

  @Test func sharedStatisticsTakeChunksOfAnyNumberOfSamples() throws {
    let first = try Tensor3<Double>([[[1, 2]], [[3, 4]]])
    let second = try Tensor3<Double>([[[5, 6, 7]]])
    var statistics = StyleStatistics(first, pooling: .shared)
    try statistics.accumulate(second)
    #expect(statistics.count == [7] && statistics.mean == [4] && statistics.variance() == [4])
  }

  @Test func aLargeMeanDoesNotCancel() throws {
    var random = SplitMix64(state: 31)
    let noise = (0..<10_000).map { _ in random.normal() }
    let values = noise.map { 1e9 + $0 }
    let exact = values.map { $0 - 1e9 }
    let statistics = StyleStatistics(try Tensor3(shape: TensorShape(1, 1, 10_000), scalars: values))
    #expect(abs(statistics.variance()[0] - Reference.variance(exact)) <= 1e-12)
    var merged = StyleStatistics(numFeatures: 1)
    for value in values { try merged.accumulate(Tensor3(shape: TensorShape(1, 1, 1), scalars: [value])) }
    #expect(abs((merged.mean[0] - 1e9) + merged.channels[0].meanLow - Reference.mean(exact)) <= 1e-12)
    #expect(abs(merged.variance()[0] - Reference.variance(exact)) <= 1e-11)
  }

  @Test func noValuesAreNotANumberAndEqualEachOther() throws {
    let empty = StyleStatistics(numFeatures: 2)
    #expect(empty.mean.allSatisfy { $0.isNaN } && empty.variance().allSatisfy { $0.isNaN })
    #expect(StyleStatistics(Tensor3<Float>(shape: TensorShape(1, 2, 0))) == empty)
    let some = StyleStatistics(Tensor3<Float>(shape: TensorShape(1, 2, 3), repeating: 4))
    #expect(try empty.merged(with: some) == some && some.merged(with: empty) == some)
    #expect(
      throws: ShapeError(
        "expected at least 1 values for the biased estimator in channel 0 of sample 0, found 0.0")
    ) { try empty.moments() }
  }

  @Test func interpolationEqualsBlendingTheOutputs() throws {
    let content = try Tensor3<Double>.random(TensorShape(2, 3, 80), seed: 41)
    let styles = try [42, 43, 44].map { try Tensor3<Double>.random(TensorShape(1, 3, 70), seed: $0) }
    let statistics = styles.map { StyleStatistics($0) }
    let layer = AdaptiveInstanceNorm1d<Double>(3)
    let outputs = try styles.map { try layer(content, style: $0) }
    for weights in [[1, 1, 1], [0.2, 0, 5], [3, -1, 0.5], [1e308, 1e308, 1e308], [0x1p-1060, 0, 0]] {
      let blended = try layer(content, style: StyleStatistics.interpolated(statistics, weights: weights))
      let largest = weights.map { abs($0) }.max() ?? 1
      let sum = weights.map { $0 / largest }.reduce(0, +)
      for (index, ours) in blended.scalars.enumerated() {
        let expected = zip(weights, outputs).reduce(0) { $0 + $1.0 / largest / sum * $1.1.scalars[index] }
        // Values reach about 100 (times 4 for the weights 3, −1, 0.5); a few roundings each.
        #expect(abs(ours - expected) <= 400 * 8 * .ulpOfOne)
      }
    }
    // One style of weight 1 is that style.
    let single = try StyleStatistics.interpolated(statistics, weights: [0, 7, 0])
    #expect(
      single.mean == statistics[1].mean && single.standardDeviation == statistics[1].standardDeviation())
  }

  @Test func sharedAndPerSampleStylesInterpolate() throws {
    let blend = try StyleMoments.interpolated(
      [
        StyleMoments(mean: [10, 20], standardDeviation: [1, 2]),
        StyleMoments(mean: [0, 1, 2, 3], standardDeviation: [4, 5, 6, 7], batchSize: 2),
      ], weights: [1, 3])
    #expect(blend.batchSize == 2 && blend.numFeatures == 2)
    #expect(blend.mean == [2.5, 5.75, 4, 7.25])
    #expect(blend.standardDeviation == [3.25, 4.25, 4.75, 5.75])
  }

  @Test func errorsNameBothSides() throws {
    let two = try StyleMoments(mean: [1, 2], standardDeviation: [1, 1])
    let three = try StyleMoments(mean: [1, 2, 3], standardDeviation: [1, 1, 1])
    #expect(throws: StyleError.weights("expected weights that do not sum to 0, found [1.0, -1.0]")) {
      try StyleMoments.interpolated([two, two], weights: [1, -1])
    }
    #expect(throws: StyleError.weights("expected weights that do not sum to 0, found [0.0]")) {
      try StyleMoments.interpolated([two], weights: [0])
    }
    #expect(throws: StyleError.weights("expected finite weights, found nan")) {
      try StyleMoments.interpolated([two], weights: [.nan])
    }
    #expect(throws: StyleError.shape(ShapeError("expected 2 weights for 2 styles, found 1"))) {
      try StyleMoments.interpolated([two, two], weights: [1])
    }
    #expect(throws: StyleError.shape(ShapeError("expected 2 channels in style 1, found 3"))) {
      try StyleMoments.interpolated([two, three], weights: [1, 1])
    }
    #expect(throws: StyleError.shape(ShapeError("expected at least 1 style, found 0"))) {
      try StyleMoments.interpolated([], weights: [])
    }
    var statistics = StyleStatistics(numFeatures: 2, batchSize: 2)
    #expect(throws: ShapeError("expected statistics of shape [2, 2], found [1, 2]")) {
      try statistics.merge(StyleStatistics(numFeatures: 2))
    }
    #expect(throws: ShapeError("expected a chunk of 2 channels, found 3 in [2, 3, 1]")) {
      try statistics.accumulate(Tensor3<Float>(shape: TensorShape(2, 3, 1)))
    }
    #expect(throws: ShapeError("expected a chunk of 2 samples, found 3 in [3, 2, 1]")) {
      try statistics.accumulate(Tensor3<Float>(shape: TensorShape(3, 2, 1)))
    }
    #expect(throws: ShapeError("expected moments of 2 × 2 channels, found 3")) {
      try StyleStatistics(Array(repeating: ChannelMoments(), count: 3), numFeatures: 2, batchSize: 2)
    }
  }
}
