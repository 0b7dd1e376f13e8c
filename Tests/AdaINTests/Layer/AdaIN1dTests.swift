import AdaIN
import TestSupport
import Testing

/// The layer whose scale and shift come from a style vector.
@Suite struct AdaIN1dTests {
  /// A layer of C = 3 and S = 4 with values of no pattern.
  static func layer<Scalar: TensorScalar>(
    _ type: Scalar.Type = Scalar.self, norm: InstanceNorm1d<Scalar>? = nil,
    form: AdaIN1d<Scalar>.Form = .gammaBeta, order: AdaIN1d<Scalar>.Order = .scaleFirst
  ) throws -> AdaIN1d<Scalar> {
    var random = SplitMix64(state: 11)
    return try AdaIN1d(
      weight: (0..<24).map { _ in Scalar(random.normal() * 0.3) },
      bias: (0..<6).map { _ in Scalar(random.normal()) }, norm: norm, form: form, order: order)
  }

  static let style = [0.5, -1, 2, 0.25, 1, 1.5, -0.75, 3]

  /// W · s + b in plain loops.
  static func outputs(_ layer: AdaIN1d<Double>, _ style: ArraySlice<Double>) -> [Double] {
    let style = Array(style)
    return (0..<6).map { row in
      (0..<4).reduce(layer.bias[row]) { $0 + layer.weight[row * 4 + $1] * style[$1] }
    }
  }

  @Test func theFormulaByHand() throws {
    // γ = 2 · 3 − 1 = 5 and β = 0.5 · 3 + 4 = 5.5; x has mean 3 and variance 2.
    let layer = try AdaIN1d<Double>(
      weight: [2, 0.5], bias: [-1, 4], norm: InstanceNorm1d(1, eps: 2))
    let output = try layer(Tensor3([[[1, 2, 3, 4, 5]]]), style: [3])
    #expect(Array(output.scalars) == [-0.5, 2.5, 5.5, 8.5, 11.5])
  }

  @Test(arguments: AdaIN1d<Double>.Form.allCases, AdaIN1d<Double>.Order.allCases)
  func eachSampleHasItsStyle(form: AdaIN1d<Double>.Form, order: AdaIN1d<Double>.Order) throws {
    let content = try Tensor3<Double>.random(TensorShape(2, 3, 50), seed: 1)
    var norm = InstanceNorm1d<Double>(3, affine: true)
    norm.weight = [1.5, -2, 0.5]
    norm.bias = [0.25, 0, -3]
    for norm in [nil, norm] {
      let layer = try Self.layer(Double.self, norm: norm, form: form, order: order)
      let output = try layer(content, style: Self.style)
      for n in 0..<2 {
        let z = Self.outputs(layer, Self.style[n * 4..<n * 4 + 4])
        let normalized = try (norm ?? InstanceNorm1d(3))(content.sample(n).batched)
        for c in 0..<3 {
          let scale = z[order == .scaleFirst ? c : c + 3] + (form == .gammaBeta ? 1 : 0)
          let shift = z[order == .scaleFirst ? c + 3 : c]
          for l in 0..<50 {
            #expect(abs(output[n, c, l] - (scale * normalized[0, c, l] + shift)) <= 1e-13 * 50)
          }
        }
        let one = try layer(content.sample(n).batched, style: Array(Self.style[n * 4..<n * 4 + 4]))
        #expect(one == output.sample(n).batched)
      }
      var inPlace = content
      try layer(inPlace: &inPlace, style: Self.style)
      #expect(inPlace == output)
      let measured = StyleStatistics(content)
      #expect(try layer(content, style: Self.style, contentStatistics: measured) == output)
    }
  }

