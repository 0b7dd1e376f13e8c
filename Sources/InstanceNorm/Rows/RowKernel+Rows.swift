import Tensors

/// Where rows of one length stand in a tensor: all of each row, or the same positions of each.
@unsafe struct RowPlaces<Scalar: TensorScalar> {
  /// The first value of row 0, to read and to write; the same memory or memory that does not overlap.
  let source: UnsafePointer<Scalar>
  let target: UnsafeMutablePointer<Scalar>
  /// The position in its row at which that value stands.
  var position = 0
  /// The number of values of a row.
  let length: Int
  /// The number of values from a row to the next one.
  let stride: Int
  /// Whether rows are written past the caches; then `RowKernel.finishStreaming()` must follow on the same thread.
  let streaming: Bool
}

extension RowKernel {
  /// Writes the transform of every row of a tensor, on several threads where that pays.
  ///
  /// A row (or four short ones) is measured right before it is written, on the same thread: if it fits the cache, it is
  /// read from memory once. The next one is measured while it is written. Large results that are not written over their
  /// source go past the caches, where they would only push other data out.
  ///
  /// - Parameters:
  ///   - source: The rows to read, one after the other.
  ///   - target: Where to write; as long as `source`, and either the same memory or memory that does not overlap.
  ///   - shape: The shape of both.
  ///   - device: Where to compute, and with how many threads.
  ///   - measuring: Whether the transform depends on the rows' moments; otherwise it gets empty ones.
  ///   - standardization: What the transform amounts to where it is that of a row by its own moments; kernels may then
  ///     carry it out without asking.
  ///   - finish: What follows the transform; nil for nothing.
  ///   - transform: Gives the transform of a row from its number n · C + c and its moments; nil leaves it as it is.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  static func transformRows<Scalar: TensorScalar>(
    of source: UnsafeBufferPointer<Scalar>, into target: UnsafeMutableBufferPointer<Scalar>,
    shape: TensorShape, device: Device, measuring: Bool = true,
    standardization: RowStandardization? = nil, finish: TensorFinish<Scalar>? = nil,
    _ transform: @Sendable (Int, RowMoments) -> RowTransform?
  ) {
    precondition(
      source.count == shape.count && target.count == shape.count,
      "expected source and target of \(shape.count) scalars, found \(source.count) and \(target.count)")
    guard shape.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
    let writing = WritePlan(
      rowBytes: shape.l * MemoryLayout<Scalar>.stride, rows: shape.rowCount,
      inPlace: unsafe UnsafePointer(to) == from)
    // SAFETY: ranges of rows don't overlap, the pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let places = unsafe RowPlaces(
      source: from, target: to, length: shape.l, stride: shape.l, streaming: writing.streams)
    nonisolated(unsafe) let (plan, finish) = unsafe (standardization, finish)
    let cost = unsafe finish == nil ? shape.l : 2 * shape.l
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: cost, device: device) { rows in
      unsafe transformRange(
        rows, places, device.kernels, measuring: measuring, standardization: plan, finish: finish, transform)
      if writing.streams { finishStreaming() }
    }
  }

  /// Writes the transform of some rows on this thread; parameters as above.
  @inline(__always)
  static func transformRange<Scalar: TensorScalar>(
    _ rows: Range<Int>, _ places: RowPlaces<Scalar>, _ kernels: KernelChoice, measuring: Bool,
    standardization plan: RowStandardization?, finish: TensorFinish<Scalar>?,
    _ transform: (Int, RowMoments) -> RowTransform?
  ) {
    let (length, stride) = unsafe (places.length, places.stride)
    func write(_ row: Int, _ transform: RowTransform?) {
      guard unsafe finish == nil, let transform else {
        unsafe pending(row, transform).write(length, kernels: kernels)
        return
      }
      unsafe apply(
        transform, to: UnsafeBufferPointer(start: places.source + row * stride, count: length),
        into: UnsafeMutableBufferPointer(start: places.target + row * stride, count: length),
        kernels: kernels, streaming: places.streaming)
    }
    func pending(_ row: Int, _ transform: RowTransform?) -> PendingRow<Scalar> {
      unsafe PendingRow(
        transform: transform, source: places.source + row * stride, target: places.target + row * stride,
        streaming: places.streaming, finish: finish?.row(row, from: places.position))
    }
    func measure(_ row: Int, writing other: PendingRow<Scalar>? = nil) -> RowMoments {
      unsafe moments(
        of: UnsafeBufferPointer(start: places.source + row * stride, count: length), kernels: kernels,
        writing: other)
    }
    if !measuring {
      for row in rows { write(row, transform(row, RowMoments())) }
      return
    }
    #if arch(x86_64)
    let isOneStep =
      unsafe kernels.usesAVX2 && AVX2RowKernel.standardizes(Scalar.self, length) && plan != nil
    #else
    let isOneStep = false
    #endif
    func standardized(_ rows: Range<Int>) -> Int {
      #if arch(x86_64)
      if let plan = unsafe plan {
        let at = rows.lowerBound * stride
        return unsafe AVX2RowKernel.standardize(
          rows, from: places.source + at, to: places.target + at, length: length, stride: stride, plan,
          streaming: places.streaming, kernels)
      }
      #endif
      return 0
    }
    RowGroup.forEach(in: rows, length: length, asks: isOneStep, shortcut: standardized) { group in
      if RowGroup.isShort(length) {
        unsafe withUnsafeTemporaryAllocation(of: RowTransform?.self, capacity: group.count) { transforms in
          unsafe withUnsafeTemporaryAllocation(of: RowMoments.self, capacity: group.count) { moments in
            for (i, row) in group.enumerated() { unsafe moments.initializeElement(at: i, to: measure(row)) }
            for (i, row) in group.enumerated() {
              unsafe transforms.initializeElement(at: i, to: transform(row, moments[i]))
            }
          }
          for (i, row) in group.enumerated() { unsafe write(row, transforms[i]) }
        }
        return
      }
      var measured = measure(group.lowerBound)
      for row in group {
        let map = transform(row, measured)
        if row + 1 < group.upperBound {
          measured = unsafe measure(row + 1, writing: pending(row, map))
        } else {
          write(row, map)
        }
      }
    }
  }
}
