import AdaIN
import TestSupport
import Testing

@Suite struct AdaptiveInstanceNorm1dTests {
  static let lengths = [2, 3, 7, 8, 15, 16, 17, 31, 100, 1023, 1024, 1025, 5000]

  @Test func handValues() throws {
    // x has mean 3 and biased deviation √2; the style has mean 10 and deviation 2√2.
    let x = try Tensor3<Double>([[[1, 2, 3, 4, 5]]])
    let style = try Tensor3<Double>([[[6, 8, 10, 12, 14]]])
    let layer = AdaptiveInstanceNorm1d<Double>(1)
    #expect(try Array(layer(x, style: style).scalars) == [6, 8, 10, 12, 14])
  }

  @Test(arguments: lengths) func theOutputHasTheStylesMoments(length: Int) throws {
    func check<Scalar: TensorScalar>(_ type: Scalar.Type, tolerance: Double) throws {
      let content = try Tensor3<Scalar>.random(TensorShape(2, 4, length), seed: 1)
      let style = try Tensor3<Scalar>.random(TensorShape(2, 4, 333), seed: 2)
      for estimator in VarianceEstimator.allCases {
        let layer = AdaptiveInstanceNorm1d<Scalar>(4, convention: .matched(estimator))
        let output = try layer(content, style: style)
        for n in 0..<2 {
          for c in 0..<4 {
            let (out, ref) = (output.doubles(n, c), style.doubles(n, c))
            let (mean, deviation) = (Reference.mean(ref), Reference.deviation(ref, estimator))
            #expect(abs(Reference.mean(out) - mean) <= tolerance * (abs(mean) + deviation))
            #expect(
              abs(Reference.deviation(out, estimator) - deviation) <= tolerance * (abs(mean) + deviation))
          }
        }
      }
    }
    try check(Float.self, tolerance: 1e-6)
    try check(Double.self, tolerance: 1e-13)
  }

  @Test func theNaiveFormulaIsReached() throws {
    for length in Self.lengths {
      let content = try Tensor3<Double>.random(TensorShape(3, 4, length), seed: UInt64(length))
      let style = try StyleMoments(mean: [1, -20, 300, 0], standardDeviation: [2, 0.5, -3, 0])
      for strength in [1, 0.5, -1, 2.25] {
        let layer = AdaptiveInstanceNorm1d<Double>(4, strength: strength)
        let output = try layer(content, style: style)
        for n in 0..<3 {
          for c in 0..<4 {
            let expected = Reference.adain(
              content.doubles(n, c), mean: style.mean[c], deviation: style.standardDeviation[c],
              strength: strength)
            // The naive sums round once a value, so the allowance grows with the length.
            let largest =
              expected.reduce(0) { max($0, abs($1)) } + content.doubles(n, c).reduce(0) { max($0, abs($1)) }
            let allowed = Double(length + 8) * .ulpOfOne * largest * max(1, abs(strength))
            for (ours, theirs) in zip(output.doubles(n, c), expected) {
              #expect(abs(ours - theirs) <= allowed)
            }
          }
        }
      }
    }
  }

  @Test func constantRowsBecomeExactlyTheStylesMean() throws {
    let content = Tensor3<Float>(shape: TensorShape(2, 1, 1000), repeating: 0.1)
    let layer = AdaptiveInstanceNorm1d<Float>(1)
    let style = try StyleMoments(mean: [0.7], standardDeviation: [3])
    #expect(try layer(content, style: style).scalars.allSatisfy { $0 == 0.7 })
    let short = Tensor3<Float>(shape: TensorShape(2, 1, 1), repeating: 5)
    #expect(try layer(short, style: style).scalars.allSatisfy { $0 == 0.7 })
  }

  @Test func rowsFarFromZeroKeepTheirDigits() throws {
    var random = SplitMix64(state: 5)
    let values = (0..<4096).map { _ in Float(1e4 + 1e-2 * random.normal()) }
    let content = try Tensor3(shape: TensorShape(1, 1, 4096), scalars: values)
    let output = try AdaptiveInstanceNorm1d<Float>(1)(
      content, style: StyleMoments(mean: [0], standardDeviation: [1]))
    let expected = Reference.adain(values.map { Double($0) }, mean: 0, deviation: 1)
    for (ours, theirs) in zip(output.doubles, expected) { #expect(abs(ours - theirs) <= 1e-6) }
  }

  @Test func notANumberStaysInItsRow() throws {
    var content = try Tensor3<Float>.random(TensorShape(2, 3, 40), seed: 3)
    let layer = AdaptiveInstanceNorm1d<Float>(3)
    let style = try StyleMoments(mean: [1, 2, 3], standardDeviation: [1, 2, 3])
    let clean = try layer(content, style: style)
    content[0, 1, 7] = .nan
    content[1, 2, 0] = .infinity
    let output = try layer(content, style: style)
    for n in 0..<2 {
      for c in 0..<3 {
        if (n, c) == (0, 1) || (n, c) == (1, 2) {
          #expect(output.row(n, c).allSatisfy { $0.isNaN })
        } else {
          #expect(output.row(n, c) == clean.row(n, c))
        }
      }
    }
  }

  @Test func strengthZeroIsTheContentBitForBit() throws {
    var content = try Tensor3<Float>.random(TensorShape(1, 2, 9), seed: 4)
    content[0, 0, 0] = Float(bitPattern: 0x7FC1_2345)
    content[0, 0, 1] = -0.0
    content[0, 1, 2] = .leastNonzeroMagnitude
    let layer = AdaptiveInstanceNorm1d<Float>(2, strength: 0)
    let style = try StyleMoments(mean: [1, 2], standardDeviation: [3, 4])
    let output = try layer(content, style: style)
    #expect(output.scalars.map(\.bitPattern) == content.scalars.map(\.bitPattern))
    var inPlace = content
    try layer(inPlace: &inPlace, style: style)
    #expect(inPlace.scalars.map(\.bitPattern) == content.scalars.map(\.bitPattern))
  }

  @Test(arguments: [-1.5, 0.25, 0.5, 0.999, 3]) func strengthBlends(strength: Double) throws {
    let content = try Tensor3<Double>.random(TensorShape(2, 3, 50), seed: 8)
    let style = try Tensor3<Double>.random(TensorShape(2, 3, 60), seed: 9)
    var layer = AdaptiveInstanceNorm1d<Double>(3)
    let full = try layer(content, style: style)
    layer.strength = strength
    let blended = try layer(content, style: style)
    for (index, ours) in blended.scalars.enumerated() {
      let expected = strength * full.scalars[index] + (1 - strength) * content.scalars[index]
      // Two roundings on either side, of terms up to |α| · (|adain(x)| + |x|).
      let largest = (abs(strength) + 1) * (abs(full.scalars[index]) + abs(content.scalars[index]) + 30)
      #expect(abs(ours - expected) <= 4 * .ulpOfOne * largest)
    }
  }

  @Test func outputFormsAgree() throws {
    let content = try Tensor3<Float>.random(TensorShape(2, 3, 129), seed: 10)
    let style = try StyleMoments(mean: [1, 2, 3], standardDeviation: [4, 5, 6])
    let layer = AdaptiveInstanceNorm1d<Float>(3, strength: 0.8)
    let output = try layer(content, style: style)
    var into = Tensor3<Float>(shape: content.shape, repeating: .nan)
    try layer(content, style: style, into: &into)
    var inPlace = content
    try layer(inPlace: &inPlace, style: style)
    #expect(into == output && inPlace == output)
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    let content = try Tensor3<Float>.random(TensorShape(4, 8, 9001), seed: 11)
    let style = try Tensor3<Float>.random(TensorShape(4, 8, 401), seed: 12)
    let one = try AdaptiveInstanceNorm1d<Float>(8, device: .cpu(threads: 1))(
      content, style: style)
    let eight = try AdaptiveInstanceNorm1d<Float>(8, device: .cpu(threads: 8))(
      content, style: style)
    #expect(one == eight)
  }

  @Test func chunksWithEarlierStatisticsEqualTheWhole() throws {
    let content = try Tensor3<Float>.random(TensorShape(2, 3, 1000), seed: 13)
    let style = try StyleStatistics(Tensor3<Float>.random(TensorShape(1, 3, 777), seed: 14))
    let layer = AdaptiveInstanceNorm1d<Float>(3)
    let whole = try layer(content, style: style)
    let measured = StyleStatistics(content)
    var start = 0
    for length in [1, 999 - 640, 128, 512] {
      let range = start..<start + length
      let chunk = try layer(content.positions(range), style: style, contentStatistics: measured)
      #expect(try chunk == whole.positions(range))
      start += length
    }
    #expect(start == 1000)
    // Shared content statistics stand for every sample.
    let shared = try layer(content, style: style, contentStatistics: measured.pooled)
    let row = content.doubles(0, 1) + content.doubles(1, 1)
    let expected = Reference.adain(row, mean: style.mean[1], deviation: style.standardDeviation()[1])
    for (ours, theirs) in zip(shared.doubles(0, 1) + shared.doubles(1, 1), expected) {
      #expect(abs(ours - theirs) <= 1e-5)
    }
  }

  @Test func styleIsWhatTheNormHasAsWeightAndBias() throws {
    let content = try Tensor3<Double>.random(TensorShape(2, 2, 64), seed: 15)
    var norm = InstanceNorm1d<Double>(2, affine: true)
    norm.weight = [2.5, -0.75]
    norm.bias = [10, -3]
    let layer = AdaptiveInstanceNorm1d<Double>(2, convention: .adainVC)
    #expect(try layer(content, style: StyleMoments(scale: [2.5, -0.75], shift: [10, -3])) == norm(content))
  }

  @Test func theLayerIsACallOfItsNorm() throws {
    let content = try Tensor3<Float>.random(TensorShape(2, 2, 64), seed: 16)
    let measured = StyleStatistics(try Tensor3<Float>.random(TensorShape(1, 2, 99), seed: 17))
    let style = try StyleMoments(mean: [10, -3, 1, 2], standardDeviation: [2.5, -0.75, 1, 4], batchSize: 2)
    let layer = AdaptiveInstanceNorm1d<Float>(
      2, convention: .rave, strength: 0.7, preservedChannels: [1], device: .cpu(threads: 1))
    #expect(layer.norm.spread == AdaINConvention.rave.content && layer.norm.device == layer.device)
    let swap = AffineSwap(
      weight: style.standardDeviation, bias: style.mean, statistics: measured.channels, strength: 0.7,
      skippedChannels: [1])
    #expect(
      try layer(content, style: style, contentStatistics: measured)
        == layer.norm(content, swapping: swap))
    let gradient = try layer.gradient(
      at: content, style: style, contentStatistics: measured, outputGradient: content)
    let expected = try layer.norm.gradient(at: content, swapping: swap, outputGradient: content)
    #expect(gradient.content == expected.input)
    #expect(gradient.style.mean == expected.parameters.bias)
    #expect(gradient.style.standardDeviation == expected.parameters.weight)
  }

  @Test func emptyTensorsGiveEmptyResults() throws {
    let layer = AdaptiveInstanceNorm1d<Float>(3)
    let style = try StyleMoments(mean: [1, 2, 3], standardDeviation: [4, 5, 6])
    for shape in [TensorShape(0, 3, 5), TensorShape(2, 3, 0)] {
      #expect(try layer(Tensor3<Float>(shape: shape), style: style).shape == shape)
    }
  }

  @Test func errorsNameBothNumbers() throws {
    let layer = AdaptiveInstanceNorm1d<Float>(3, convention: .pytorchAdaIN)
    let content = Tensor3<Float>(shape: TensorShape(2, 3, 5))
    let style = try StyleMoments(mean: [1, 2, 3], standardDeviation: [4, 5, 6])
    #expect(throws: ShapeError("expected content of numFeatures (3) channels, found 4 in [2, 4, 5]")) {
      try layer(Tensor3<Float>(shape: TensorShape(2, 4, 5)), style: style)
    }
    #expect(throws: ShapeError("expected a style of numFeatures (3) channels, found 2")) {
      try layer(content, style: StyleMoments(mean: [1, 2], standardDeviation: [3, 4]))
    }
    #expect(throws: ShapeError("expected a style of 1 or 2 samples, found 3")) {
      try layer(content, style: Tensor3<Float>(shape: TensorShape(3, 3, 5)))
    }
    #expect(throws: ShapeError("expected a style of numFeatures (3) channels, found 1 in [1, 1, 5]")) {
      try layer(content, style: Tensor3<Float>(shape: TensorShape(1, 1, 5)))
    }
    #expect(throws: ShapeError("expected content statistics of 1 or 2 samples, found 4")) {
      try layer(content, style: style, contentStatistics: StyleStatistics(numFeatures: 3, batchSize: 4))
    }
    #expect(
      throws: ShapeError(
        "expected statistics of at least 2 values a channel for the unbiased estimator, found 0.0")
    ) {
      try layer(content, style: style, contentStatistics: StyleStatistics(numFeatures: 3))
    }
    #expect(
      throws: ShapeError(
        "expected rows of at least 2 positions for the unbiased estimator, found 1 in [2, 3, 1]")
    ) {
      try layer(Tensor3<Float>(shape: TensorShape(2, 3, 1)), style: style)
    }
    #expect(
      throws: ShapeError(
        "expected at least 2 values for the unbiased estimator in channel 0 of sample 0, found 1.0")
    ) {
      try layer(content, style: Tensor3<Float>(shape: TensorShape(1, 3, 1)))
    }
    var output = Tensor3<Float>(shape: TensorShape(2, 3, 6))
    #expect(throws: ShapeError("expected an output of the content's size [2, 3, 5], found [2, 3, 6]")) {
      try layer(content, style: style, into: &output)
    }
    #expect(throws: ShapeError("expected as many standard deviations as means (2), found 1")) {
      try StyleMoments(mean: [1, 2], standardDeviation: [1])
    }
    #expect(throws: ShapeError("expected a multiple of batchSize (2) means, found 3")) {
      try StyleMoments(mean: [1, 2, 3], standardDeviation: [1, 2, 3], batchSize: 2)
    }
    #expect(throws: ShapeError("expected a multiple of 2 · batchSize (4) values, found 6")) {
      try StyleMoments(meanThenStandardDeviation: [1, 2, 3, 4, 5, 6], batchSize: 2)
    }
  }
}
