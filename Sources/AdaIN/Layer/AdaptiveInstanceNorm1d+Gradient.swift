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
