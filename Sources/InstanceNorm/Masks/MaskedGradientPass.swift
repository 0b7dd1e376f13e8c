import Tensors

/// One pass over the rows of a tensor that writes the gradient of the valid positions of each.
@unsafe struct MaskedGradientPass<Scalar: TensorScalar> {
  let source: UnsafePointer<Scalar>
  let gradient: UnsafePointer<Scalar>
  /// Where to write; may be `gradient`.
  let target: UnsafeMutablePointer<Scalar>
  let shape: TensorShape
  let mask: PositionMask
  let padding: PaddingRule
  let statistics: GradientStatistics

  /// Runs the pass.
  ///
  /// - Parameter map: Gives the map of a row from its number, and the moments and sums of its valid values.
  func run(on device: Device, _ map: @Sendable (Int, RowMoments, RowGradient.Sums) -> RowGradient) {
    // SAFETY: ranges of rows don't overlap, the pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let pass = unsafe self
    unsafe RowThreads.forEach(rowCount: shape.rowCount, rowLength: 2 * shape.l, device: device) { rows in
      for row in rows { unsafe pass.write(row, kernels: device.kernels, map) }
    }
  }

  private func write(
    _ row: Int, kernels: KernelChoice, _ map: (Int, RowMoments, RowGradient.Sums) -> RowGradient
  ) {
    let (start, spans) = unsafe (row * shape.l, mask.spans[row / shape.c])
    let x = unsafe UnsafeBufferPointer(start: source + start, count: shape.l)
    let g = unsafe UnsafeBufferPointer(start: gradient + start, count: shape.l)
    let y = unsafe UnsafeMutableBufferPointer(start: target + start, count: shape.l)
    if !spans.isEmpty {
      let (moments, sums) = unsafe withValid(spans, x) { x in
        unsafe withValid(spans, g) { g in
          unsafe RowKernel.measureGradient(row, x, g, statistics, kernels)
        }
      }
      let map = map(row, moments, sums)
      for span in spans {
        let at = span.lowerBound
        unsafe RowKernel.writeGradient(
          map, source + start + at, gradient + start + at, target + start + at, count: span.count, kernels)
      }
    }
    var end = 0
    for span in spans + [unsafe shape.l..<shape.l] {
      unsafe pad(end..<span.lowerBound, g, y)
      end = span.upperBound
    }
  }

  /// Calls a closure with a row's valid values, one after the other: gathered where there are several spans.
  private func withValid<Result>(
    _ spans: [Range<Int>], _ row: UnsafeBufferPointer<Scalar>, _ body: (UnsafeBufferPointer<Scalar>) -> Result
  ) -> Result {
    if spans.count == 1 { return unsafe body(UnsafeBufferPointer(rebasing: row[spans[0]])) }
    let gathered = spans.reduce(into: [Scalar]()) { unsafe $0.append(contentsOf: row[$1]) }
    return unsafe gathered.withUnsafeBufferPointer { unsafe body($0) }
  }

  /// Writes positions that are not valid: what was kept passes the gradient on, zeros don't.
  private func pad(
    _ range: Range<Int>, _ g: UnsafeBufferPointer<Scalar>, _ y: UnsafeMutableBufferPointer<Scalar>
  ) {
    if range.isEmpty { return }
    let rest = unsafe UnsafeMutableBufferPointer(rebasing: y[range])
    switch unsafe padding {
    case .zero: unsafe rest.update(repeating: 0)
    case .keep:
      if unsafe UnsafePointer(target) != gradient { _ = unsafe rest.update(fromContentsOf: g[range]) }
    }
  }
}
