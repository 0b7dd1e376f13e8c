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

  /// Runs the pass; the scalar types of this package run code compiled for them.
  func run(on device: Device) {
    if Scalar.self == Float.self {
      unsafe unsafeBitCast(self, to: NormalizePass<Float>.self).runTyped(on: device)
    } else if Scalar.self == Double.self {
      unsafe unsafeBitCast(self, to: NormalizePass<Double>.self).runTyped(on: device)
    } else {
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      if Scalar.self == Float16.self {
        unsafe unsafeBitCast(self, to: NormalizePass<Float16>.self).runTyped(on: device)
        return
      }
      #endif
      unsafe runTyped(on: device)
    }
  }

  /// Whether the result is so large that it would only push other data out of the caches.
  ///
  /// In place the cache lines have been read already, so writing through the caches costs nothing more.
  private var writesPastCaches: Bool {
    let bytes = unsafe shape.count * MemoryLayout<Scalar>.stride
    return unsafe bytes >= 4 << 20 && UnsafeRawPointer(source) != UnsafeRawPointer(target)
  }

  @inline(__always)
  private func runTyped(on device: Device) {
    // SAFETY: ranges of rows don't overlap, pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let pass = unsafe self
    let streaming = unsafe writesPastCaches
    unsafe RowThreads.forEach(rowCount: shape.rowCount, rowLength: shape.l, device: device) { rows in
      for row in rows { unsafe pass.normalize(row, kernels: device.kernels, streaming: streaming) }
      if streaming { RowKernel.finishStreaming() }
    }
  }

  @inline(__always)
  private func normalize(_ row: Int, kernels: KernelChoice, streaming: Bool) {
    let channel = unsafe row % shape.c
    let from = unsafe UnsafeBufferPointer(start: source + row * shape.l, count: shape.l)
    let to = unsafe UnsafeMutableBufferPointer(start: target + row * shape.l, count: shape.l)
    let scale = unsafe weight.map { unsafe Double($0[channel]) } ?? 1
    let shift = unsafe bias.map { unsafe Double($0[channel]) } ?? 0
    let statistics: RowMoments
    if let runningMean = unsafe runningMean, let runningVar = unsafe runningVar {
      statistics = unsafe RowMoments(
        count: 1, mean: Double(runningMean[channel]), sumOfSquares: Double(runningVar[channel]))
    } else {
      statistics = unsafe RowKernel.moments(of: from, kernels: kernels)
      unsafe moments?[row] = statistics
    }
    unsafe RowKernel.apply(
      RowTransform(statistics, eps: eps, scale: scale, shift: shift), to: from, into: to, kernels: kernels,
      streaming: streaming)
  }
}
