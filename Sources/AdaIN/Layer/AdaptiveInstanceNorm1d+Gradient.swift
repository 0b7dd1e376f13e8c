import InstanceNorm
public import Tensors

extension AdaptiveInstanceNorm1d {
  /// Computes the gradients of content, style mean and style standard deviation from that of the output.
  ///
  /// With `x̂ = (x − μc) / σc`, `y = α · (σs · x̂ + μs) + (1 − α) · x` and the output's gradient g:
  /// the gradient of μs is `α · Σ g`, of σs `α · Σ g · x̂`, and of x
  /// `α · σs / σc · (g − mean(g) − (x − μc) · Σ g (x − μc) / D) + (1 − α) · g`, where D is n · σc² for the biased
  /// estimator, (n − 1) · σc² for the unbiased one, with eps as the ``convention`` places it. Through
  /// statistics that are handed in no gradient flows. Moments that all samples share collect the sums over samples.
  /// Where σc is 0, or a channel is preserved, the gradients follow what the layer does there.
  ///
  /// - Parameters:
  ///   - content: What the layer was called with, shape (N, C, L).
  ///   - style: The style it was called with.
  ///   - contentStatistics: The statistics it was called with, if any.
  ///   - outputGradient: The gradient of the output; of the content's shape.
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AdaINGradient<Scalar> {
    try checkGradient(content, style, contentStatistics, outputGradient)
    let gradient = try norm.gradient(
      at: content, swapping: swap(style, contentStatistics), outputGradient: outputGradient)
    return AdaINGradient(
      content: gradient.input, style: AdaINGradient<Scalar>.Style(gradient.parameters))
  }

  /// Writes the content's gradient into an existing tensor of the same shape and returns those of the style.
  ///
  /// - Throws: ShapeError as for the allocating form; `result` is then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func gradient(
    at content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    outputGradient: Tensor3<Scalar>, into result: inout Tensor3<Scalar>
  ) throws(ShapeError) -> AdaINGradient<Scalar>.Style {
    try checkGradient(content, style, contentStatistics, outputGradient)
    guard result.shape == content.shape else {
      throw ShapeError("expected an output of the content's size \(content.shape), found \(result.shape)")
    }
    let parameters = try norm.gradient(
      at: content, swapping: swap(style, contentStatistics), outputGradient: outputGradient, into: &result)
    return AdaINGradient<Scalar>.Style(parameters)
  }

  private func checkGradient(
    _ content: Tensor3<Scalar>, _ style: StyleMoments, _ statistics: StyleStatistics?,
    _ outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(content.shape, style, statistics)
    guard outputGradient.shape == content.shape else {
      throw ShapeError(
        "expected a gradient of the output's size \(content.shape), found \(outputGradient.shape)")
    }
  }
}

/// What the output gradient of AdaIN amounts to at its inputs: the vector-Jacobian product.
public struct AdaINGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the content, of the content's shape.
  public var content: Tensor3<Scalar>
  /// The gradients of the style's moments.
  public var style: Style

  /// The gradients of ``StyleMoments``, in the same order.
  public struct Style: Equatable, Sendable {
    /// The gradient of μs of channel c of sample n, at n · C + c: α · Σ g.
    public var mean: [Double]
    /// The gradient of σs of channel c of sample n, at n · C + c: α · Σ g · (x − μc) / σc.
    public var standardDeviation: [Double]

    /// The gradient of the activation's α, shape (C); nil for other activations.
    public var alpha: [Double]?

    /// Takes the gradients of bias and weight, which mean and standard deviation were swapped in for.
    init(_ parameters: AffineSwapGradient<Scalar>.Parameters) {
      mean = parameters.bias
      standardDeviation = parameters.weight
      alpha = parameters.alpha
    }
  }
}

extension AdaptiveInstanceNorm1d {
  /// Restyles every content towards every style: `result[content][style]`.
  ///
  /// Each content is measured once; the results are those of the single calls to the bit.
  ///
  /// - Throws: ShapeError as for the single calls.
  public func grid(
    _ contents: [Tensor3<Scalar>], styles: [StyleMoments]
  ) throws(ShapeError) -> [[Tensor3<Scalar>]] {
    var result: [[Tensor3<Scalar>]] = []
    for content in contents {
      let statistics = content.shape.c == numFeatures ? StyleStatistics(content, device: device) : nil
      var row: [Tensor3<Scalar>] = []
      for style in styles { row.append(try self(content, style: style, contentStatistics: statistics)) }
      result.append(row)
    }
    return result
  }

  /// Restyles every content towards the statistics of every style, with σs made as the ``convention`` says.
  ///
  /// - Throws: ShapeError as for the single calls.
  public func grid(
    _ contents: [Tensor3<Scalar>], styles: [StyleStatistics]
  ) throws(ShapeError) -> [[Tensor3<Scalar>]] {
    var moments: [StyleMoments] = []
    for style in styles { moments.append(try style.moments(convention.style)) }
    return try grid(contents, styles: moments)
  }
}
