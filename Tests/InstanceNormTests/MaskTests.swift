import InstanceNorm
import Tensors
import TestSupport
import Testing

@Suite struct MaskTests {
  /// The valid values of sample n as a tensor of their own.
  static func alone<Scalar>(_ input: Tensor3<Scalar>, _ mask: PositionMask, _ n: Int) throws -> Tensor3<
    Scalar
  > {
    try Tensor3([
      (0..<input.shape.c).map { c in
        let row = Array(input.row(n, c))
        return mask.spans[n].flatMap { row[$0] }
      }
    ])
  }

  static func scattered(_ shape: TensorShape) throws -> PositionMask {
    var generator = SplitMix64(state: 77)
    return try PositionMask((0..<shape.n).map { _ in (0..<shape.l).map { _ in generator.next() % 3 > 0 } })
  }

  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, _ mask: PositionMask, _ shape: TensorShape)
    throws
  {
    let input = randomTensor(shape, mean: 30, seed: 3, as: Scalar.self)
    var norm = InstanceNorm1d<Scalar>(shape.c, affine: true)
    norm.weight = (0..<shape.c).map { Scalar(0.5 + Double($0)) }
    norm.bias = (0..<shape.c).map { Scalar(1 - Double($0)) }
    let padded = (0..<shape.n).map { positions(outside: mask.spans[$0], count: shape.l) }
    for padding in PaddingRule.allCases {
      let output = try norm(input, mask: mask, padding: padding)
      var into = Tensor3<Scalar>(shape: shape, repeating: .nan)
      try norm(input, mask: mask, padding: padding, into: &into)
      #expect(bits(into) == bits(output))
      for n in 0..<shape.n {
        // Bit for bit what the sample's valid values give on their own.
        #expect(
          try bits(Self.alone(output, mask, n)) == bits(norm(Self.alone(input, mask, n))), "\(type) \(n)")
        for c in 0..<shape.c {
          let (before, after) = (Array(input.row(n, c)), Array(output.row(n, c)))
          let constant: Scalar? = [.zero: 0, .bias: norm.bias?[c] ?? .nan][padding]
          #expect(padded[n].map { after[$0] } == padded[n].map { constant ?? before[$0] })
        }
      }
    }
  }

  @Test func equalsEachSampleAlone() throws {
    let shape = TensorShape(4, 3, 1500)
    for mask in [
      try PositionMask(lengths: [1500, 17, 0, 1029], length: 1500), try Self.scattered(shape),
    ] {
      try Self.check(Float.self, mask, shape)
      try Self.check(Double.self, mask, shape)
    }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    let short = TensorShape(2, 3, 100)
    try Self.check(Float16.self, Self.scattered(short), short)
    #endif
  }

  @Test func paddingIsNeverRead() throws {
    let clean = try Tensor3<Float>([[[1, 2, 4, 0, 0]], [[3, 5, 0, 0, 0]]])
    let dirty = try Tensor3<Float>([[[1, 2, 4, .nan, .infinity]], [[3, 5, .nan, 1e38, -1]]])
    let norm = InstanceNorm1d<Float>(1)
    #expect(
      try norm(dirty, lengths: [3, 2], padding: .zero) == norm(clean, lengths: [3, 2], padding: .zero))
  }

  @Test func runningStatisticsComeFromValidPositions() throws {
    let input = randomTensor(TensorShape(3, 2, 60), mean: 2, seed: 8, as: Double.self)
    let mask = try PositionMask(lengths: [60, 0, 23], length: 60)
    for conventions in InstanceNormConventions.allCases {
      var masked = InstanceNorm1d<Double>(2, momentum: 1, trackRunningStats: true, conventions: conventions)
      _ = try masked.trainingStep(input, mask: mask)
      let moments = [0, 2].map { n in
        (0..<2).map { c in
          Array(input.row(n, c)[..<(input.row(n, c).startIndex + (n == 0 ? 60 : 23))])
            .withUnsafeBufferPointer { RowKernel.moments(of: $0) }
        }
      }
      for c in 0..<2 {
        let (first, second) = (moments[0][c], moments[1][c])
        let pooled = first.merged(with: second)
        let mean = conventions == .lucid ? pooled.mean : (first.mean + second.mean) / 2
        let variance =
          conventions == .lucid
          ? pooled.variance : (first.unbiasedVariance + second.unbiasedVariance) / 2
        #expect(abs((masked.runningMean?[c] ?? .nan) - mean) < 1e-14)
        #expect(abs((masked.runningVar?[c] ?? .nan) - variance) < 1e-14)
      }
      // A batch without any valid position changes nothing.
      let before = masked
      _ = try masked.trainingStep(input, lengths: [0, 0, 0])
      #expect(masked == before)
    }
  }

  @Test func evaluationWithRunningStatistics() throws {
    let norm = InstanceNorm1d<Double>(1, eps: 0, trackRunningStats: true)
    let input = try Tensor3<Double>([[[5, 6, 7]]])
    #expect(Array(try norm(input, lengths: [1], padding: .zero).scalars) == [5, 0, 0])
  }

  @Test func spansOfAMask() throws {
    let mask = try PositionMask([[true, true, false, true], [false, false, false, false]])
    #expect(mask.spans == [[0..<2, 3..<4], []])
    #expect(mask.validCounts == [3, 0])
    #expect(try PositionMask(lengths: [2, 0], length: 4).spans == [[0..<2], []])
  }

  @Test func errorsNameExpectedAndFound() {
    let norm = InstanceNorm1d<Float>(2)
    let input = Tensor3<Float>(shape: TensorShape(2, 2, 5))
    #expect(throws: ShapeError("expected lengths from 0 to 5, found 6 for sample 1")) {
      try norm(input, lengths: [5, 6])
    }
    #expect(throws: ShapeError("expected lengths from 0 to 5, found -1 for sample 0")) {
      try norm(input, lengths: [-1, 6])
    }
    #expect(throws: ShapeError("expected a mask of size [2, 5], found [3, 5]")) {
      try norm(input, lengths: [5, 5, 5])
    }
    #expect(throws: ShapeError("expected a mask of length 2 for sample 1, found 1")) {
      try PositionMask([[true, false], [true]])
    }
    #expect(
      throws: ShapeError(
        "Expected more than 1 spatial element when training, got 1 valid position in sample 1 of input size [2, 2, 5]"
      )
    ) {
      try norm(input, lengths: [5, 1])
    }
  }
}

