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
  /// Room for ``pieceLength`` values of one thread.
  var scratch: UnsafeMutablePointer<Scalar>?

  /// The number of values that are transformed and finished at a time: a block of the row kernels.
  static var pieceLength: Int { SummationRule(Scalar.self).blockLength }

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

  /// The activation of the row in which a value stands, and the residual from there on.
  func of(_ source: UnsafePointer<Scalar>) -> (RowActivation, UnsafePointer<Scalar>?) {
    let place = unsafe source - base
    let channel = unsafe length == 0 ? 0 : place / length % channels
    return unsafe (
      RowActivation(activation, channel: channel), residual.map { unsafe $0 + place }
    )
  }
}

extension PendingRow {
  /// Writes the first values, each transformed and then finished: in one step by the kernels in C, or piece by piece.
  func write(_ count: Int, _ finish: UnsafePointer<RowFinish<Scalar>>, kernels: KernelChoice) {
    let finish = unsafe finish.pointee
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable {
      let (activation, residual) = unsafe finish.of(source)
      if unsafe activation.applyAVX2(source, residual, target, count, streaming, transform: transform) {
        return
      }
    }
    #endif
    guard let scratch = unsafe finish.scratch else { return }
    var start = 0
    while start < count {
      let piece = unsafe min(RowFinish<Scalar>.pieceLength, count - start)
      unsafe RowKernel.apply(
        transform, to: UnsafeBufferPointer(start: source + start, count: piece),
        into: UnsafeMutableBufferPointer(start: scratch, count: piece), kernels: kernels, streaming: false)
      unsafe finish.apply(
        scratch, at: source + start, into: target + start, count: piece, kernels, streaming: streaming)
      start += piece
    }
  }
}
