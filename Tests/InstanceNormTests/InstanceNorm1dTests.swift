import InstanceNorm
import Tensors
import Testing

/// The semantics of the layer, by hand-made values.
@Suite struct InstanceNorm1dTests {
  /// Rows [1, 2, 3, 4] and [10, 10, 10, 14]: means 2.5 and 11, biased variances 1.25 and 3.
  let input: Tensor3<Double>

  init() throws {
    input = try Tensor3([[[1, 2, 3, 4], [10, 10, 10, 14]]])
  }

  @Test func defaultsArePyTorchs() {
    let norm = InstanceNorm1d<Float>(3)
    #expect(norm.numFeatures == 3)
    #expect(norm.eps == 1e-5)
    #expect(norm.momentum == 0.1)
    #expect(!norm.affine && !norm.trackRunningStats)
    #expect(norm.device == .cpu)
    #expect(norm.weight == nil && norm.bias == nil && norm.runningMean == nil && norm.runningVar == nil)
    #expect(norm.numBatchesTracked == nil)
    let full = InstanceNorm1d<Float>(2, affine: true, trackRunningStats: true)
    #expect(full.weight == [1, 1] && full.bias == [0, 0])
    #expect(full.runningMean == [0, 0] && full.runningVar == [1, 1] && full.numBatchesTracked == 0)
    let withoutBias = InstanceNorm1d<Float>(2, affine: true, bias: false)
    #expect(withoutBias.weight == [1, 1] && withoutBias.bias == nil)
  }

  @Test func handMadeValues() throws {
    var norm = InstanceNorm1d<Double>(2, eps: 1, affine: true)
    norm.weight = [3, -2]
    norm.bias = [0.5, 7]
    // √(1.25 + 1) = 1.5 and √(3 + 1) = 2.
    let output = try norm(input)
    #expect(Array(output.scalars) == [-2.5, -0.5, 1.5, 3.5, 8, 8, 8, 4])
    var into = Tensor3<Double>(shape: input.shape, repeating: .nan)
    try norm(input, into: &into)
    #expect(into == output)
    var inPlace = input
    try norm(inPlace: &inPlace)
    #expect(inPlace == output)
  }

  @Test func runningStatisticsByHand() throws {
    var norm = InstanceNorm1d<Double>(2, eps: 1, momentum: 0.25, trackRunningStats: true)
    _ = try norm.trainingStep(input)
    #expect(norm.runningMean == [0.625, 2.75])
    // Unbiased: 5/3 and 4.
    #expect(norm.runningVar == [0.75 + 0.25 * (5.0 / 3), 1.75])
    norm.runningMean = [1, 10]
    norm.runningVar = [3, 8]
    #expect(Array(try norm(input).scalars) == [0, 0.5, 1, 1.5, 0, 0, 0, 4.0 / 3])
    #expect(norm.numBatchesTracked == 1)
    norm.resetRunningStats()
    #expect(norm.runningMean == [0, 0] && norm.runningVar == [1, 1] && norm.numBatchesTracked == 0)
  }

  @Test func samplesAreAveragedOrPooled() throws {
    // Means 0 and 4; biased variances 1 and 1; pooled: mean 2, variance 5.
    let batch = try Tensor3<Double>([[[-1, 1]], [[3, 5]]])
    var averaged = InstanceNorm1d<Double>(1, momentum: 1, trackRunningStats: true)
    _ = try averaged.trainingStep(batch)
    #expect(averaged.runningMean == [2] && averaged.runningVar == [2])
    var pooled = InstanceNorm1d<Double>(1, momentum: 1, trackRunningStats: true, conventions: .lucid)
    _ = try pooled.trainingStep(batch)
    #expect(pooled.runningMean == [2] && pooled.runningVar == [5])
  }

  @Test func withoutMomentumRunningStatisticsAreTheAverageOverBatches() throws {
    var norm = InstanceNorm1d<Double>(1, momentum: nil, trackRunningStats: true)
    for mean in [3.0, 6, 12] {
      _ = try norm.trainingStep(Tensor3([[[mean - 1, mean + 1]]]))
    }
    #expect(norm.numBatchesTracked == 3)
    #expect(abs((norm.runningMean?[0] ?? 0) - 7) < 1e-14)
    #expect(abs((norm.runningVar?[0] ?? 0) - 2) < 1e-14)
  }