/// Gradients of masked calls, against each sample's valid values alone and against finite differences.
@Suite struct MaskGradientTests {
  static func layer<Scalar: TensorScalar>(_ channels: Int, tracking: Bool, _ type: Scalar.Type)
    -> InstanceNorm1d<
      Scalar
    >
  {
    var norm = InstanceNorm1d<Scalar>(channels, affine: true, trackRunningStats: tracking)
    norm.weight = (0..<channels).map { Scalar(0.5 + Double($0)) }
    norm.bias = (0..<channels).map { Scalar(1 - Double($0)) }
    if tracking {
      norm.runningMean = (0..<channels).map { Scalar(0.2 * Double($0)) }
      norm.runningVar = (0..<channels).map { Scalar(1 + Double($0)) }
    }
    return norm
  }

  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, _ mask: PositionMask, tracking: Bool) throws {
    let shape = TensorShape(mask.spans.count, 3, mask.length)
    let input = randomTensor(shape, mean: 30, seed: 3, as: Scalar.self)
    let outputGradient = randomTensor(shape, seed: 4, as: Scalar.self)
    let norm = layer(3, tracking: tracking, Scalar.self)
    let outside = (0..<shape.n).map { positions(outside: mask.spans[$0], count: shape.l) }
    for padding in PaddingRule.allCases {
      let found = try norm.gradient(at: input, mask: mask, padding: padding, outputGradient: outputGradient)
      var weight = [Double](repeating: 0, count: 3)
      var bias = weight
      var largest = 1.0
      var padded = 0.0
      for n in 0..<shape.n {
        let valid = try MaskTests.alone(input, mask, n)
        let gradient = try norm.gradient(at: valid, outputGradient: MaskTests.alone(outputGradient, mask, n))
        #expect(try bits(MaskTests.alone(found.input, mask, n)) == bits(gradient.input), "\(type) \(n)")
        for c in 0..<3 {
          weight[c] += Double(gradient.parameters.weight?[c] ?? .nan)
          bias[c] += Double(gradient.parameters.bias?[c] ?? .nan)
          largest = max(largest, abs(Double(gradient.parameters.weight?[c] ?? .nan)))
          let (before, after) = (Array(outputGradient.row(n, c)), Array(found.input.row(n, c)))
          let passed = outside[n].map { before[$0] }
          #expect(outside[n].map { after[$0] } == passed.map { padding == .keep ? $0 : 0 })
          if padding == .bias {
            for value in passed {
              bias[c] += Double(value)
              padded += abs(Double(value))
            }
          }
        }
      }
      // Four parts, each rounded by half a unit in the last place of the largest.
      #expect(worstUlps(found.parameters.weight ?? [], weight, floor: largest) <= 2.5)
      #expect(worstUlps(found.parameters.bias ?? [], bias, floor: largest + padded) <= 2.5)
    }
  }

  @Test(arguments: [false, true])
  func equalsEachSampleAlone(tracking: Bool) throws {
    let shape = TensorShape(4, 3, 700)
    for mask in [try PositionMask(lengths: [700, 17, 0, 299], length: 700), try MaskTests.scattered(shape)] {
      try Self.check(Float.self, mask, tracking: tracking)
      try Self.check(Double.self, mask, tracking: tracking)
    }
  }

  @Test func agreesWithFiniteDifferences() throws {
    let shape = TensorShape(2, 1, 8)
    let mask = try PositionMask([
      [true, false, true, true, true, false, true, true],
      [false, true, true, true, false, false, true, false],
    ])
    let input = randomTensor(shape, mean: 1, seed: 8, as: Double.self)
    let outputGradient = randomTensor(shape, seed: 9, as: Double.self)
    let norm = Self.layer(1, tracking: false, Double.self)
    for padding in PaddingRule.allCases {
      func loss(_ input: Tensor3<Double>) throws -> Double {
        let output = try norm(input, mask: mask, padding: padding)
        return zip(output.scalars, outputGradient.scalars).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let gradient = try norm.gradient(
        at: input, mask: mask, padding: padding, outputGradient: outputGradient)
      for i in 0..<shape.count {
        var (up, down) = (input, input)
        up.withMutableScalars { $0[i] += 1e-5 }
        down.withMutableScalars { $0[i] -= 1e-5 }
        // Central differences: an error of h² times a third derivative of order 1, and rounding of 1e-16 / h.
        #expect(abs((try loss(up) - loss(down)) / 2e-5 - gradient.input.scalars[i]) < 1e-8)
      }
    }
  }

  @Test func errorsNameExpectedAndFound() throws {
    let norm = InstanceNorm1d<Float>(1)
    let input = Tensor3<Float>(shape: TensorShape(1, 1, 4))
    let mask = try PositionMask(lengths: [3], length: 4)
    #expect(throws: ShapeError("expected a gradient of the output's size [1, 1, 4], found [1, 1, 5]")) {
      try norm.gradient(at: input, mask: mask, outputGradient: Tensor3(shape: TensorShape(1, 1, 5)))
    }
    #expect(throws: ShapeError("expected a mask of size [1, 4], found [1, 5]")) {
      try norm.gradient(at: input, mask: PositionMask(lengths: [3], length: 5), outputGradient: input)
    }
  }
}
