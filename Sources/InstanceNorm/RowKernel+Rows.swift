public import Tensors

extension RowKernel {
  /// Writes the transform of every row of a tensor, on several threads where that pays.
  ///
  /// The closure is asked for a row's transform right before the row is written, on the same thread: a row that it
  /// measures and that fits the cache is read from memory once. Results of at least 16 MiB that are not written
  /// over their source go past the caches, where they would only push other data out.
  ///
  /// - Parameters:
  ///   - source: The rows to read, one after the other.
  ///   - target: Where to write; as long as `source`, and either the same memory or memory that does not overlap.
  ///   - shape: The shape of both.
  ///   - device: Where to compute, and with how many threads.
  ///   - transform: Gives the transform of a row; nil copies the row.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func transformRows<Scalar: TensorScalar>(
    of source: UnsafeBufferPointer<Scalar>, into target: UnsafeMutableBufferPointer<Scalar>,
    shape: TensorShape, device: Device,
    _ transform: @Sendable (TensorRow<Scalar>) -> RowTransform?
  ) {
    precondition(
      source.count == shape.count && target.count == shape.count,
      "expected source and target of \(shape.count) scalars, found \(source.count) and \(target.count)")
    guard shape.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
    let length = shape.l
    let inPlace = unsafe UnsafePointer(to) == from
    let streaming = !inPlace && shape.count * MemoryLayout<Scalar>.stride >= streamingThreshold
    let fetchesTarget = !inPlace && !streaming && length * MemoryLayout<Scalar>.stride <= fetchLimit
    // SAFETY: ranges of rows don't overlap, both buffers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let (first, firstTarget) = unsafe (from, to)
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: length, device: device) { rows in
      func write(_ row: Int, _ transform: RowTransform?) {
        let input = unsafe UnsafeBufferPointer(start: first + row * length, count: length)
        let output = unsafe UnsafeMutableBufferPointer(start: firstTarget + row * length, count: length)
        if let transform {
          unsafe apply(transform, to: input, into: output, kernels: device.kernels, streaming: streaming)
        } else if !inPlace {
          _ = unsafe output.update(fromContentsOf: input)
        }
      }
      // Short rows are written one row late, so that the processor works on the square root and the division of the
      // next one meanwhile.
      let delay = length <= delayLimit ? 1 : 0
      var last: RowTransform?
      for row in rows {
        let input = unsafe UnsafeBufferPointer(start: first + row * length, count: length)
        let next = unsafe transform(
          TensorRow(
            number: row, scalars: input, kernels: device.kernels,
            target: fetchesTarget ? UnsafeRawPointer(firstTarget + row * length) : nil))
        if delay == 0 {
          write(row, next)
        } else if row > rows.lowerBound {
          write(row - 1, last)
        }
        last = next
      }
      if delay > 0, let row = rows.last { write(row, last) }
      if streaming { finishStreaming() }
    }
  }

  /// The length up to which a row is written after the next one's transform is known.
  static let delayLimit = 256

  /// The size in bytes from which a result is written past the caches.
  ///
  /// Below it, what reads the result next finds it in the third-level cache, as measured with 32 MiB of it.
  static let streamingThreshold = 16 << 20

  /// The size in bytes up to which the memory a row will be written to is fetched while the row is measured.
  ///
  /// Input and output then stay in the second-level cache until the row is written.
  static let fetchLimit = 64 << 10
}
