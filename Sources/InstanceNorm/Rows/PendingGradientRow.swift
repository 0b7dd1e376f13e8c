import Tensors

/// A row whose gradient's map is known and still has to be written, piece by piece while the next row is measured.
@unsafe struct PendingGradientRow<Scalar: TensorScalar> {
  let map: RowGradient
  let x: UnsafePointer<Scalar>
  let g: UnsafePointer<Scalar>
  let y: UnsafeMutablePointer<Scalar>
  /// Whether it is written past the caches.
  let streaming: Bool

  /// The row without its first values.
  func dropFirst(_ count: Int) -> Self {
    unsafe Self(map: map, x: x + count, g: g + count, y: y + count, streaming: streaming)
  }

  /// Writes the first values.
  func write(_ count: Int, kernels: KernelChoice) {
    unsafe RowKernel.writeGradient(map, x, g, y, count: count, kernels, streaming: streaming)
  }
}