  @Test func trainingWithoutTrackingIsEvaluation() throws {
    var norm = InstanceNorm1d<Double>(2)
    let before = norm
    #expect(try norm.trainingStep(input) == norm(input))
    #expect(norm == before)
  }

  @Test func aMatrixIsABatchOfOne() throws {
    let matrix = input.sample(0)
    var norm = InstanceNorm1d<Double>(2)
    #expect(try norm(matrix).batched == norm(input))
    #expect(try norm.trainingStep(matrix).batched == norm(input))
  }

  @Test(arguments: [TensorShape(0, 2, 5), TensorShape(3, 2, 0), TensorShape(0, 2, 1)])
  func emptyInputGivesAnEmptyResult(shape: TensorShape) throws {
    for conventions in InstanceNormConventions.allCases {
      var norm = InstanceNorm1d<Float>(2, trackRunningStats: true, conventions: conventions)
      let before = norm
      let empty = Tensor3<Float>(shape: shape)
      #expect(try norm(empty) == empty)
      #expect(try norm.trainingStep(empty) == empty)
      #expect(norm == before)
    }
  }

  @Test func aSinglePositionUnderLucidsConventionsGivesTheBias() throws {
    var norm = InstanceNorm1d<Float>(2, affine: true, trackRunningStats: false, conventions: .lucid)
    norm.bias = [0.3, -4]
    #expect(Array(try norm(Tensor3([[[7], [1e6]]])).scalars) == [0.3, -4])
  }

  @Test func aSinglePositionIsFineWithRunningStatistics() throws {
    let norm = InstanceNorm1d<Double>(1, eps: 0, trackRunningStats: true)
    #expect(Array(try norm(Tensor3([[[7]]])).scalars) == [7])
  }

  @Test(arguments: [2, 5, 8, 100, 1024, 3001])
  func constantRowsGiveExactlyTheBias(length: Int) throws {
    for value in [0, 0.1, -1e5, 3e38] as [Float] {
      for eps in [1e-5, 0] {
        var norm = InstanceNorm1d<Float>(1, eps: eps, affine: true)
        norm.weight = [-3.3]
        norm.bias = [0.7]
        let output = try norm(Tensor3(shape: TensorShape(1, 1, length), repeating: value))
        #expect(output.scalars.allSatisfy { $0 == 0.7 })
      }
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteStaysInItsRow(poison: Float) throws {
    var tensor = randomTensor(TensorShape(2, 3, 1500), seed: 5, as: Float.self)
    let clean = try InstanceNorm1d<Float>(3)(tensor)
    for position in [0, 700, 1499] {
      var poisoned = tensor
      poisoned[1, 1, position] = poison
      let output = try InstanceNorm1d<Float>(3)(poisoned)
      for n in 0..<2 {
        for c in 0..<3 {
          if (n, c) == (1, 1) {
            #expect(output.row(n, c).allSatisfy { $0.isNaN })
          } else {
            #expect(output.row(n, c) == clean.row(n, c))
          }
        }
      }
    }
    tensor[0, 2, 9] = poison
    var norm = InstanceNorm1d<Float>(3, trackRunningStats: true)
    _ = try norm.trainingStep(tensor)
    #expect(norm.runningVar?[2].isNaN == true)
    #expect(norm.runningMean?[0].isFinite == true && norm.runningVar?[1].isFinite == true)
  }

  @Test func theDescriptionReadsLikePyTorchs() {
    #expect(
      InstanceNorm1d<Float>(3).description
        == "InstanceNorm1d<Float>(3, eps: 1e-05, momentum: 0.1, affine: false, trackRunningStats: false)")
    #expect(
      InstanceNorm1d<Double>(8, momentum: nil, affine: true, trackRunningStats: true, conventions: .lucid)
        .description
        == "InstanceNorm1d<Double>(8, eps: 1e-05, momentum: nil, affine: true, trackRunningStats: true, "
        + "conventions: lucid)")
  }
}