  /// Gradients against difference quotients of Σ g · y.
  @Test(arguments: AdaIN1d<Double>.Form.allCases, [false, true])
  func agreesWithFiniteDifferences(form: AdaIN1d<Double>.Form, masked: Bool) throws {
    let content = try Tensor3<Double>.random(TensorShape(2, 3, 7), seed: 2)
    let g = try Tensor3<Double>.random(TensorShape(2, 3, 7), seed: 3)
    var norm = InstanceNorm1d<Double>(3, affine: true)
    norm.weight = [1.5, -2, 0.5]
    norm.bias = [0.25, 0, -3]
    let mask = masked ? try PositionMask(lengths: [7, 4], length: 7) : nil
    let layer = try Self.layer(Double.self, norm: norm, form: form, order: .shiftFirst)
    func loss(_ layer: AdaIN1d<Double>, _ content: Tensor3<Double>, _ style: [Double]) throws -> Double {
      let output =
        if let mask {
          try layer(content, style: style, mask: mask, padding: .bias)
        } else {
          try layer(content, style: style)
        }
      return zip(output.scalars, g.scalars).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for style in [Self.style, Array(Self.style[..<4])] {
      let gradient = try layer.gradient(
        at: content, style: style, mask: mask, padding: .bias, outputGradient: g)
      func check(_ expected: Double, _ change: (Double) throws -> Double) throws {
        let slope = try (change(1e-5) - change(-1e-5)) / 2e-5
        #expect(abs(slope - expected) < 1e-6 * max(1, abs(expected)))
      }
      for i in style.indices {
        try check(gradient.style[i]) { step in
          var moved = style
          moved[i] += step
          return try loss(layer, content, moved)
        }
      }
      for i in layer.weight.indices {
        try check(gradient.weight[i]) { step in
          var (moved, weight) = (layer, layer.weight)
          weight[i] += step
          try moved.update(weight: weight, bias: layer.bias)
          return try loss(moved, content, style)
        }
      }
      for i in layer.bias.indices {
        try check(gradient.bias[i]) { step in
          var (moved, bias) = (layer, layer.bias)
          bias[i] += step
          try moved.update(weight: layer.weight, bias: bias)
          return try loss(moved, content, style)
        }
      }
      for i in content.scalars.indices {
        try check(gradient.content.scalars[i]) { step in
          var moved = content
          moved.withMutableScalars { $0[i] += step }
          return try loss(layer, moved, style)
        }
      }
    }
  }

  @Test func safetensorsKeepTheLayer() throws {
    var norm = InstanceNorm1d<Float>(3, affine: true, conventions: .onnx)
    norm.weight = [1.5, -2, 0.5]
    norm.bias = [0.25, 0, -3]
    for norm in [nil, norm] {
      let layer = try Self.layer(Float.self, norm: norm)
      var file = SafetensorsFile()
      file.store(layer, prefix: "decode.0.norm1.")
      #expect(file["decode.0.norm1.fc.weight"]?.shape == [6, 4])
      #expect(file.names.count == (norm == nil ? 2 : 4))
      let read = try SafetensorsFile(bytes: file.encoded())
      #expect(try read.adaIN1d(prefix: "decode.0.norm1.") == layer)
    }
  }

  @Test func errorsNameExpectedAndFound() throws {
    let layer = try Self.layer(Float.self)
    let content = Tensor3<Float>(shape: TensorShape(3, 3, 5))
    #expect(throws: ShapeError("expected style vectors of 4 components each, found 6 values")) {
      try layer(content, style: [1, 2, 3, 4, 5, 6])
    }
    #expect(throws: ShapeError("expected 1 or 3 style vectors of 4 components, found 2")) {
      try layer(content, style: [1, 2, 3, 4, 5, 6, 7, 8])
    }
    #expect(throws: ShapeError("expected a bias of 2C values for C of at least 1, found 3")) {
      try AdaIN1d<Float>(weight: [1, 2, 3], bias: [1, 2, 3])
    }
    #expect(throws: ShapeError("expected a weight of 4 · S values, found 6")) {
      try AdaIN1d<Float>(weight: [1, 2, 3, 4, 5, 6], bias: [1, 2, 3, 4])
    }
    #expect(throws: ShapeError("expected a norm of 2 channels, found 3")) {
      try AdaIN1d<Float>(weight: [1, 2, 3, 4], bias: [1, 2, 3, 4], norm: InstanceNorm1d(3))
    }
    var changed = layer
    #expect(throws: ShapeError("expected 24 weights and 6 biases, found 1 and 6")) {
      try changed.update(weight: [1], bias: layer.bias)
    }
    #expect(changed == layer)
    var file = SafetensorsFile()
    file["fc.bias"] = try StoredArray([1, 2, 3, 4] as [Float])
    file["fc.weight"] = try StoredArray([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    let error = #expect(throws: InterchangeError.self) { try file.adaIN1d(as: Float.self) }
    #expect(error?.reason == .shape && error?.key == "fc.weight")
    #expect(error?.expected == "shape [4, any]" && error?.found == "[3, 2]")
    #expect(throws: InterchangeError.self) { try file.adaIN1d(prefix: "other.", as: Float.self) }
    #expect(throws: InterchangeError.self) { try file.adaIN1d(as: Float.self, eps: -1) }
  }
}
