package import Tensors

/// Moments and maps of single rows of contiguous scalars, for the modules above this one.
///
/// Rows may have any length and any alignment.
package enum RowKernel {
  /// Computes the moments of a row, reading memory once.
  ///
  /// Blocks of values are summed in `Double` about a pivot, `Σd` and `Σd²` with `d = x − pivot`, and merged after
  /// Chan et al. The first pivot is 0 for scalars with no more digits than `Float`, whose squares are exact, and a
  /// value near the mean for others. Where a pivot is too far from the block's mean (`SummationRule`), the block, which
  /// is still in the cache, is summed again about a pivot at its mean. A pivot other than 0 moves to the mean of the
  /// last blocks. A constant row has exactly its value as mean, and variance 0. With NaN or infinity among the values,
  /// the variance is NaN, and the mean is NaN or infinite.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  package static func moments<Scalar: TensorScalar>(
    of row: UnsafeBufferPointer<Scalar>, kernels: KernelChoice = .fastest
  ) -> RowMoments {
    guard let x = row.baseAddress else { return RowMoments() }
    #if arch(x86_64)
    if let backend = kernels.avx2Backend { return unsafe backend.moments(of: x, count: row.count) }
    #endif
    return unsafe PortableBackend().moments(of: x, count: row.count)
  }

  /// The moments of each row of a tensor, or of the row's valid positions, at n · C + c; rows are spread over threads.
  ///
  /// - Parameters:
  ///   - tensor: The rows.
  ///   - mask: The valid positions, of shape (N, L); nil stands for all.
  ///   - device: Where to compute, and with how many threads; results are the same bits for any number.
  package static func moments<Scalar: TensorScalar>(
    of tensor: Tensor3<Scalar>, mask: PositionMask? = nil, device: ComputeDevice
  ) -> [RowMoments] {
    let shape = tensor.shape
    let whole = [0..<shape.l]
    return unsafe [RowMoments](unsafeUninitializedCapacity: shape.rowCount) { buffer, count in
      unsafe buffer.initialize(repeating: RowMoments())
      count = shape.rowCount
      unsafe tensor.withScalars { scalars in
        unsafe RowThreads.forEach(
          rowCount: shape.rowCount, rowLength: shape.l, device: device, sharing: (scalars, buffer)
        ) { shared, rows in
          let (source, target) = unsafe shared
          for row in rows {
            let values = unsafe UnsafeBufferPointer(rebasing: source[row * shape.l..<(row + 1) * shape.l])
            let spans = mask?.spans[row / shape.c] ?? whole
            unsafe target[row] = PositionMask.withValid(of: values, spans) {
              unsafe moments(of: $0, kernels: device.kernels)
            }
          }
        }
      }
    }
  }

  /// Writes `y = (x − (mean + meanLow)) · factor + shift` for every value of a row.
  ///
  /// - Parameters:
  ///   - transform: The map; computed in the scalar's accumulator type (`Float` for `Float16`).
  ///   - source: The row to read.
  ///   - target: Where to write; as long as `source`, and either the same memory or memory that does not overlap.
  ///   - kernels: Which row kernels to use.
  ///   - streaming: Whether to write past the caches. If so, ``finishStreaming()`` must follow on the same thread
  ///     before another thread reads.
  package static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, to source: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, kernels: KernelChoice = .fastest, streaming: Bool = false
  ) {
    precondition(
      source.count == target.count, "expected a target of \(source.count) scalars, found \(target.count)")
    guard let x = source.baseAddress, let y = target.baseAddress else { return }
    unsafe write(
      PendingRow(map: .affine(transform), source: x, target: y, streaming: streaming), count: source.count,
      kernels)
  }

  /// Writes `y = (x − (mean + meanLow)) · factor + shift` over every value of a row.
  package static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, inPlace row: UnsafeMutableBufferPointer<Scalar>,
    kernels: KernelChoice = .fastest
  ) {
    unsafe apply(transform, to: UnsafeBufferPointer(row), into: row, kernels: kernels)
  }

  /// Writes the input gradient of a row of values x, given the output's gradient g.
  package static func apply<Scalar: TensorScalar>(
    _ map: RowGradient, to x: UnsafeBufferPointer<Scalar>, gradient g: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, kernels: KernelChoice = .fastest, streaming: Bool = false
  ) {
    precondition(
      x.count == g.count && x.count == target.count,
      "expected gradients and a target of \(x.count) scalars, found \(g.count) and \(target.count)")
    guard let from = x.baseAddress, let g = g.baseAddress, let y = target.baseAddress else { return }
    unsafe write(
      PendingRow(map, from, gradient: g, to: y, streaming: streaming), count: x.count, kernels)
  }

  /// Writes the first values of a row.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  static func write<Scalar: TensorScalar>(_ row: PendingRow<Scalar>, count: Int, _ kernels: KernelChoice) {
    #if arch(x86_64)
    if let backend = kernels.avx2Backend { return unsafe backend.write(row, count: count) }
    #endif
    unsafe PortableBackend().write(row, count: count)
  }

  /// Orders writes past the caches before whatever this thread does next.
  package static func finishStreaming() {
    #if arch(x86_64)
    KernelChoice.fastest.avx2Backend?.finishStreaming()
    #endif
  }
}
