import InstanceNorm
public import Tensors

extension AdaptiveInstanceNorm1d {
  /// Computes the gradients of content, style mean and style standard deviation from that of the output.
  ///
  /// With `x̂ = (x − μc) / σc`, `y = α · (σs · x̂ + μs) + (1 − α) · x` and the output's gradient g, the gradients are:
  ///
  /// - μs: `α · Σ g`
  /// - σs: `α · Σ g · x̂`
  /// - x, for rows with statistics of their own:
  ///   `α · σs / σc · (g − mean(g) − (x − μc) · Σ g (x − μc) / D) + (1 − α) · g`. With eps under the root, D is n · σc²
  ///   for the biased estimator and (n − 1) · σc² for the unbiased one. With eps outside the root, one of the two
  ///   factors σc is the root without eps.
  /// - x, for given statistics, through which no gradient flows: `α · σs / σc · g + (1 − α) · g`
  ///
  /// The gradients of moments that all samples share are sums over samples. Where σc is 0, terms divided by σc are 0.
  /// Where a channel is preserved, the gradient of x is g, and the style gets nothing from the channel.
  ///
  /// - Parameters:
  ///   - content: The content of the call, shape (N, C, L).
  ///   - style: The style of the call.
  ///   - contentStatistics: The statistics of the call, if any.
  ///   - outputGradient: The gradient of the output, of the content's shape.
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

/// The gradients of AdaIN's content and style: the vector-Jacobian product of its output's gradient.
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

    /// Creates gradients from those of bias (the mean) and weight (the standard deviation).
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
  /// Each content is measured once; results have the bits of the single calls.
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

  /// Restyles every content towards the statistics of every style, with σs as the ``convention`` defines it.
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
