public import Tensors

extension AdaptiveInstanceNorm1d {
  /// Gives content of shape (N, C, L) the moments of a style.
  ///
  /// - Parameters:
  ///   - content: The content x.
  ///   - style: μs and σs, of shape (N, C) or (1, C); used as they are.
  ///   - contentStatistics: The statistics of the content, of shape (N, C) or (1, C), where rows arrive in chunks
  ///     and were measured in an earlier pass; nil takes each row's own.
  /// - Throws: ShapeError where numbers of channels or samples differ, or rows (or the statistics handed in)
  ///   hold fewer values than the content's estimator needs.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(content.shape, style, contentStatistics)
    return try norm(content, swapping: swap(style, contentStatistics))
  }

  /// Writes the result into an existing tensor of the content's shape, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(content.shape, style, contentStatistics)
    guard output.shape == content.shape else {
      throw ShapeError("expected an output of the content's size \(content.shape), found \(output.shape)")
    }
    try norm(content, swapping: swap(style, contentStatistics), into: &output)
  }

  /// Restyles a tensor in place, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form; `content` is then unchanged.
  public func callAsFunction(
    inPlace content: inout Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) {
    try check(content.shape, style, contentStatistics)
    try norm(inPlace: &content, swapping: swap(style, contentStatistics))
  }

  /// Gives content the statistics of a style, with σs made as the ``convention`` says.
  ///
  /// - Throws: ShapeError as for moments, and where the style holds fewer values than its estimator needs.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleStatistics, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try self(content, style: style.moments(convention.style), contentStatistics: contentStatistics)
  }

  /// Gives content the statistics of a style tensor of shape (N, C, L′) or (1, C, L′).
  ///
  /// - Throws: ShapeError as for statistics.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: Tensor3<Scalar>
  ) throws(ShapeError) -> Tensor3<Scalar> {
    guard style.shape.c == numFeatures else {
      throw ShapeError(
        "expected a style of numFeatures (\(numFeatures)) channels, found \(style.shape.c) in \(style.shape)")
    }
    return try self(content, style: StyleStatistics(style, device: device))
  }

  /// Gives content of shape (C, L), a batch of one, the moments of a style.
  ///
  /// - Throws: ShapeError as for three-dimensional content.
  public func callAsFunction(
    _ content: Tensor2<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) -> Tensor2<Scalar> {
    try Tensor2(self(content.batched, style: style, contentStatistics: contentStatistics))
  }

  /// Gives content of shape (C, L), a batch of one, the statistics of a style of shape (C, L′).
  ///
  /// - Throws: ShapeError as for three-dimensional content.
  public func callAsFunction(
    _ content: Tensor2<Scalar>, style: Tensor2<Scalar>
  ) throws(ShapeError) -> Tensor2<Scalar> {
    try Tensor2(self(content.batched, style: style.batched))
  }
}
