public import Tensors

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
  ///   - transform: Gives the transform of a row from its number n · C + c and its moments; nil copies the row.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func transformRows<Scalar: TensorScalar>(
    of source: UnsafeBufferPointer<Scalar>, into target: UnsafeMutableBufferPointer<Scalar>,
    shape: TensorShape, device: Device, measuring: Bool = true,
    standardization: RowStandardization? = nil, _ transform: @Sendable (Int, RowMoments) -> RowTransform?
  ) {
    precondition(
      source.count == shape.count && target.count == shape.count,
      "expected source and target of \(shape.count) scalars, found \(source.count) and \(target.count)")
    guard shape.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
    let length = shape.l
    let inPlace = unsafe UnsafePointer(to) == from
    let writing = WritePlan(
      rowBytes: length * MemoryLayout<Scalar>.stride, rows: shape.rowCount, inPlace: inPlace)
    // SAFETY: ranges of rows don't overlap, both buffers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let (first, firstTarget, plan) = unsafe (from, to, standardization)
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: length, device: device) { rows in
      func input(_ row: Int) -> UnsafeBufferPointer<Scalar> {
        unsafe UnsafeBufferPointer(start: first + row * length, count: length)
      }
      func pending(_ row: Int, _ transform: RowTransform) -> PendingRow<Scalar> {
        unsafe PendingRow(
          transform: transform, source: first + row * length, target: firstTarget + row * length,
          streaming: writing.streams)
      }
      func write(_ row: Int, _ transform: RowTransform?) {
        if let transform {
          unsafe pending(row, transform).write(length, kernels: device.kernels)
        } else if !inPlace {
          unsafe (firstTarget + row * length).update(from: first + row * length, count: length)
        }
      }
      func measure(_ row: Int, writing other: PendingRow<Scalar>? = nil) -> RowMoments {
        if !measuring { return RowMoments() }
        return unsafe moments(of: input(row), kernels: device.kernels, writing: other)
      }
      #if arch(x86_64)
      let isOneStep =
        unsafe device.kernels == .fastest && AVX2RowKernel.standardizes(Scalar.self, length) && plan != nil
      #else
      let isOneStep = false
      #endif
      func standardized(_ rows: Range<Int>) -> Int {
        #if arch(x86_64)
        if let plan = unsafe plan {
          let at = rows.lowerBound * length
          return unsafe AVX2RowKernel.standardize(
            rows, from: first + at, to: firstTarget + at, length: length, plan, streaming: writing.streams)
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
          if row + 1 == group.upperBound {
            write(row, map)
          } else if measuring, let map {
            measured = unsafe measure(row + 1, writing: pending(row, map))
          } else {
            write(row, map)
            measured = measure(row + 1)
          }
        }
      }
      if writing.streams { finishStreaming() }
    }
  }
}
