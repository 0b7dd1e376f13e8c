public import Tensors

extension RowKernel {
  /// Writes the transform of every row of a tensor, on several threads where that pays.
  ///
  /// A row (or four short ones) is measured right before it is written, on the same thread: if it fits the cache, it is read from memory
  /// once. Large results that are not written over their source go past the caches, where they would only
  /// push other data out.
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
      func write(_ row: Int, _ transform: RowTransform?) {
        let input = unsafe UnsafeBufferPointer(start: first + row * length, count: length)
        let output = unsafe UnsafeMutableBufferPointer(start: firstTarget + row * length, count: length)
        if let transform {
          unsafe apply(
            transform, to: input, into: output, kernels: device.kernels, streaming: writing.streams)
        } else if !inPlace {
          _ = unsafe output.update(fromContentsOf: input)
        }
      }
      func standardized(_ rows: Range<Int>) -> Int {
        #if arch(x86_64)
        if device.kernels == .fastest, AVX2RowKernel.isAvailable, length > 1, let plan = unsafe plan {
          let at = rows.lowerBound * length
          return unsafe AVX2RowKernel.standardize(
            rows, from: first + at, to: firstTarget + at, length: length, plan)
        }
        #endif
        return 0
      }
      RowGroup.forEach(in: rows, length: length, shortcut: standardized) { group in
        unsafe withUnsafeTemporaryAllocation(of: RowMoments.self, capacity: group.count) { moments in
          for row in group {
            let input = unsafe UnsafeBufferPointer(start: first + row * length, count: length)
            let output = unsafe writing.fetchesTarget ? UnsafeRawPointer(firstTarget + row * length) : nil
            unsafe moments.initializeElement(
              at: row - group.lowerBound,
              to: measuring ? Self.moments(of: input, kernels: device.kernels, target: output) : RowMoments())
          }
          unsafe withUnsafeTemporaryAllocation(of: RowTransform?.self, capacity: group.count) { transforms in
            for i in 0..<group.count {
              unsafe transforms.initializeElement(at: i, to: transform(group.lowerBound + i, moments[i]))
            }
            for i in 0..<group.count { unsafe write(group.lowerBound + i, transforms[i]) }
          }
        }
      }
      if writing.streams { finishStreaming() }
    }
  }
}
