import Tensors

/// A row whose transform is known and still has to be written, piece by piece while the next row is measured.
@unsafe struct PendingRow<Scalar: TensorScalar> {
  let transform: RowTransform
  let source: UnsafePointer<Scalar>
  let target: UnsafeMutablePointer<Scalar>
  /// Whether it is written past the caches.
  let streaming: Bool
  /// What is done to its values after the transform; nil for nothing.
  var finish: UnsafePointer<RowFinish<Scalar>>?

  /// The row without its first values.
  func dropFirst(_ count: Int) -> Self {
    unsafe Self(
      transform: transform, source: source + count, target: target + count, streaming: streaming,
      finish: finish)
  }

  /// Writes the first values.
  func write(_ count: Int, kernels: KernelChoice) {
    if let finish = unsafe finish { return unsafe write(count, finish, kernels: kernels) }
    unsafe RowKernel.apply(
      transform, to: UnsafeBufferPointer(start: source, count: count),
      into: UnsafeMutableBufferPointer(start: target, count: count), kernels: kernels, streaming: streaming)
  }
}
