import InstanceNorm
import Tensors
import Testing

/// The vector-Jacobian product against autograd, finite differences and the reference kernels.
@Suite struct GradientTests {
  struct Autograd: Decodable {
    struct Case: Decodable {
      let shape: [Int]
      let tracking: Bool
      let training: Bool
      let eps: Double
      let state: [String: [Double]]
      let input: [Double]
      let outputGradient: [Double]
      let inputGradient: [Double]
      let weightGradient: [Double]
      let biasGradient: [Double]
    }

    let cases: [Case]
  }

  /// - Parameter unit: The tolerance in units in the last place of values of magnitude 4: the weights' gradients are
  ///   sums of up to 120 terms of about that size, and the values of the fixtures were computed in `Double`.
  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, bound: Double) throws {
    let fixture: Autograd = try Fixture.decode("gradient")
    #expect(fixture.cases.count == 6)
    for item in fixture.cases {
      var norm = InstanceNorm1d<Scalar>(
        item.shape[1], eps: item.eps, affine: true, trackRunningStats: item.tracking)
      try norm.loadStateDictionary(
        item.state.mapValues { .values($0.map { Scalar($0) }) }, version: 1)
      let gradient = try norm.gradient(
        at: Tensor3(fixture: item.input, shape: item.shape),
        outputGradient: Tensor3(fixture: item.outputGradient, shape: item.shape),
        mode: item.training ? .training : .evaluation)
      let comment: Comment = "\(type) \(item.shape) \(item.tracking) \(item.training)"
      #expect(worstUlps(gradient.input.scalars, item.inputGradient, floor: 4) <= bound, comment)
      #expect(worstUlps(gradient.parameters.weight ?? [], item.weightGradient, floor: 4) <= bound, comment)
      #expect(worstUlps(gradient.parameters.bias ?? [], item.biasGradient, floor: 4) <= bound, comment)
    }
  }

  @Test func agreesWithAutograd() throws {
    try Self.check(Double.self, bound: 8)
    try Self.check(Float.self, bound: 2)
  }

  @Test(arguments: [false, true])
  func agreesWithFiniteDifferences(tracking: Bool) throws {
    let shape = TensorShape(2, 2, 9)
    let input = randomTensor(shape, mean: 1, seed: 21, as: Double.self)
    let outputGradient = randomTensor(shape, seed: 22, as: Double.self)
    var norm = InstanceNorm1d<Double>(2, eps: 0.01, affine: true, trackRunningStats: tracking)
    norm.weight = [1.7, -0.6]
    norm.bias = [0.4, 2]
    if tracking {
      norm.runningMean = [0.3, 1.4]
      norm.runningVar = [0.8, 2.2]
    }
    func loss(_ norm: InstanceNorm1d<Double>, _ input: Tensor3<Double>) throws -> Double {
      zip(try norm(input).scalars, outputGradient.scalars).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradient = try norm.gradient(at: input, outputGradient: outputGradient)
    // Central differences: an error of h² times a third derivative of order 1, and rounding of 1e-16 / h.
    let (h, tolerance) = (1e-5, 1e-8)
    for i in 0..<shape.count {
      var (up, down) = (input, input)
      up.withMutableScalars { $0[i] += h }
      down.withMutableScalars { $0[i] -= h }
      let slope = try (loss(norm, up) - loss(norm, down)) / (2 * h)
      #expect(abs(slope - gradient.input.scalars[i]) < tolerance)
    }
    for c in 0..<2 {
      var (up, down) = (norm, norm)
      up.weight?[c] += h
      down.weight?[c] -= h
      let slope = try (loss(up, input) - loss(down, input)) / (2 * h)
      #expect(abs(slope - (gradient.parameters.weight?[c] ?? .nan)) < tolerance)
      (up, down) = (norm, norm)
      up.bias?[c] += h
      down.bias?[c] -= h
      let biasSlope = try (loss(up, input) - loss(down, input)) / (2 * h)
      #expect(abs(biasSlope - (gradient.parameters.bias?[c] ?? .nan)) < tolerance)
    }
  }

  static func compareKernels<Scalar: TensorScalar>(_ type: Scalar.Type, length: Int) throws {
    let shape = TensorShape(2, 3, length)
    let input = randomTensor(shape, mean: 40, seed: 5, as: Scalar.self)
    let outputGradient = randomTensor(shape, seed: 6, as: Scalar.self)
    var fast = InstanceNorm1d<Scalar>(3, affine: true, conventions: .lucid)
    fast.weight = [0.5, -2, 1.25]
    var swift = fast
    swift.device = .cpu(threads: 1, kernels: .swift)
    let expected = try swift.gradient(at: input, outputGradient: outputGradient)
    let found = try fast.gradient(at: input, outputGradient: outputGradient)
    #expect(bits(found.input) == bits(expected.input), "\(type) \(length)")
    #expect(found.parameters == expected.parameters, "\(type) \(length)")
    // Into the output gradient's own memory.
    var inPlace = outputGradient
    let parameters = try fast.gradient(at: input, outputGradient: inPlace, into: &inPlace)
    #expect(bits(inPlace) == bits(expected.input) && parameters == expected.parameters)
  }

  @Test(arguments: [1, 2, 7, 8, 15, 16, 17, 33, 100, 1025])
  func sameBitsAsTheReference(length: Int) throws {
    try Self.compareKernels(Float.self, length: length)
    try Self.compareKernels(Double.self, length: length)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try Self.compareKernels(Float16.self, length: length)
    #endif
  }

  @Test func sameBitsForAnyNumberOfThreads() throws {
    let shape = TensorShape(3, 5, 40_003)
    let input = randomTensor(shape, mean: 2, seed: 31, as: Float.self)
    let outputGradient = randomTensor(shape, seed: 32, as: Float.self)
    func gradient(_ threads: Int) throws -> InstanceNormGradient<Float> {
      try InstanceNorm1d<Float>(5, affine: true, device: .cpu(threads: threads))
        .gradient(at: input, outputGradient: outputGradient)
    }
    let expected = try gradient(1)
    for threads in [2, 8] { #expect(try gradient(threads) == expected) }
  }

  @Test func specialRows() throws {
    // A constant row: without eps its gradient is 0, not NaN.
    let constant = Tensor3<Float>(shape: TensorShape(1, 1, 6), repeating: 3)
    let ramp = try Tensor3<Float>([[[1, -2, 3, 0, 5, 8]]])
    let flat = try InstanceNorm1d<Float>(1, eps: 0).gradient(at: constant, outputGradient: ramp)
    #expect(flat.input.scalars.allSatisfy { $0 == 0 })
    // NaN in x does not reach a gradient through given statistics, which does not depend on x.
    var poisoned = ramp
    poisoned[0, 0, 2] = .nan
    let norm = InstanceNorm1d<Float>(1, eps: 0, trackRunningStats: true)
    #expect(try norm.gradient(at: poisoned, outputGradient: ramp).input == ramp)
    // Empty input.
    let empty = Tensor3<Float>(shape: TensorShape(0, 2, 5))
    let none = try InstanceNorm1d<Float>(2, affine: true).gradient(at: empty, outputGradient: empty)
    #expect(none.input == empty && none.parameters.weight == [0, 0] && none.parameters.bias == [0, 0])
  }

  @Test func errorsNameExpectedAndFound() {
    let norm = InstanceNorm1d<Float>(2)
    let input = Tensor3<Float>(shape: TensorShape(1, 2, 5))
    #expect(throws: ShapeError("expected a gradient of the output's size [1, 2, 5], found [1, 2, 4]")) {
      try norm.gradient(at: input, outputGradient: Tensor3(shape: TensorShape(1, 2, 4)))
    }
    let tracking = InstanceNorm1d<Float>(2, trackRunningStats: true)
    let short = Tensor3<Float>(shape: TensorShape(1, 2, 1))
    #expect(
      throws: ShapeError("Expected more than 1 spatial element when training, got input size [1, 2, 1]")
    ) {
      try tracking.gradient(at: short, outputGradient: short, mode: .training)
    }
  }
}
