import Foundation
import InstanceNorm
import TestSupport
import Testing

/// What follows a norm in the same pass: the bits of two passes, and the functions themselves.
@Suite struct ActivationTests {
  static let alpha = [0.5, 3, -1.25, 0, 40]
  static let activations: [Activation] = [
    .relu, .leakyReLU(slope: 0.2), .snake(alpha: alpha), .leakyReLU(slope: -1.5),
  ]
  static let lengths = [1, 2, 7, 8, 9, 100, 511, 513, 4095, 4097, 9001]

  /// Fused passes against the norm followed by the activation, and C against Swift.
  private func check<Scalar: TensorScalar>(_ type: Scalar.Type, _ activation: Activation) throws {
    for length in Self.lengths {
      let shape = TensorShape(2, 5, length)
      let input = randomTensor(shape, mean: 2, seed: UInt64(length), as: Scalar.self)
      let residual = randomTensor(shape, seed: 1, as: Scalar.self)
      let mask = try PositionMask(lengths: [length, length / 2], length: length)
      for kernels in KernelChoice.allCases {
        let device = ComputeDevice.cpu(threads: 1, kernels: kernels)
        var norm = InstanceNorm1d<Scalar>(5, affine: true, conventions: .onnx, device: device)
        norm.weight = [1, -2, 0.5, 3, 1]
        norm.bias = [0, 1, -1, 0.25, 0]
        let swap = AffineSwap(
          weight: [1, 2, 3, 4, 5], bias: [0, 1, 2, 3, 4], strength: 0.75, skippedChannels: [1])
        var fused = norm
        fused.activation = activation
        func activated(_ tensor: Tensor3<Scalar>, by choice: KernelChoice = .swift) throws -> Tensor3<Scalar>
        {
          var result = tensor
          try activation(inPlace: &result, device: .cpu(threads: 1, kernels: choice))
          return result
        }
        let comment: Comment = "\(type) \(activation) \(length) \(kernels)"
        let expected = try activated(norm(input))
        #expect(try bits(fused(input)) == bits(expected), comment)
        #expect(try bits(activated(norm(input), by: kernels)) == bits(expected), comment)
        var output = Tensor3<Scalar>(shape: shape)
        try fused(input, into: &output)
        var inPlace = input
        try fused(inPlace: &inPlace)
        #expect(bits(output) == bits(expected) && bits(inPlace) == bits(expected), comment)
        var (trained, plain) = (fused, norm)
        #expect(try bits(trained.trainingStep(input)) == bits(activated(plain.trainingStep(input))), comment)
        // Skipped rows are activated as well, as they are where the activation comes later.
        #expect(
          try bits(fused(input, swapping: swap)) == bits(activated(norm(input, swapping: swap))), comment)
        try fused(input, swapping: swap, adding: residual, into: &output)
        let unadded = try activated(norm(input, swapping: swap))
        #expect(output.scalars.elementsEqual(zip(unadded.scalars, residual.scalars).map { $0 + $1 }))
        for padding in PaddingRule.allCases {
          let masked = try fused(input, mask: mask, padding: padding)
          let separate = try norm(input, mask: mask, padding: padding)
          let after = try activated(separate)
          for n in 0..<2 {
            for c in 0..<5 {
              let kept = padding == .keep ? mask.validCounts[n] : length
              #expect(
                masked.row(n, c) == after.row(n, c).prefix(kept) + separate.row(n, c).dropFirst(kept))
            }
          }
        }
      }
    }
  }

  @Test(arguments: activations) func fusedIsTwoPasses(activation: Activation) throws {
    try check(Float.self, activation)
    try check(Double.self, activation)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try check(Float16.self, activation)
    #endif
  }

  /// Large results are written past the caches, on several threads.
  @Test func largeTensors() throws {
    let input = randomTensor(TensorShape(2, 5, 500_003), seed: 3, as: Float.self)
    var norm = InstanceNorm1d<Float>(5)
    var expected = try norm(input)
    try Activation.snake(alpha: Self.alpha)(inPlace: &expected, device: .cpu(threads: 1, kernels: .swift))
    norm.activation = .snake(alpha: Self.alpha)
    #expect(try bits(norm(input)) == bits(expected))
  }

  @Test func reluAndLeakyReLUByHand() throws {
    var values = try Tensor3<Float>([[[-2, -0.5, 0, 3, .infinity, -.infinity]]])
    try Activation.leakyReLU(slope: 0.25)(inPlace: &values)
    #expect(Array(values.scalars) == [-0.5, -0.125, 0, 3, .infinity, -.infinity])
    try Activation.relu(inPlace: &values)
    #expect(Array(values.scalars) == [0, 0, 0, 3, .infinity, 0])
    var missing = Tensor3<Float>(shape: TensorShape(1, 1, 9), repeating: .nan)
    for activation in [Activation.relu, .leakyReLU(slope: 0.1), .snake(alpha: [2])] {
      try activation(inPlace: &missing)
      #expect(missing.scalars.allSatisfy { $0.isNaN })
    }
  }

  /// x + sin²(αx) / α against `Double` arithmetic, for arguments far beyond those of networks.
  @Test(arguments: [0.01, 1, 100, 1e5]) func snakeIsAccurate(scale: Double) throws {
    let input = randomTensor(TensorShape(1, 5, 4000), std: scale, seed: 7, as: Float.self)
    var output = input
    try Activation.snake(alpha: Self.alpha)(inPlace: &output)
    for c in 0..<5 {
      let alpha = Self.alpha[c]
      for l in 0..<4000 {
        let x = input[0, c, l]
        let sine = sin(Double(x) * alpha)
        let expected = Double(x) + (alpha == 0 ? 0 : sine * sine / alpha)
        let allowed = 2e-7 / max(abs(alpha), 1e-9) + Double(x.magnitude) * 0x1p-23
        #expect(abs(Double(output[0, c, l]) - expected) <= (alpha == 0 ? 0 : allowed))
      }
    }
  }

  /// An α so small that 1 / α leaves the range of the type is one of 0; sin² stays bounded for any value.
  @Test func snakeAtTheEndsOfTheRange() throws {
    var narrow = try Tensor3<Float>([[[-3, 0, 1e30, .infinity]], [[2, -1, -1e38, 5]]])
    let before = Array(narrow.scalars)
    try Activation.snake(alpha: [1e-40])(inPlace: &narrow)
    #expect(Array(narrow.scalars) == before)
    var wide = try Tensor3<Double>([[[-3, 0, 1e300]]])
    let wideBefore = Array(wide.scalars)
    try Activation.snake(alpha: [.leastNonzeroMagnitude])(inPlace: &wide)
    #expect(Array(wide.scalars) == wideBefore)
    for kernels in KernelChoice.allCases {
      var values = randomTensor(TensorShape(1, 2, 1000), std: 1e12, seed: 5, as: Float.self)
      let original = values
      try Activation.snake(alpha: [1, 1e-12])(inPlace: &values, device: .cpu(threads: 1, kernels: kernels))
      for l in 0..<1000 {
        #expect(values[0, 0, l] - original[0, 0, l] <= original[0, 0, l].ulp)
        #expect(values[0, 0, l] >= original[0, 0, l])
        #expect(abs(Double(values[0, 1, l] - original[0, 1, l])) <= 1.0001e12)
      }
    }
  }

  /// Gradients against difference quotients of Σ g · y, α included.
  @Test(arguments: activations, [nil, PaddingRule.bias, .keep])
  func agreesWithFiniteDifferences(activation: Activation, padding: PaddingRule?) throws {
    let shape = TensorShape(2, 5, 6)
    let input = randomTensor(shape, mean: 1, seed: 8, as: Double.self)
    let g = randomTensor(shape, seed: 9, as: Double.self)
    let mask = try PositionMask(lengths: [6, 4], length: 6)
    let swap = AffineSwap(weight: [1, 2, 3, 4, 0.5], bias: [0.1, 1, -2, 3, 0.4], strength: 0.75)
    var norm = InstanceNorm1d<Double>(5)
    norm.activation = activation
    func loss(_ norm: InstanceNorm1d<Double>, _ input: Tensor3<Double>, _ swap: AffineSwap) throws -> Double {
      let output =
        if let padding {
          try norm(input, swapping: swap, mask: mask, padding: padding)
        } else {
          try norm(input, swapping: swap)
        }
      return zip(output.scalars, g.scalars).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradient =
      if let padding {
        try norm.gradient(at: input, swapping: swap, mask: mask, padding: padding, outputGradient: g)
      } else {
        try norm.gradient(at: input, swapping: swap, outputGradient: g)
      }
    func check(_ expected: Double, _ change: (Double) throws -> Double) throws {
      let slope = try (change(1e-6) - change(-1e-6)) / 2e-6
      #expect(abs(slope - expected) < 1e-5 * max(1, abs(expected)), "\(activation)")
    }
    for i in 0..<shape.count {
      try check(gradient.input.scalars[i]) { step in
        var moved = input
        moved.withMutableScalars { $0[i] += step }
        return try loss(norm, moved, swap)
      }
    }
    for c in 0..<5 {
      try check(gradient.parameters.weight[c]) { step in
        var moved = swap
        moved.weight[c] += step
        return try loss(norm, input, moved)
      }
      try check(gradient.parameters.bias[c]) { step in
        var moved = swap
        moved.bias[c] += step
        return try loss(norm, input, moved)
      }
    }
    guard case .snake(let alpha) = activation else {
      #expect(gradient.parameters.alpha == nil)
      return
    }
    for c in 0..<5 where alpha[c] != 0 {
      try check(gradient.parameters.alpha?[c] ?? .nan) { step in
        var (moved, changed) = (norm, alpha)
        changed[c] += step
        moved.activation = .snake(alpha: changed)
        return try loss(moved, input, swap)
      }
    }
  }

  @Test func theConfigurationKeepsIt() throws {
    for activation in Self.activations {
      var norm = InstanceNorm1d<Float>(5)
      norm.activation = activation
      let data = try JSONEncoder().encode(norm.configuration)
      let decoded = try JSONDecoder().decode(InstanceNormConfiguration.self, from: data)
      #expect(try InstanceNorm1d<Float>(checking: decoded) == norm)
    }
  }

  @Test func errorsNameExpectedAndFound() throws {
    var tensor = Tensor3<Float>(shape: TensorShape(1, 2, 3))
    #expect(throws: ShapeError("expected 2 values of α, found 1")) {
      try Activation.snake(alpha: [1])(inPlace: &tensor)
    }
    #expect(throws: ShapeError("expected a finite slope, found nan")) {
      try Activation.leakyReLU(slope: .nan)(inPlace: &tensor)
    }
    let norm = InstanceNorm1d<Float>(2)
    var output = tensor
    #expect(throws: ShapeError("expected a residual of the input's size [1, 2, 3], found [1, 2, 4]")) {
      try norm(
        tensor, swapping: AffineSwap(weight: [1, 1], bias: [0, 0]),
        adding: Tensor3(shape: TensorShape(1, 2, 4)), into: &output)
    }
    var configuration = InstanceNormConfiguration(numFeatures: 2)
    configuration.activation = .snake(alpha: [1, .infinity])
    #expect(throws: ParameterError.self) { try InstanceNorm1d<Float>(checking: configuration) }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Activation.self, from: Data(#"{"kind": "leakyReLU"}"#.utf8))
    }
  }
}
