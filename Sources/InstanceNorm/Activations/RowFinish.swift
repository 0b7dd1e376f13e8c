import Tensors

/// What is done to the rows of a tensor after their transform, while they are in the cache: activation and residual.
@unsafe struct RowFinish<Scalar: TensorScalar> {
  /// The first scalar of the tensor that is transformed: where a value stands says to which channel it belongs.
  let base: UnsafePointer<Scalar>
  let length: Int
  let channels: Int
  let activation: Activation?
  /// What is added last, of the tensor's shape; nil for nothing.
  let residual: UnsafePointer<Scalar>?

  /// The number of values that are transformed and finished at a time where that takes two steps: a block of the row
  /// kernels.
  private static var pieceLength: Int { SummationRule(Scalar.self).blockLength }

  /// The activation of the row in which a value stands, and the residual from there on.
  private func of(_ source: UnsafePointer<Scalar>) -> (RowActivation, UnsafePointer<Scalar>?) {
    let place = unsafe source - base
    let channel = unsafe length == 0 ? 0 : place / length % channels
    return unsafe (
      RowActivation(activation, channel: channel), residual.map { unsafe $0 + place }
    )
  }

  /// Finishes values of one row that are in the cache.
  ///
  /// - Parameters:
  ///   - values: The transformed values.
  ///   - source: Where they stood in the tensor before.
  ///   - target: Where to write; `values` or memory that does not overlap them.
  ///   - count: How many values.
  ///   - kernels: Whose kernels to use.
  ///   - streaming: Whether to write past the caches.
  func apply(
    _ values: UnsafePointer<Scalar>, at source: UnsafePointer<Scalar>,
    into target: UnsafeMutablePointer<Scalar>, count: Int, _ kernels: KernelChoice, streaming: Bool = false
  ) {
    let (activation, residual) = unsafe of(source)
    unsafe activation.apply(
      values, residual: residual, target, count: count, kernels, streaming: streaming)
  }

  /// Writes values of one row, transformed and then finished: in one step by the kernels in C, or piece by piece.
  func write(
    _ transform: RowTransform?, _ source: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>,
    count: Int, _ kernels: KernelChoice, streaming: Bool
  ) {
    let (activation, residual) = unsafe of(source)
    guard let transform else {
      unsafe activation.apply(
        source, residual: residual, target, count: count, kernels, streaming: streaming)
      return
    }
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable,
      unsafe activation.applyAVX2(source, residual, target, count, streaming, transform: transform)
    {
      return
    }
    #endif
    let length = unsafe min(Self.pieceLength, count)
    unsafe withUnsafeTemporaryAllocation(of: Scalar.self, capacity: length) { scratch in
      guard let values = scratch.baseAddress else { return }
      var start = 0
      while start < count {
        let piece = min(length, count - start)
        unsafe RowKernel.apply(
          transform, to: UnsafeBufferPointer(start: source + start, count: piece),
          into: UnsafeMutableBufferPointer(start: values, count: piece), kernels: kernels, streaming: false)
        unsafe activation.apply(
          UnsafePointer(values), residual: residual.map { unsafe $0 + start }, target + start, count: piece,
          kernels, streaming: streaming)
        start += piece
      }
    }
  }
}

extension RowKernel {
  /// Writes the transform of every row of a tensor and what follows it, on several threads where that pays.
  ///
  /// Each row is measured right before it is written, on the same thread.
  ///
  /// - Parameters:
  ///   - source: The rows to read, one after the other.
  ///   - target: Where to write; the same memory as `source` or memory that does not overlap.
  ///   - shape: The shape of both.
  ///   - device: Where to compute, and with how many threads.
  ///   - measuring: Whether the transform depends on the rows' moments; otherwise it gets empty ones.
  ///   - finish: What follows.
  ///   - transform: Gives the transform of a row from its number n · C + c and its moments; nil leaves the row as it is.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  static func transformRows<Scalar: TensorScalar>(
    of source: UnsafeBufferPointer<Scalar>, into target: UnsafeMutableBufferPointer<Scalar>,
    shape: TensorShape, device: Device, measuring: Bool, finish: RowFinish<Scalar>,
    _ transform: @Sendable (Int, RowMoments) -> RowTransform?
  ) {
    guard shape.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
    let length = shape.l
    let writing = WritePlan(
      rowBytes: length * MemoryLayout<Scalar>.stride, rows: shape.rowCount,
      inPlace: unsafe UnsafePointer(to) == from)
    // SAFETY: ranges of rows don't overlap, the pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let (first, firstTarget, finish) = unsafe (from, to, finish)
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: 2 * length, device: device) { rows in
      for row in rows {
        let row = (number: row, start: row * length)
        let values = unsafe UnsafeBufferPointer(start: first + row.start, count: length)
        let measured = measuring ? unsafe moments(of: values, kernels: device.kernels) : RowMoments()
        unsafe finish.write(
          transform(row.number, measured), first + row.start, firstTarget + row.start, count: length,
          device.kernels, streaming: writing.streams)
      }
      if writing.streams { finishStreaming() }
    }
  }
}
