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
        unsafe normalizeRows(source, target, shape: input.shape, statistics: evaluationStatistics)
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

  /// Normalizes a tensor into an existing one of the same shape, in evaluation mode, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, usesInputStatistics: !trackRunningStats)
    try check(output: output.shape, input: input.shape)
    unsafe input.withScalars { source in
      unsafe output.withMutableScalars { target in
        unsafe normalizeRows(source, target, shape: input.shape, statistics: evaluationStatistics)
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
        UnsafeBufferPointer(scalars), scalars, shape: shape, statistics: evaluationStatistics)
    }
  }

  /// Where evaluation takes its statistics from.
  private var evaluationStatistics: Statistics { trackRunningStats ? .running : .input }

  /// Where statistics come from.
  enum Statistics {
    /// Each row's own.
    case input
    /// The layer's running statistics.
    case running
  }

  /// Normalizes all rows from `source` into `target`, which may be the same memory.
  ///
  /// - Parameter moments: Receives the moments of each row where statistics are the input's; nil drops them.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func normalizeRows(
    _ source: UnsafeBufferPointer<Scalar>, _ target: UnsafeMutableBufferPointer<Scalar>, shape: TensorShape,
    statistics: Statistics, moments: UnsafeMutablePointer<RowMoments>? = nil
  ) {
    guard shape.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
    unsafe withPointer(weight) { weight in
      unsafe withPointer(bias) { bias in
        unsafe withPointer(statistics == .running ? runningMean : nil) { mean in
          unsafe withPointer(statistics == .running ? runningVar : nil) { variance in
            let pass = unsafe NormalizePass(
              source: from, target: to, shape: shape, eps: eps, weight: weight, bias: bias, runningMean: mean,
              runningVar: variance, moments: moments)
            unsafe pass.run(on: device)
          }
        }
      }
    }
  }

  private func withPointer(_ values: [Scalar]?, _ body: (UnsafePointer<Scalar>?) -> Void) {
    guard let values else { return body(nil) }
    unsafe values.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }
}
