import Tensors

/// One pass over the rows of a tensor that normalizes each of them.
///
/// A row is measured and written by one thread, one right after the other, so that a row that fits the cache
/// is read from memory once.
@unsafe struct NormalizePass<Scalar: TensorScalar> {
  let source: UnsafePointer<Scalar>
  let target: UnsafeMutablePointer<Scalar>
  let shape: TensorShape
  let eps: Double
  /// Scale of each channel; nil stands for 1.
  let weight: UnsafePointer<Scalar>?
  /// Shift of each channel; nil stands for 0.
  let bias: UnsafePointer<Scalar>?
  /// Mean of each channel to use instead of the rows' own, with `runningVar`.
  let runningMean: UnsafePointer<Scalar>?
  let runningVar: UnsafePointer<Scalar>?
  /// Receives the moments of each row, unless running statistics are used.
  let moments: UnsafeMutablePointer<RowMoments>?

  /// The pass as kernels know it, where rows are normalized by their own statistics that nobody asks for.
  private var standardization: RowStandardization? {
    guard Scalar.self == Float.self, unsafe runningMean == nil, unsafe moments == nil else { return nil }
    return unsafe RowStandardization(
      epsInside: eps,
      scale: RowStandardization.Values(
        UnsafeRawPointer(weight)?.assumingMemoryBound(to: Float.self), period: shape.c),
      shift: RowStandardization.Values(
        UnsafeRawPointer(bias)?.assumingMemoryBound(to: Float.self), period: shape.c))
  }

  /// Runs the pass.
  func run(on device: Device) {
    // SAFETY: the pointers outlive the call; each row's moments are written by one thread.
    nonisolated(unsafe) let pass = unsafe self
    let channels = unsafe shape.c
    unsafe RowKernel.transformRows(
      of: UnsafeBufferPointer(start: source, count: shape.count),
      into: UnsafeMutableBufferPointer(start: target, count: shape.count), shape: shape, device: device,
      measuring: runningMean == nil, standardization: standardization
    ) { row, measured in
      let channel = row % channels
      let scale = unsafe pass.weight.map { unsafe Double($0[channel]) } ?? 1
      let shift = unsafe pass.bias.map { unsafe Double($0[channel]) } ?? 0
      let statistics: RowMoments
      if let runningMean = unsafe pass.runningMean, let runningVar = unsafe pass.runningVar {
        statistics = unsafe RowMoments(
          count: 1, mean: Double(runningMean[channel]), sumOfSquares: Double(runningVar[channel]))
      } else {
        statistics = measured
        unsafe pass.moments?[row] = measured
      }
      return unsafe RowTransform(statistics, eps: pass.eps, scale: scale, shift: shift)
    }
  }
}
