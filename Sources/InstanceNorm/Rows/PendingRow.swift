import Tensors

/// A row whose transform is known and still has to be written, piece by piece while the next row is measured.
@unsafe struct PendingRow<Scalar: TensorScalar> {
  let transform: RowTransform
  let source: UnsafePointer<Scalar>
  let target: UnsafeMutablePointer<Scalar>
  /// Whether it is written past the caches.
  let streaming: Bool

  /// The row without its first values.
  func dropFirst(_ count: Int) -> Self {
    unsafe Self(transform: transform, source: source + count, target: target + count, streaming: streaming)
  }

  /// Writes the first values.
  func write(_ count: Int, kernels: KernelChoice) {
    unsafe RowKernel.apply(
      transform, to: UnsafeBufferPointer(start: source, count: count),
      into: UnsafeMutableBufferPointer(start: target, count: count), kernels: kernels, streaming: streaming)
  }
}
