public import InstanceNorm
public import Tensors

/// AdaIN with a learned linear map, which makes the scale and shift of each channel from a style vector.
///
/// `y = (1 + γ) · IN(x) + β` with `[γ ‖ β] = W · s + b`, as in StyleTTS2 and Kokoro, or `y = σ · IN(x) + μ` with
/// `[σ ‖ μ] = W · s + b`, or with the halves in the other order.
///
/// | symbol | shape | |
/// |---|---|---|
/// | x, y | (N, C, L) | content and output |
/// | s | (N, S), or (1, S) shared by all samples | style vectors; component d of sample n stands at n · S + d |
/// | W | (2C, S), row-major | ``weight``, as `nn.Linear` has it |
/// | b | (2C) | ``bias`` |
///
/// IN is ``norm``, by default with the biased variance and eps 1e-5. Where the norm has a weight w and bias v of its
/// own, as Kokoro's has, IN(x) is `w · x̂ + v`. Products and sums of the linear map are in `Double`.
///
/// Source: Li and others, *StyleTTS 2*, 2023 (arXiv 2306.07691), `Modules/istftnet.py` of its code.
public struct AdaIN1d<Scalar: TensorScalar>: Hashable, Sendable {
  /// The meaning of the linear map's outputs.
  public enum Form: String, Hashable, Sendable, Codable, CaseIterable {
    /// γ and β: the scale is 1 + γ.
    case gammaBeta
    /// σ and μ: the scale is σ.
    case sigmaMu
  }

  /// Which half of the linear map's 2C outputs comes first.
  public enum Order: String, Hashable, Sendable, Codable, CaseIterable {
    /// γ or σ, then β or μ.
    case scaleFirst
    /// β or μ, then γ or σ.
    case shiftFirst
  }

  /// The number of components S of a style vector.
  public let styleSize: Int
  /// The number of channels C.
  public var numFeatures: Int { norm.numFeatures }
  /// The meaning of the linear map's outputs.
  public let form: Form
  /// Which half of the linear map's outputs comes first.
  public let order: Order
  /// The norm that is called with the scale and shift; its weight and bias, if any, are applied before them.
  public private(set) var norm: InstanceNorm1d<Scalar>
  /// W, of shape (2C, S), row-major.
  public private(set) var weight: [Scalar]
  /// b, of shape (2C).
  public private(set) var bias: [Scalar]

  /// The activation that the ``norm`` applies in the same pass; nil for none.
  public var activation: Activation? {
    get { norm.activation }
    set { norm.activation = newValue }
  }

  /// Where the layer computes, and with how many threads.
  public var device: ComputeDevice {
    get { norm.device }
    set { norm.device = newValue }
  }

  /// Creates a layer from its linear map.
  ///
  /// - Parameters:
  ///   - weight: W, of shape (2C, S), row-major.
  ///   - bias: b, of shape (2C).
  ///   - norm: The norm to call; nil makes an `InstanceNorm1d` with eps 1e-5 that accepts rows of a single position.
  ///   - form: The meaning of the linear map's outputs.
  ///   - order: Which half of the outputs comes first.
  ///   - device: Where the layer computes; a given `norm` has a device of its own.
  /// - Throws: ShapeError where the number of values in the bias is not 2C with C ≥ 1, where that in the weight is no
  ///   multiple of 2C, or where the norm does not have C channels.
  public init(
    weight: [Scalar], bias: [Scalar], norm: InstanceNorm1d<Scalar>? = nil, form: Form = .gammaBeta,
    order: Order = .scaleFirst, device: ComputeDevice = .cpu
  ) throws(ShapeError) {
    guard !bias.isEmpty, bias.count.isMultiple(of: 2) else {
      throw ShapeError("expected a bias of 2C values for C of at least 1, found \(bias.count)")
    }
    guard weight.count.isMultiple(of: bias.count) else {
      throw ShapeError("expected a weight of \(bias.count) · S values, found \(weight.count)")
    }
    let channels = bias.count / 2
    if let norm, norm.numFeatures != channels {
      throw ShapeError("expected a norm of \(channels) channels, found \(norm.numFeatures)")
    }
    styleSize = weight.count / bias.count
    self.norm = norm ?? InstanceNorm1d(channels, conventions: .onnx, device: device)
    self.form = form
    self.order = order
    self.weight = weight
    self.bias = bias
  }

