public import Tensors

extension InstanceNorm1d {
  /// Normalizes a tensor of shape (N, C, L), in evaluation mode.
  ///
  /// Statistics are the input's own, or the running ones where the layer tracks them. Each row is normalized
  /// for itself: NaN or infinity in a row stays in that row. A constant row gives exactly its channel's bias.
  /// N = 0 or L = 0 gives an empty result.
  ///
  /// - Throws: ShapeError where C is not ``numFeatures``; under PyTorch's conventions also where L is 1 and
  ///   the statistics are the input's.
  public func callAsFunction(_ input: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, usesInputStatistics: !trackRunningStats)
    return unsafe Tensor3(shape: input.shape) { target in
      unsafe input.withScalars { source in
        unsafe normalizeRows(
          source, target, shape: input.shape, usesInput: !trackRunningStats)
      }
    }
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
    unsafe input.withScalars { source in
      unsafe output.withMutableScalars { target in
        unsafe normalizeRows(
          source, target, shape: input.shape, usesInput: !trackRunningStats)
      }
    }
  }

  /// Normalizes a tensor in place, in evaluation mode, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form; `tensor` is then unchanged.
  public func callAsFunction(inPlace tensor: inout Tensor3<Scalar>) throws(ShapeError) {
    let shape = tensor.shape
    try check(shape, usesInputStatistics: !trackRunningStats)
    unsafe tensor.withMutableScalars { scalars in
      unsafe normalizeRows(
        UnsafeBufferPointer(scalars), scalars, shape: shape, usesInput: !trackRunningStats)
    }
  }

  /// Normalizes all rows from `source` into `target`, which may be the same memory.
  ///
  /// - Parameters:
  ///   - swap: Weight, bias and statistics in place of the layer's own, if any.
  ///   - usesInput: Whether rows are normalized by their own statistics where none are handed in.
  ///   - moments: Receives the moments of each row where statistics are the input's; nil drops them.
  ///   - activates: Whether the layer's activation follows; not where its gradient is worked out.
  ///   - residual: What is added last, of the same shape; nil for nothing.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func normalizeRows(
    _ source: UnsafeBufferPointer<Scalar>, _ target: UnsafeMutableBufferPointer<Scalar>, shape: TensorShape,
    swap: AffineSwap? = nil, usesInput: Bool, moments: UnsafeMutablePointer<RowMoments>? = nil,
    activates: Bool = true, residual: UnsafePointer<Scalar>? = nil
  ) {
    guard shape.count > 0 else { return }
    unsafe withFinish(activates ? activation : nil, residual, shape.l) { finish in
      unsafe withRule(swap, usesInput: usesInput) { rule in
        // SAFETY: the rule's pointers outlive the call; each row's moments are written by one thread.
        nonisolated(unsafe) let (rule, moments) = unsafe (rule, moments)
        unsafe RowKernel.transformRows(
          of: source, into: target, shape: shape, device: device, measuring: rule.usesInputStatistics,
          standardization: moments == nil && finish == nil ? rule.standardization : nil, finish: finish
        ) { row, measured in
          unsafe moments?[row] = measured
          return unsafe rule.transform(row, measured)
        }
      }
    }
  }

  /// Calls a closure with what is done to rows after their transform; nil for nothing.
  func withFinish(
    _ activation: Activation?, _ residual: UnsafePointer<Scalar>?, _ length: Int,
    _ body: (TensorFinish<Scalar>?) -> Void
  ) {
    if activation == nil, unsafe residual == nil { return body(nil) }
    unsafe withUnsafeTemporaryAllocation(of: RowActivation.self, capacity: numFeatures) { activations in
      for c in 0..<numFeatures {
        unsafe activations.initializeElement(at: c, to: RowActivation(activation, channel: c))
      }
      guard let first = activations.baseAddress else { return }
      unsafe body(
        TensorFinish(
          activations: UnsafePointer(first), residual: residual, length: length, channels: numFeatures))
    }
  }
}
