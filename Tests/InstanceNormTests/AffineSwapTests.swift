import Foundation
import InstanceNorm
import Tensors
import TestSupport
import Testing

/// Calls with weight, bias and statistics in place of the layer's own.
@Suite struct AffineSwapTests {
  static let weight = [2, -0.75, 0.5, 1, 3, 0]
  static let bias = [10, -3, 0, 0.25, 1, 7.0]

  /// A layer whose own weight and bias are the swap's for one sample.
  private func own<Scalar: TensorScalar>(_ sample: Int, _ norm: InstanceNorm1d<Scalar>) -> InstanceNorm1d<
    Scalar
  > {
    var result = norm
    result.weight = Self.weight[sample * 3..<sample * 3 + 3].map { Scalar($0) }
    result.bias = Self.bias[sample * 3..<sample * 3 + 3].map { Scalar($0) }
    return result
  }

  /// Bit for bit what a layer with that weight and bias gives for each sample alone, own weights or not.
  private func checkEachSample<Scalar: TensorScalar>(_ type: Scalar.Type, length: Int) throws {
    let input = randomTensor(TensorShape(2, 3, length), mean: 4, seed: 5, as: Scalar.self)
    let gradient = randomTensor(TensorShape(2, 3, length), seed: 6, as: Scalar.self)
    for norm in [InstanceNorm1d<Scalar>(3), InstanceNorm1d<Scalar>(3, eps: 0.1, affine: true)] {
      let swap = AffineSwap(weight: Self.weight, bias: Self.bias)
      let output = try norm(input, swapping: swap)
      let back = try norm.gradient(at: input, swapping: swap, outputGradient: gradient)
      #expect(try bits(norm(input, weight: Self.weight, bias: Self.bias)) == bits(output))
      for n in 0..<2 {
        let alone = own(n, norm)
        let (x, g) = (input.sample(n).batched, gradient.sample(n).batched)
        #expect(try bits(alone(x)) == bits(output.sample(n).batched))
        let expected = try alone.gradient(at: x, outputGradient: g)
        #expect(bits(expected.input) == bits(back.input.sample(n).batched))
        #expect(expected.parameters.weight == back.parameters.weight[n * 3..<n * 3 + 3].map { Scalar($0) })
        #expect(expected.parameters.bias == back.parameters.bias[n * 3..<n * 3 + 3].map { Scalar($0) })
      }
    }
  }

  @Test(arguments: [2, 3, 17, 600, 5001]) func eachSampleHasItsOwn(length: Int) throws {
    try checkEachSample(Float.self, length: length)
    try checkEachSample(Double.self, length: length)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try checkEachSample(Float16.self, length: length)
    #endif
  }