  /// Replaces the linear map by one of the same shape, as in a step of training.
  ///
  /// - Throws: ShapeError where a number of values differs; the layer is then unchanged.
  public mutating func update(weight: [Scalar], bias: [Scalar]) throws(ShapeError) {
    guard weight.count == self.weight.count, bias.count == self.bias.count else {
      throw ShapeError(
        "expected \(self.weight.count) weights and \(self.bias.count) biases, "
          + "found \(weight.count) and \(bias.count)")
    }
    self.weight = weight
    self.bias = bias
  }

  /// The scale and shift that style vectors give, as moments: σs for the scale, μs for the shift.
  ///
  /// - Parameter style: N · S components, sample by sample.
  /// - Throws: ShapeError where their number is no positive multiple of S.
  public func moments(of style: [Scalar]) throws(ShapeError) -> StyleMoments {
    let samples = try sampleCount(style)
    let channels = numFeatures
    var (means, deviations) = ([Double](), [Double]())
    means.reserveCapacity(samples * channels)
    deviations.reserveCapacity(samples * channels)
    for n in 0..<samples {
      let outputs = linear(style, sample: n)
      for c in 0..<channels {
        let (factor, shift) = affine(outputs, c)
        let (own, ownShift) = normAffine(c)
        deviations.append(factor * own)
        means.append(ownShift == 0 ? shift : factor * ownShift + shift)
      }
    }
    return try StyleMoments(mean: means, standardDeviation: deviations, batchSize: samples)
  }

  /// Gives content of shape (N, C, L) the scale and shift of a style vector.
  ///
  /// - Parameters:
  ///   - content: The content x.
  ///   - style: Style vectors, N · S components or S.
  ///   - contentStatistics: The statistics of the content, of shape (N, C) or (1, C), if they were measured before, as
  ///     for causal processing; nil takes each row's own.
  /// - Throws: ShapeError where a size differs.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: [Scalar], contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try norm(content, swapping: swap(content.shape, moments(of: style), contentStatistics))
  }

  /// Gives a tensor the scale and shift of a style vector, in place.
  ///
  /// - Throws: ShapeError as for the allocating form; `content` is then unchanged.
  public func callAsFunction(
    inPlace content: inout Tensor3<Scalar>, style: [Scalar], contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) {
    try norm(inPlace: &content, swapping: swap(content.shape, moments(of: style), contentStatistics))
  }

  /// Gives the valid positions of content the scale and shift of a style vector, as ``AdaptiveInstanceNorm1d`` with a
  /// mask.
  ///
  /// - Parameters:
  ///   - content: The content x.
  ///   - style: Style vectors, N · S components or S.
  ///   - contentStatistics: Statistics in place of each row's own.
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: The rule for positions that are not valid.
  /// - Throws: ShapeError as without a mask, and where the mask does not fit.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: [Scalar], contentStatistics: StyleStatistics? = nil,
    mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try norm(
      content, swapping: swap(content.shape, moments(of: style), contentStatistics), mask: mask,
      padding: padding)
  }

  /// The swap with which the norm is called.
  func swap(
    _ content: TensorShape, _ moments: StyleMoments, _ statistics: StyleStatistics?
  ) throws(ShapeError) -> AffineSwap {
    guard moments.batchSize == 1 || moments.batchSize == content.n else {
      throw ShapeError(
        "expected \(content.n == 1 ? "1 style vector" : "1 or \(content.n) style vectors") of \(styleSize) "
          + "components, found \(moments.batchSize)")
    }
    return AffineSwap(
      weight: moments.standardDeviation, bias: moments.mean, statistics: statistics?.channels)
  }

  /// The number of style vectors.
  func sampleCount(_ style: [Scalar]) throws(ShapeError) -> Int {
    guard styleSize > 0, !style.isEmpty, style.count.isMultiple(of: styleSize) else {
      throw ShapeError("expected style vectors of \(styleSize) components each, found \(style.count) values")
    }
    return style.count / styleSize
  }

  /// W · s + b of one sample.
  private func linear(_ style: [Scalar], sample: Int) -> [Double] {
    let vector = style[sample * styleSize..<(sample + 1) * styleSize].map { Double($0) }
    return bias.indices.map { row in
      var sum = 0.0
      for d in 0..<styleSize { sum += Double(weight[row * styleSize + d]) * vector[d] }
      return sum + Double(bias[row])
    }
  }

  /// The factor and shift of a channel among the linear map's outputs.
  private func affine(_ outputs: [Double], _ c: Int) -> (factor: Double, shift: Double) {
    let (scaleAt, shiftAt) = places(c)
    return (form == .gammaBeta ? 1 + outputs[scaleAt] : outputs[scaleAt], outputs[shiftAt])
  }

  /// The indices of a channel's scale and shift among the linear map's outputs.
  func places(_ c: Int) -> (scale: Int, shift: Int) {
    order == .scaleFirst ? (c, numFeatures + c) : (numFeatures + c, c)
  }

  /// The norm's own weight and bias of a channel.
  func normAffine(_ c: Int) -> (weight: Double, bias: Double) {
    (norm.weight.map { Double($0[c]) } ?? 1, norm.bias.map { Double($0[c]) } ?? 0)
  }
}

