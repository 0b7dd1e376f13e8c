import AdaIN
import TestSupport
import Testing

@Suite struct StatisticsValueTests {
  @Test func subtractingUndoesMerging() throws {
    let a = StyleStatistics(try Tensor3<Double>.random(TensorShape(2, 3, 500), seed: 1))
    let b = StyleStatistics(try Tensor3<Double>.random(TensorShape(2, 3, 300), seed: 2))
    let back = try a.merged(with: b).subtracting(b)
    #expect(back.count == a.count)
    for (x, y) in zip(back.channels, a.channels) {
      #expect(abs(x.mean - y.mean) <= 1e-14 * (abs(y.mean) + y.variance().squareRoot()))
      #expect(abs(x.sumOfSquares - y.sumOfSquares) <= 1e-13 * y.sumOfSquares)
    }
    #expect(try a.subtracting(a) == StyleStatistics(numFeatures: 3, batchSize: 2))
    #expect(try a.subtracting(StyleStatistics(numFeatures: 3, batchSize: 2)) == a)
    #expect(
      throws: ShapeError("expected a part of at most 300.0 values in channel 0 of sample 0, found 500.0")
    ) {
      try b.subtracting(a)
    }
  }

  @Test func weightsAreRepetitions() throws {
    let tensor = try Tensor3<Double>([[[1, 4, 4, 9]]])
    let other = StyleStatistics(try Tensor3<Double>([[[2, 3]]]))
    let statistics = StyleStatistics(tensor)
    let thrice = try statistics.merged(with: statistics).merged(with: statistics)
    let weighted = statistics.weighted(by: 3)
    #expect(
      weighted.count == [12] && weighted.mean == statistics.mean
        && weighted.variance() == statistics.variance())
    let (x, y) = (try weighted.merged(with: other), try thrice.merged(with: other))
    #expect(abs(x.mean[0] - y.mean[0]) <= 1e-15 * 8 && abs(x.variance()[0] - y.variance()[0]) <= 1e-15 * 16)
    #expect(statistics.weighted(by: 0) == StyleStatistics(numFeatures: 1))
  }

  @Test func decayFollowsTheRecentPast() throws {
    var statistics = StyleStatistics(Tensor3<Double>(shape: TensorShape(1, 1, 8), repeating: 10))
    statistics.decay(elapsed: 3, halfLife: 1.5)
    #expect(statistics.count == [2] && statistics.mean == [10])
    try statistics.accumulate(Tensor3<Double>(shape: TensorShape(1, 1, 6), repeating: 2))
    #expect(statistics.count == [8] && statistics.mean == [4] && statistics.variance() == [12])
    statistics.decay(elapsed: 0, halfLife: 1)
    #expect(statistics.count == [8])
  }

  @Test func estimatorsConvertBothWays() throws {
    let statistics = StyleStatistics(try Tensor3<Double>.random(TensorShape(1, 4, 7), seed: 3))
    let (biased, unbiased) = (try statistics.moments(), try statistics.moments(estimator: .unbiased))
    let there = try biased.converted(from: .biased, to: .unbiased, counts: statistics.count)
    let back = try unbiased.converted(from: .unbiased, to: .biased, counts: statistics.count)
    for c in 0..<4 {
      #expect(abs(there.standardDeviation[c] / unbiased.standardDeviation[c] - 1) <= 4 * .ulpOfOne)
      #expect(abs(back.standardDeviation[c] / biased.standardDeviation[c] - 1) <= 4 * .ulpOfOne)
    }
    #expect(throws: ShapeError("expected counts of at least 2 to convert estimators, found 1.0")) {
      try biased.converted(from: .biased, to: .unbiased, counts: [7, 1, 7, 7])
    }
  }

  @Test func distancesAreTheHandValues() throws {
    let a = try StyleMoments(mean: [0, 1], standardDeviation: [1, 5])
    let b = try StyleMoments(mean: [3, 1], standardDeviation: [5, 4])
    let distance = try a.distance(to: b)
    #expect(distance.mean == [3, 0] && distance.spread == [4, -1])
    #expect(distance.wasserstein == [5, 1])
    #expect(distance.rmsMean == 4.5.squareRoot() && distance.rmsSpread == 8.5.squareRoot())
    #expect(distance.frechet == 26.0.squareRoot())
    #expect(throws: ShapeError("expected moments of shape [1, 2], found [2, 1]")) {
      try a.distance(to: StyleMoments(mean: [1, 2], standardDeviation: [1, 2], batchSize: 2))
    }
  }
}
