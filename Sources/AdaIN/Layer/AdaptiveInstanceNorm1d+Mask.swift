public import InstanceNorm
public import Tensors

/// Padded batches: statistics over valid positions, and a rule for the padding.
extension AdaptiveInstanceNorm1d {
  /// Gives the valid positions of content of shape (N, C, L) the moments of a style.
  ///
  /// μc and σc are taken over valid positions only. Results at valid positions have the bits that each sample's valid
  /// values alone would give. The padding is read only where it is kept.
  ///
  /// - Parameters:
  ///   - content: The content x.
  ///   - style: μs and σs, of shape (N, C) or (1, C); used as they are.
  ///   - contentStatistics: Statistics of shape (N, C) or (1, C) to use in place of each row's own.
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: The rule for positions that are not valid: the content, zeros, or α · μs. Networks that clear the
  ///     padding before the shift produce α · μs.
  /// - Throws: ShapeError as without a mask, where the mask's shape is not (N, L), and where a sample has valid
  ///   positions, but fewer than the content's estimator needs.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(content.shape, style, contentStatistics)
    return try norm(content, swapping: swap(style, contentStatistics), mask: mask, padding: padding)
  }

  /// Gives the first `lengths[n]` positions of each sample n the moments of a style.
  ///
  /// - Throws: ShapeError as with a mask.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    lengths: [Int], padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try self(
      content, style: style, contentStatistics: contentStatistics,
      mask: PositionMask(lengths: lengths, length: content.shape.l), padding: padding)
  }

  /// Gives the valid positions of content the statistics of a style, with σs as the ``convention`` defines it.
  ///
  /// - Throws: ShapeError as for moments, and where the style holds fewer values than its estimator needs.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleStatistics, contentStatistics: StyleStatistics? = nil,
    mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try self(
      content, style: style.moments(convention.style), contentStatistics: contentStatistics, mask: mask,
      padding: padding)
  }

  /// Writes the result into an existing tensor of the content's shape.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    mask: PositionMask, padding: PaddingRule = .keep, into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(content.shape, style, contentStatistics)
    try norm(
      content, swapping: swap(style, contentStatistics), mask: mask, padding: padding, into: &output)
  }

  /// Restyles the valid positions of a tensor in place.
  ///
  /// - Throws: ShapeError as for the allocating form; `content` is then unchanged.
  public func callAsFunction(
    inPlace content: inout Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) {
    try check(content.shape, style, contentStatistics)
    try norm(inPlace: &content, swapping: swap(style, contentStatistics), mask: mask, padding: padding)
  }

  /// Computes the gradients of content, style mean and style standard deviation of a call with a mask.
  ///
  /// At valid positions the content's gradient has the bits that each sample's valid values alone would give. At
  /// padding it is the output's gradient where the padding was kept, and 0 where the padding was written. The gradients
  /// of the style are sums over valid positions. Where the padding holds α · μs, the gradient of μs includes the
  /// padding.
  ///
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    mask: PositionMask, padding: PaddingRule = .keep, outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AdaINGradient<Scalar> {
    try check(content.shape, style, contentStatistics)
    let gradient = try norm.gradient(
      at: content, swapping: swap(style, contentStatistics), mask: mask, padding: padding,
      outputGradient: outputGradient)
    return AdaINGradient(
      content: gradient.input, style: AdaINGradient<Scalar>.Style(gradient.parameters))
  }
}

extension StyleStatistics {
  /// Takes the statistics of the valid positions of a tensor of shape (N, C, L), each sample by its own mask.
  ///
  /// The statistics of each sample have the bits that its valid positions alone would give. A channel without valid
  /// positions has a count of 0.
  ///
  /// - Parameters:
  ///   - tensor: The values, of shape (N, C, L).
  ///   - mask: The valid positions, shape (N, L).
  ///   - pooling: Whether each sample has statistics of its own.
  ///   - device: Where to compute, and with how many threads.
  /// - Throws: ShapeError where the mask's shape is not (N, L).
  public init<Scalar: TensorScalar>(
    _ tensor: Tensor3<Scalar>, mask: PositionMask, pooling: Pooling = .perSample, device: ComputeDevice = .cpu
  ) throws(ShapeError) {
    let shape = tensor.shape
    guard mask.spans.count == shape.n, mask.length == shape.l else {
      throw ShapeError(
        "expected a mask of size [\(shape.n), \(shape.l)], found [\(mask.spans.count), \(mask.length)]")
    }
    let rows = RowKernel.moments(of: tensor, mask: mask, device: device)
    try self.init(rows.map { ChannelMoments($0) }, numFeatures: shape.c, batchSize: shape.n)
    if pooling == .shared { self = pooled }
  }

  /// Takes the statistics of the first `lengths[n]` positions of each sample n.
  ///
  /// - Throws: ShapeError where the number of lengths is not N, or a length is not from 0 to L.
  public init<Scalar: TensorScalar>(
    _ tensor: Tensor3<Scalar>, lengths: [Int], pooling: Pooling = .perSample, device: ComputeDevice = .cpu
  ) throws(ShapeError) {
    try self.init(
      tensor, mask: PositionMask(lengths: lengths, length: tensor.shape.l), pooling: pooling, device: device)
  }
}