/// The gradients of an ``AdaIN1d``'s inputs and parameters: the vector-Jacobian product of its output's gradient.
public struct AdaIN1dGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the content, of the content's shape.
  public var content: Tensor3<Scalar>
  /// The gradient of the style vectors, as many values as they have.
  public var style: [Double]
  /// The gradient of W, of shape (2C, S), row-major.
  public var weight: [Double]
  /// The gradient of b, of shape (2C).
  public var bias: [Double]
  /// The gradient of the activation's α, shape (C); nil for other activations.
  public var alpha: [Double]?
}

extension AdaIN1d {
  /// Computes the gradients of content, style vectors, weight and bias from that of the output.
  ///
  /// With z = W · s + b for each sample: ∂W = Σ ∂z · sᵀ over samples, ∂b = Σ ∂z over samples, ∂s = Wᵀ · ∂z. ∂z consists
  /// of the gradients of scale and shift, which are those of ``AdaptiveInstanceNorm1d``. The norm's own weight and bias
  /// are held fixed. The gradient of a style vector that all samples share is the sum over samples.
  ///
  /// - Parameters:
  ///   - content: The content of the call, shape (N, C, L).
  ///   - style: The style vectors of the call.
  ///   - contentStatistics: The statistics of the call, if any; no gradient flows through them.
  ///   - mask: The mask of the call, if any.
  ///   - padding: The padding rule of the call.
  ///   - outputGradient: The gradient of the output, of the content's shape.
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at content: Tensor3<Scalar>, style: [Scalar], contentStatistics: StyleStatistics? = nil,
    mask: PositionMask? = nil, padding: PaddingRule = .keep, outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AdaIN1dGradient<Scalar> {
    let swap = try swap(content.shape, moments(of: style), contentStatistics)
    let inner: AffineSwapGradient<Scalar>
    if let mask {
      inner = try norm.gradient(
        at: content, swapping: swap, mask: mask, padding: padding, outputGradient: outputGradient)
    } else {
      inner = try norm.gradient(at: content, swapping: swap, outputGradient: outputGradient)
    }
    var result = AdaIN1dGradient(
      content: inner.input, style: Array(repeating: 0, count: style.count),
      weight: Array(repeating: 0, count: weight.count), bias: Array(repeating: 0, count: bias.count),
      alpha: inner.parameters.alpha)
    for n in 0..<style.count / styleSize {
      add(inner.parameters, style, sample: n, to: &result)
    }
    return result
  }

  /// Adds one style vector's share of the gradients of the linear map.
  private func add(
    _ parameters: AffineSwapGradient<Scalar>.Parameters, _ style: [Scalar], sample: Int,
    to result: inout AdaIN1dGradient<Scalar>
  ) {
    for c in 0..<numFeatures {
      let at = sample * numFeatures + c
      let (own, ownShift) = normAffine(c)
      let shift = parameters.bias[at]
      let scale = parameters.weight[at] * own + shift * ownShift
      let places = places(c)
      for (row, gradient) in [(places.scale, scale), (places.shift, shift)] {
        result.bias[row] += gradient
        for d in 0..<styleSize {
          let place = row * styleSize + d
          result.weight[place] += gradient * Double(style[sample * styleSize + d])
          result.style[sample * styleSize + d] += gradient * Double(weight[place])
        }
      }
    }
  }
}
