package import Tensors

extension RowKernel {
  /// The moments of each row of a tensor, or of what is valid in it, at n · C + c; rows are spread over threads.
  ///
  /// - Parameters:
  ///   - tensor: The rows.
  ///   - mask: The valid positions, of shape (N, L); nil takes all.
  ///   - device: Where to compute, and with how many threads; results are the same bits for any number.
  package static func moments<Scalar: TensorScalar>(
    of tensor: Tensor3<Scalar>, mask: PositionMask? = nil, device: Device
  ) -> [RowMoments] {
    let shape = tensor.shape
    return unsafe [RowMoments](unsafeUninitializedCapacity: shape.rowCount) { buffer, count in
      unsafe buffer.initialize(repeating: RowMoments())
      count = shape.rowCount
      unsafe tensor.withScalars { scalars in
        // SAFETY: every row is read by one thread, which alone writes the row's moments; both buffers outlive the call.
        nonisolated(unsafe) let (source, target) = unsafe (scalars, buffer)
        RowThreads.forEach(rowCount: shape.rowCount, rowLength: shape.l, device: device) { rows in
          for row in rows {
            let values = unsafe UnsafeBufferPointer(rebasing: source[row * shape.l..<(row + 1) * shape.l])
            if let mask {
              unsafe target[row] = PositionMask.withValid(of: values, mask.spans[row / shape.c]) {
                unsafe moments(of: $0, kernels: device.kernels)
              }
            } else {
              unsafe target[row] = moments(of: values, kernels: device.kernels)
            }
          }
        }
      }
    }
  }
}
