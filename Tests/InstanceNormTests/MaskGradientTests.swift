import InstanceNorm
import Tensors
import Testing

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
          for l in 0..<shape.l where !mask.spans[n].contains(where: { $0.contains(l) }) {
            #expect(after[l] == (padding == .keep ? before[l] : 0))
            if padding == .bias {
              bias[c] += Double(before[l])
              padded += abs(Double(before[l]))
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
