import Tensors

/// One pass over the rows of a tensor that measures and normalizes the valid positions of each.
@unsafe struct MaskedPass<Scalar: TensorScalar> {
  let source: UnsafePointer<Scalar>
  /// Where to write; may be `source`.
  let target: UnsafeMutablePointer<Scalar>
  let shape: TensorShape
  let mask: PositionMask
  let padding: PaddingRule

  /// Runs the pass.
  ///
  /// - Parameter transform: Gives the transform of a row from its number and its valid values, one after the
  ///   other.
  func run(on device: Device, _ transform: @Sendable (Int, UnsafeBufferPointer<Scalar>) -> RowTransform) {
    // SAFETY: ranges of rows don't overlap, the pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let pass = unsafe self
    unsafe RowThreads.forEach(rowCount: shape.rowCount, rowLength: shape.l, device: device) { rows in
      for row in rows { unsafe pass.write(row, kernels: device.kernels, transform) }
    }
  }

  private func write(
    _ row: Int, kernels: KernelChoice, _ transform: (Int, UnsafeBufferPointer<Scalar>) -> RowTransform
  ) {
    let length = unsafe shape.l
    let input = unsafe UnsafeBufferPointer(start: source + row * length, count: length)
    let output = unsafe UnsafeMutableBufferPointer(start: target + row * length, count: length)
    let spans = unsafe mask.spans[row / shape.c]
    let map: RowTransform
    if spans.count <= 1 {
      map = unsafe transform(row, UnsafeBufferPointer(rebasing: input[spans.first ?? 0..<0]))
    } else {
      // Gathered, so that the sums are those of the valid values standing alone.
      let gathered = spans.reduce(into: [Scalar]()) { unsafe $0.append(contentsOf: input[$1]) }
      map = unsafe gathered.withUnsafeBufferPointer { unsafe transform(row, $0) }
    }
    var end = 0
    for span in spans {
      unsafe pad(end..<span.lowerBound, input, output)
      unsafe RowKernel.apply(
        map, to: UnsafeBufferPointer(rebasing: input[span]),
        into: UnsafeMutableBufferPointer(rebasing: output[span]), kernels: kernels)
      end = span.upperBound
    }
    unsafe pad(end..<length, input, output)
  }

  /// Writes positions that are not valid.
  private func pad(
    _ range: Range<Int>, _ input: UnsafeBufferPointer<Scalar>, _ output: UnsafeMutableBufferPointer<Scalar>
  ) {
    if range.isEmpty { return }
    let rest = unsafe UnsafeMutableBufferPointer(rebasing: output[range])
    switch unsafe padding {
    case .zero: unsafe rest.update(repeating: 0)
    case .keep:
      if unsafe UnsafePointer(target) != source {
        _ = unsafe rest.update(fromContentsOf: input[range])
      }
    }
  }
}
