import Tensors

/// One pass over the rows of a tensor that measures and normalizes the valid positions of each.
@unsafe struct MaskedPass<Scalar: TensorScalar> {
  let source: UnsafePointer<Scalar>
  /// Where to write; may be `source`.
  let target: UnsafeMutablePointer<Scalar>
  let shape: TensorShape
  let mask: PositionMask
  let padding: PaddingRule
  let rule: RowRule<Scalar>
  /// Receives the moments of each row's valid values where rows are normalized by them; nil drops them.
  let moments: UnsafeMutablePointer<RowMoments>?
  /// What is done to valid values after the transform, and to padding that holds the bias; nil for nothing.
  let finish: UnsafePointer<RowFinish<Scalar>>?

  /// Runs the pass.
  func run(on device: Device) {
    // SAFETY: ranges of rows don't overlap, the pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let pass = unsafe self
    unsafe RowThreads.forEach(rowCount: shape.rowCount, rowLength: shape.l, device: device) { rows in
      for row in rows { unsafe pass.write(row, kernels: device.kernels) }
    }
  }

  private func write(_ row: Int, kernels: KernelChoice) {
    let (length, spans) = unsafe (shape.l, mask.spans[row / shape.c])
    let input = unsafe UnsafeBufferPointer(start: source + row * length, count: length)
    let output = unsafe UnsafeMutableBufferPointer(start: target + row * length, count: length)
    var measured = RowMoments()
    if unsafe rule.usesInputStatistics {
      measured = unsafe PositionMask.withValid(of: input, spans) {
        unsafe RowKernel.moments(of: $0, kernels: kernels)
      }
      unsafe moments?[row] = measured
    }
    let map = unsafe rule.transform(row, measured)
    for span in spans {
      if let map {
        unsafe RowKernel.apply(
          map, to: UnsafeBufferPointer(rebasing: input[span]),
          into: UnsafeMutableBufferPointer(rebasing: output[span]), kernels: kernels)
      } else {
        unsafe copy(span, input, output)
      }
      unsafe activate(span, row, kernels)
    }
    PositionMask.forEachPadding(spans, length: length) { range in
      let rest = unsafe UnsafeMutableBufferPointer(rebasing: output[range])
      switch unsafe padding {
      case .zero: unsafe rest.update(repeating: 0)
      case .bias where map != nil:
        unsafe rest.update(repeating: rule.paddedBias(row))
        unsafe activate(range, row, kernels)
      case .keep, .bias: unsafe copy(range, input, output)
      }
    }
  }

  private func activate(_ range: Range<Int>, _ row: Int, _ kernels: KernelChoice) {
    guard let finish = unsafe finish, !range.isEmpty else { return }
    let at = unsafe row * shape.l + range.lowerBound
    unsafe finish.pointee.apply(target + at, at: source + at, into: target + at, count: range.count, kernels)
  }

  private func copy(
    _ range: Range<Int>, _ input: UnsafeBufferPointer<Scalar>, _ output: UnsafeMutableBufferPointer<Scalar>
  ) {
    if unsafe UnsafePointer(target) == source { return }
    let part = unsafe UnsafeMutableBufferPointer(rebasing: output[range])
    _ = unsafe part.update(fromContentsOf: input[range])
  }
}
