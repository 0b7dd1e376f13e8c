import Tensors

/// A row whose transform is known and still has to be written, piece by piece while the next row is measured.
@unsafe struct PendingRow<Scalar: TensorScalar> {
  /// Nil leaves the values as they are.
  let transform: RowTransform?
  let source: UnsafePointer<Scalar>
  let target: UnsafeMutablePointer<Scalar>
  /// Whether it is written past the caches.
  let streaming: Bool
  /// What follows the transform; nil for nothing.
  var finish: RowFinish<Scalar>?

  /// The row without its first values.
  func dropFirst(_ count: Int) -> Self {
    unsafe Self(
      transform: transform, source: source + count, target: target + count, streaming: streaming,
      finish: finish?.dropFirst(count))
  }

  /// Writes the first values.
  func write(_ count: Int, kernels: KernelChoice) {
    if let finish = unsafe finish {
      unsafe finish.write(transform, source, target, count: count, kernels, streaming: streaming)
    } else if let transform = unsafe transform {
      unsafe RowKernel.apply(
        transform, to: UnsafeBufferPointer(start: source, count: count),
        into: UnsafeMutableBufferPointer(start: target, count: count), kernels: kernels, streaming: streaming)
    } else if unsafe UnsafePointer(target) != source {
      unsafe target.update(from: source, count: count)
    }
  }
}
