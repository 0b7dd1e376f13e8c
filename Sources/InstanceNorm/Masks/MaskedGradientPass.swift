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
  let rule: RowRule<Scalar>
  /// Receives each row's gradients of bias and weight; nil drops them.
  let parameters: UnsafeMutablePointer<RowGradient.Sums>?

  /// Runs the pass.
  func run(on device: Device) {
    // SAFETY: ranges of rows don't overlap, the pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let pass = unsafe self
    let statistics = unsafe rule.gradientStatistics(needsSums: parameters != nil)
    unsafe RowThreads.forEach(rowCount: shape.rowCount, rowLength: 2 * shape.l, device: device) { rows in
      for row in rows { unsafe pass.write(row, statistics, kernels: device.kernels) }
    }
  }

  private func write(_ row: Int, _ statistics: GradientStatistics, kernels: KernelChoice) {
    let start = unsafe row * shape.l
    let x = unsafe UnsafeBufferPointer(start: source + start, count: shape.l)
    let g = unsafe UnsafeBufferPointer(start: gradient + start, count: shape.l)
    let y = unsafe UnsafeMutableBufferPointer(start: target + start, count: shape.l)
    let spans = unsafe mask.spans[row / shape.c]
    var total = RowGradient.Sums()
    if !spans.isEmpty {
      let (moments, sums) = unsafe PositionMask.withValid(of: x, spans) { x in
        unsafe PositionMask.withValid(of: g, spans) { g in
          unsafe RowKernel.measureGradient(row, x, g, statistics, kernels)
        }
      }
      let (parameters, map) = unsafe rule.gradient(row, moments, sums)
      total = parameters
      for span in spans {
        let at = start + span.lowerBound
        unsafe RowKernel.writeGradient(
          map, source + at, gradient + at, target + at, count: span.count, kernels)
      }
    }
    unsafe PositionMask.forEachPadding(spans, length: shape.l) { range in
      let rest = unsafe UnsafeMutableBufferPointer(rebasing: y[range])
      switch unsafe padding {
      case .bias where unsafe !rule.skips(row):
        for at in range { unsafe total.sum += rule.strength * Double(g[at]) }
        unsafe rest.update(repeating: 0)
      case .zero: unsafe rest.update(repeating: 0)
      case .keep, .bias:
        if unsafe UnsafePointer(target) != gradient { _ = unsafe rest.update(fromContentsOf: g[range]) }
      }
    }
    unsafe parameters?[row] = total
  }
}
