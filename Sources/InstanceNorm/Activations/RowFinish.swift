import Tensors

/// What is done to a tensor's rows after their transform, while they are in the cache: activation and residual.
@unsafe struct TensorFinish<Scalar: TensorScalar> {
  /// The activation of each channel.
  let activations: UnsafePointer<RowActivation>
  /// What is added last, of the tensor's shape; nil for nothing.
  let residual: UnsafePointer<Scalar>?
  let length: Int
  let channels: Int

  /// What is done to a row from a position on.
  func row(_ row: Int, from position: Int = 0) -> RowFinish<Scalar> {
    unsafe RowFinish(
      activation: activations + row % channels,
      residual: residual.map { unsafe $0 + row * length + position })
  }
}

/// What is done to the values of a row after their transform.
@unsafe struct RowFinish<Scalar: TensorScalar> {
  let activation: UnsafePointer<RowActivation>
  /// What is added last; nil for nothing.
  let residual: UnsafePointer<Scalar>?

  /// The number of values that are transformed and finished at a time where that takes two steps: a block of the row
  /// kernels.
  private static var pieceLength: Int { SummationRule(Scalar.self).blockLength }

  /// What is done to the row without its first values.
  func dropFirst(_ count: Int) -> Self {
    unsafe Self(activation: activation, residual: residual.map { unsafe $0 + count })
  }

  /// Finishes values that were transformed.
  func apply(
    _ values: UnsafePointer<Scalar>, into target: UnsafeMutablePointer<Scalar>, count: Int,
    _ kernels: KernelChoice, streaming: Bool = false
  ) {
    unsafe activation.pointee.apply(
      values, residual: residual, target, count: count, kernels, streaming: streaming)
  }

  /// Writes values, transformed and then finished: in one step by the kernels in C, or piece by piece.
  func write(
    _ transform: RowTransform?, _ source: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>,
    count: Int, _ kernels: KernelChoice, streaming: Bool
  ) {
    guard let transform else {
      unsafe apply(source, into: target, count: count, kernels, streaming: streaming)
      return
    }
    #if arch(x86_64)
    if kernels.usesAVX2,
      unsafe AVX2RowKernel.apply(
        transform, finish: self, from: source, to: target, count: count, kernels, streaming: streaming)
    {
      return
    }
    #endif
    let length = unsafe min(Self.pieceLength, count)
    unsafe withUnsafeTemporaryAllocation(of: Scalar.self, capacity: length) { scratch in
      guard let values = scratch.baseAddress else { return }
      var start = 0
      while start < count {
        let piece = min(length, count - start)
        unsafe RowKernel.apply(
          transform, to: UnsafeBufferPointer(start: source + start, count: piece),
          into: UnsafeMutableBufferPointer(start: values, count: piece), kernels: kernels, streaming: false)
        unsafe dropFirst(start).apply(
          UnsafePointer(values), into: target + start, count: piece, kernels, streaming: streaming)
        start += piece
      }
    }
  }
}