  @Test func formsAgreeAndSharedValuesServeAllSamples() throws {
    let input = randomTensor(TensorShape(2, 3, 40), seed: 7, as: Float.self)
    let norm = InstanceNorm1d<Float>(3)
    let shared = AffineSwap(weight: Array(Self.weight[..<3]), bias: Array(Self.bias[..<3]), strength: 0.6)
    let repeated = AffineSwap(
      weight: shared.weight + shared.weight, bias: shared.bias + shared.bias, strength: 0.6)
    let output = try norm(input, swapping: shared)
    #expect(try norm(input, swapping: repeated) == output)
    var into = Tensor3<Float>(shape: input.shape)
    try norm(input, swapping: shared, into: &into)
    var inPlace = input
    try norm(inPlace: &inPlace, swapping: shared)
    #expect(into == output && inPlace == output)
    let (one, two) = (
      try norm.gradient(at: input, swapping: shared, outputGradient: input),
      try norm.gradient(at: input, swapping: repeated, outputGradient: input)
    )
    #expect(one.input == two.input)
    for c in 0..<3 {
      #expect(one.parameters.bias[c] == two.parameters.bias[c] + two.parameters.bias[c + 3])
    }
    var result = input
    #expect(
      try norm.gradient(at: input, swapping: shared, outputGradient: input, into: &result) == one.parameters)
    #expect(result == one.input)
  }

  @Test func statisticsStrengthAndSkippedChannels() throws {
    let input = try Tensor3<Double>([[[1, 2, 6], [3, 5, 4]]])
    // Mean 2 and variance 4 for both channels: handed in, not the rows' own.
    let statistics = [ChannelMoments(count: 1, mean: 2, sumOfSquares: 4)]
    var swap = AffineSwap(weight: [3, 3], bias: [10, 10], statistics: statistics + statistics)
    let norm = InstanceNorm1d<Double>(2, eps: 0)
    #expect(try norm(input, swapping: swap) == Tensor3([[[8.5, 10, 16], [11.5, 14.5, 13]]]))
    swap.strength = 0.5
    swap.skippedChannels = [1, 7]
    #expect(try norm(input, swapping: swap) == Tensor3([[[4.75, 6, 11], [3, 5, 4]]]))
    let gradient = try norm.gradient(at: input, swapping: swap, outputGradient: input)
    // α · w / σ + 1 − α = 0.5 · 1.5 + 0.5 = 1.25; Σ g = 9 and Σ g · (x − 2) / 2 = (−1 + 0 + 24) / 2, times 0.5.
    #expect(gradient.input == (try Tensor3([[[1.25, 2.5, 7.5], [3, 5, 4]]])))
    #expect(gradient.parameters == .init(weight: [5.75, 0], bias: [4.5, 0]))
    // Running statistics stand in where none are handed in.
    var running = InstanceNorm1d<Double>(2, eps: 0, trackRunningStats: true)
    running.runningMean = [2, 2]
    running.runningVar = [4, 4]
    #expect(
      try running(input, weight: [3, 3], bias: [10, 10]) == Tensor3([[[8.5, 10, 16], [11.5, 14.5, 13]]]))
  }

  @Test func estimatorAndPlaceOfEps() throws {
    // Σ (x − 3)² = 10: the biased variance is 2, the unbiased 2.5.
    let input = try Tensor3<Double>([[[1, 2, 3, 4, 5]]])
    func check(_ estimator: VarianceEstimator, _ placement: DeviationRule.EpsPlacement, _ deviation: Double)
      throws
    {
      let norm = InstanceNorm1d<Double>(1, eps: 0.5, estimator: estimator, epsPlacement: placement)
      let output = try norm(input)
      for l in 0..<5 { #expect(abs(output[0, 0, l] - (Double(l) - 2) / deviation) < 1e-15) }
      #expect(try norm(input, weight: [1], bias: [0]) == output)
      // Against a difference quotient of Σ g · y.
      let g = try Tensor3<Double>([[[0.3, 1.1, -0.7, 0.2, 0.9]]])
      let gradient = try norm.gradient(at: input, outputGradient: g).input
      for l in 0..<5 {
        var (up, down) = (input, input)
        up[0, 0, l] += 1e-5
        down[0, 0, l] -= 1e-5
        let slope = zip(zip(try norm(up).scalars, try norm(down).scalars), g.scalars).reduce(0) {
          $0 + ($1.0.0 - $1.0.1) * $1.1 / 2e-5
        }
        #expect(abs(slope - gradient[0, 0, l]) < 1e-9)
      }
    }
    try check(.biased, .insideRoot, 2.5.squareRoot())
    try check(.biased, .outsideRoot, 2.0.squareRoot() + 0.5)
    try check(.unbiased, .insideRoot, 3.0.squareRoot())
    try check(.unbiased, .outsideRoot, 2.5.squareRoot() + 0.5)
    let masked = InstanceNorm1d<Double>(1, eps: 0, estimator: .unbiased)
    #expect(
      try masked(input, lengths: [3], padding: .zero) == Tensor3([[[-1, 0, 1, 0, 0]]]))
  }

  @Test func aLayerThatWasGivenWeightsSavesAndLoads() throws {
    let input = randomTensor(TensorShape(1, 3, 9), seed: 1, as: Float.self)
    var both = InstanceNorm1d<Float>(3)
    both.weight = [1, 2, 3]
    both.bias = [4, 5, 6]
    var weightOnly = InstanceNorm1d<Float>(3, estimator: .unbiased, epsPlacement: .outsideRoot)
    weightOnly.weight = [1, 2, 3]
    var biasOnly = InstanceNorm1d<Float>(3, affine: true)
    biasOnly.weight = nil
    biasOnly.bias = [7, 8, 9]
    for layer in [both, weightOnly, biasOnly] {
      #expect(layer.affine)
      let data = try JSONEncoder().encode(layer.configuration)
      var restored = InstanceNorm1d<Float>(
        try JSONDecoder().decode(InstanceNormConfiguration.self, from: data))
      try restored.loadStateDictionary(layer.stateDictionary)
      #expect(restored == layer)
      #expect(try restored(input) == layer(input))
    }
    both.weight = nil
    both.bias = nil
    #expect(!both.affine && both.configuration == InstanceNorm1d<Float>(3).configuration)
  }

  @Test func errorsNameExpectedAndFound() {
    let norm = InstanceNorm1d<Float>(3, conventions: .onnx, estimator: .unbiased)
    let input = Tensor3<Float>(shape: TensorShape(2, 3, 5))
    func expect(_ message: String, _ swap: AffineSwap, _ input: Tensor3<Float>, _ location: SourceLocation) {
      var (output, inPlace) = (input, input)
      for attempt in 0..<4 {
        #expect(throws: ShapeError(message), sourceLocation: location) {
          switch attempt {
          case 0: _ = try norm(input, swapping: swap)
          case 1: try norm(input, swapping: swap, into: &output)
          case 2: try norm(inPlace: &inPlace, swapping: swap)
          default: _ = try norm.gradient(at: input, swapping: swap, outputGradient: input)
          }
        }
      }
    }
    let three = [1, 2, 3.0]
    expect(
      "expected 3 or 6 values in the swapped-in weight, found 2", AffineSwap(weight: [1, 2], bias: [1, 2]),
      input,
      #_sourceLocation)
    expect(
      "expected as many values in the swapped-in bias as in its weight (3), found 6",
      AffineSwap(weight: three, bias: three + three), input, #_sourceLocation)
    expect(
      "expected a finite strength, found nan", AffineSwap(weight: three, bias: three, strength: .nan), input,
      #_sourceLocation)
    expect(
      "expected 3 or 6 values in the swapped-in statistics, found 1",
      AffineSwap(weight: three, bias: three, statistics: [ChannelMoments()]), input, #_sourceLocation)
    let few = Array(repeating: ChannelMoments(count: 1, mean: 0, sumOfSquares: 0), count: 3)
    expect(
      "expected statistics of at least 2 values a channel for the unbiased estimator, found 1.0",
      AffineSwap(weight: three, bias: three, statistics: few), input, #_sourceLocation)
    expect(
      "expected rows of at least 2 positions for the unbiased estimator, found 1 in [2, 3, 1]",
      AffineSwap(weight: three, bias: three), Tensor3(shape: TensorShape(2, 3, 1)), #_sourceLocation)
    #expect(
      throws: ShapeError(
        "expected at least 2 valid positions for the unbiased estimator, found 1 in sample 1")
    ) {
      try norm(input, lengths: [5, 1])
    }
  }

  @Test func aSpreadIsCheckedWhereItIsDecoded() throws {
    func decode(_ eps: String) throws -> DeviationRule {
      try JSONDecoder().decode(
        DeviationRule.self,
        from: Data(#"{"estimator": "biased", "eps": \#(eps), "placement": "insideRoot"}"#.utf8))
    }
    #expect(try decode("0.25") == DeviationRule(eps: 0.25))
    #expect(throws: DecodingError.self) { try decode("-100") }
  }
}
