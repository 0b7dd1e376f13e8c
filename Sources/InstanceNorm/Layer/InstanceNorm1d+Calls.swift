public import Tensors

extension InstanceNorm1d {
  /// Normalizes a tensor of shape (N, C, L), in evaluation mode.
  ///
  /// Statistics are the input's own, or the running statistics where the layer tracks them. Each row is normalized by
  /// itself: NaN or infinity in a row stays in that row. By its own statistics, a constant row gives exactly its
  /// channel's bias. N = 0 or L = 0 gives an empty result.
  ///
  /// - Throws: ShapeError where C is not ``numFeatures``. Where the statistics are the input's, L = 1 is an error under
  ///   PyTorch's conventions and for the unbiased estimator.
  public func callAsFunction(_ input: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, usesInputStatistics: !trackRunningStats)
    return unsafe normalized(input, usesInput: !trackRunningStats)
  }

  /// Normalizes a matrix of shape (C, L) as a batch of one, in evaluation mode.
  ///
  /// - Throws: ShapeError as for three-dimensional input, and always under Lucid's conventions.
  public func callAsFunction(_ input: Tensor2<Scalar>) throws(ShapeError) -> Tensor2<Scalar> {
    try checkUnbatched(input.channels, input.length)
    return try Tensor2(self(input.batched))
  }

  /// Normalizes a matrix of shape (C, L) as a batch of one, with a weight and bias in place of the layer's own.
  ///
  /// - Throws: ShapeError as for three-dimensional input, and always under Lucid's conventions.
  public func callAsFunction(
    _ input: Tensor2<Scalar>, weight: [Double], bias: [Double]
  ) throws(ShapeError) -> Tensor2<Scalar> {
    try checkUnbatched(input.channels, input.length)
    return try Tensor2(self(input.batched, weight: weight, bias: bias))
  }

  /// Normalizes a tensor into an existing one of the same shape, in evaluation mode, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func callAsFunction(
    _ input: Tensor3<Scalar>, into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, usesInputStatistics: !trackRunningStats)
    try check(output: output.shape, input: input.shape)
    normalize(input, into: &output)
  }

  /// Normalizes a tensor in place, in evaluation mode, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form; `tensor` is then unchanged.
  public func callAsFunction(inPlace tensor: inout Tensor3<Scalar>) throws(ShapeError) {
    try check(tensor.shape, usesInputStatistics: !trackRunningStats)
    normalize(inPlace: &tensor)
  }
}

/// The steps that all calls share. Callers have checked the shapes.
extension InstanceNorm1d {
  /// Normalizes a tensor into a new one.
  func normalized(
    _ input: Tensor3<Scalar>, swap: AffineSwap? = nil, masking: Masking? = nil, usesInput: Bool,
    moments: UnsafeMutablePointer<RowMoments>? = nil, activates: Bool = true
  ) -> Tensor3<Scalar> {
    unsafe Tensor3(shape: input.shape) { target in
      unsafe input.withScalars { source in
        unsafe normalizeRows(
          source, target, input.shape, swap: swap, masking: masking, usesInput: usesInput, moments: moments,
          activates: activates)
      }
    }
  }

  /// Normalizes a tensor into an existing one.
  @inline(__always)
  func normalize(
    _ input: Tensor3<Scalar>, into output: inout Tensor3<Scalar>, swap: AffineSwap? = nil,
    masking: Masking? = nil, adding residual: Tensor3<Scalar>? = nil
  ) {
    func normalize(_ residual: UnsafePointer<Scalar>?) {
      unsafe input.withScalars { source in
        unsafe output.withMutableScalars { target in
          unsafe normalizeRows(
            source, target, input.shape, swap: swap, masking: masking, usesInput: !trackRunningStats,
            residual: residual)
        }
      }
    }
    guard let residual else { return normalize(nil) }
    unsafe residual.withScalars { unsafe normalize($0.baseAddress) }
  }

  /// Normalizes a tensor in place.
  @inline(__always)
  func normalize(
    inPlace tensor: inout Tensor3<Scalar>, swap: AffineSwap? = nil, masking: Masking? = nil
  ) {
    let shape = tensor.shape
    unsafe tensor.withMutableScalars { scalars in
      unsafe normalizeRows(
        UnsafeBufferPointer(scalars), scalars, shape, swap: swap, masking: masking,
        usesInput: !trackRunningStats)
    }
  }

  /// Normalizes all rows from `source` into `target`, which may be the same memory.
  ///
  /// - Parameters:
  ///   - swap: Weight, bias and statistics in place of the layer's own, if any.
  ///   - masking: The valid positions; nil stands for all.
  ///   - usesInput: Whether rows are normalized by their own statistics where the swap has none.
  ///   - moments: Receives the moments of each row where statistics are the input's; nil drops them.
  ///   - activates: Whether the layer's activation follows; false while its gradient is computed.
  ///   - residual: The tensor to add last, of the same shape; nil for none.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  private func normalizeRows(
    _ source: UnsafeBufferPointer<Scalar>, _ target: UnsafeMutableBufferPointer<Scalar>, _ shape: TensorShape,
    swap: AffineSwap?, masking: Masking?, usesInput: Bool, moments: UnsafeMutablePointer<RowMoments>? = nil,
    activates: Bool = true, residual: UnsafePointer<Scalar>? = nil
  ) {
    guard shape.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
    unsafe withFinish(activates ? activation : nil, residual, shape.l) { finish in
      unsafe withRule(swap, usesInput: usesInput) { rule in
        var rule = unsafe rule
        unsafe rule.finish = unsafe finish
        unsafe ForwardPass(rule, from: from, to: to, shape, moments: moments).run(
          over: shape, masking, on: device)
      }
    }
  }
}
