import Tensors

/// One pass over the rows of a tensor: each row is measured where its map needs that, its map is made, and the row is
/// written.
///
/// ``ForwardPass`` and ``GradientPass`` define the measurement and the map. This protocol's extension has the order of
/// the steps, the threads and the masks of both.
///
/// Of measuring and writing, one mostly waits for memory while the other mostly computes. So they run side by side:
/// while a row is written, the next one is measured. A row that fits the cache is read from memory once.
protocol RowPass<Scalar>: SendableMetatype {
  associatedtype Scalar: TensorScalar

  /// The measurements of a row.
  associatedtype Measured

  var rule: RowRule<Scalar> { get }

  /// The number of values of a row.
  var length: Int { get }

  /// The number of scalars a row costs, for judging whether threads pay.
  var cost: Int { get }

  /// Whether rows are written past the caches.
  var streaming: Bool { get }

  /// Measures a row, while another one is written.
  func measure(_ row: Int, on backend: some RowBackend, writing other: PendingRow<Scalar>?) -> Measured

  /// Measures some positions of a row, with the bits that these values alone would give.
  func measure(_ row: Int, at spans: [Range<Int>], on backend: some RowBackend) -> Measured

  /// Makes the map of a row, and stores the moments or sums that the caller asked for.
  func map(_ row: Int, _ measured: Measured) -> RowMap<Scalar>

  /// A row to be written by its map.
  func pending(_ row: Int, _ map: RowMap<Scalar>) -> PendingRow<Scalar>

  /// Whether a backend measures and writes rows of this pass by itself.
  func isCarriedOut(by backend: some RowBackend) -> Bool

  /// Lets a backend measure and write rows; returns how many it has written.
  func write(_ rows: Range<Int>, by backend: some RowBackend) -> Int

  /// The pass over one span of positions, the same of every row.
  func part(_ span: Range<Int>, streaming: Bool) -> Self

  /// Writes positions of a row that are not valid.
  func pad(_ row: Int, _ range: Range<Int>, _ padding: PaddingRule, on backend: some RowBackend)
}

/// The number of rows that are worked on in one step.
///
/// The square roots and divisions that turn a row's sums into its map take far longer than a short row's sums. Those of
/// neighbouring rows overlap if several short rows are measured before the first of them is written. Long rows are
/// measured one by one, each while the row before it is written.
private enum RowGroup {
  /// The number of short rows in a group.
  static let size = 4

  /// The length up to which rows are short.
  static let lengthLimit = 512
}

/// How rows are best written: past the caches, or plainly.
///
/// The limits are where measured times cross on processors with 512 KiB of second-level and 32 MiB of third-level
/// cache. Results do not depend on them.
package struct WritePlan {
  /// Whether rows are written past the caches.
  ///
  /// A later reader of a large result finds little of it in the caches anyway, and a plain store first reads the memory
  /// that it is about to overwrite.
  package let streams: Bool

  package init(rowBytes: Int, rows: Int, inPlace: Bool) {
    // A short row shares its first and last cache lines with its neighbours, and shared lines cannot be streamed.
    streams = !inPlace && rowBytes >= 8 << 10 && rowBytes * rows >= 16 << 20
  }
}

extension RowPass {
  /// Runs the pass over all rows of a tensor, on several threads where that pays.
  ///
  /// - Parameters:
  ///   - shape: The tensor's shape.
  ///   - masking: The valid positions; nil stands for all.
  ///   - device: Where to compute, and with how many threads.
  @inline(__always)
  func run(over shape: TensorShape, _ masking: Masking?, on device: ComputeDevice) {
    RowThreads.forEach(
      rowCount: shape.rowCount, rowLength: cost, device: device, sharing: self
    ) { pass, rows in
      #if arch(x86_64)
      if let backend = device.kernels.avx2Backend {
        pass.run(rows, masking, channels: shape.c, on: backend)
        return
      }
      #endif
      pass.run(rows, masking, channels: shape.c, on: PortableBackend())
    }
  }

  /// Runs the pass over some rows on this thread.
  @inline(__always)
  private func run(_ rows: Range<Int>, _ masking: Masking?, channels: Int, on backend: some RowBackend) {
    if let masking {
      run(rows, validIn: masking, channels: channels, on: backend)
    } else {
      run(rows, on: backend)
    }
    if streaming { backend.finishStreaming() }
  }

  /// Runs the pass over some rows, all positions of each.
  @inline(__always)
  private func run(_ rows: Range<Int>, on backend: some RowBackend) {
    if unsafe !rule.usesInputStatistics {
      for row in rows {
        unsafe write(row, map(row, measure(row, on: backend, writing: nil)), on: backend)
      }
      return
    }
    let isShort = length <= RowGroup.lengthLimit
    let isCarriedOut = isCarriedOut(by: backend)
    var start = rows.lowerBound
    while start < rows.upperBound {
      if isCarriedOut { start += write(start..<rows.upperBound, by: backend) }
      let end =
        isCarriedOut || isShort ? min(start + RowGroup.size, rows.upperBound) : rows.upperBound
      if start < end {
        if isShort {
          writeTogether(start..<end, on: backend)
        } else {
          writeInTurn(start..<end, on: backend)
        }
      }
      start = end
    }
  }

  /// Measures at most four rows, makes their maps, and writes them.
  @inline(__always)
  private func writeTogether(_ rows: Range<Int>, on backend: some RowBackend) {
    unsafe withUnsafeTemporaryAllocation(of: RowMap<Scalar>.self, capacity: RowGroup.size) { maps in
      unsafe withUnsafeTemporaryAllocation(of: Measured.self, capacity: RowGroup.size) { measured in
        for i in 0..<rows.count {
          unsafe measured.initializeElement(
            at: i, to: measure(rows.lowerBound + i, on: backend, writing: nil))
        }
        for i in 0..<rows.count {
          unsafe maps.initializeElement(at: i, to: map(rows.lowerBound + i, measured[i]))
        }
      }
      for i in 0..<rows.count { unsafe write(rows.lowerBound + i, maps[i], on: backend) }
    }
  }

  /// Measures rows one by one, each while the one before it is written.
  @inline(__always)
  private func writeInTurn(_ rows: Range<Int>, on backend: some RowBackend) {
    var measured = unsafe measure(rows.lowerBound, on: backend, writing: nil)
    for row in rows {
      let map = unsafe map(row, measured)
      if row + 1 < rows.upperBound {
        measured = unsafe measure(row + 1, on: backend, writing: pending(row, map))
      } else {
        unsafe write(row, map, on: backend)
      }
    }
  }

  @inline(__always)
  private func write(_ row: Int, _ map: RowMap<Scalar>, on backend: some RowBackend) {
    unsafe backend.write(pending(row, map), count: length)
  }

  /// Runs the pass over the valid positions of some rows, and writes the others as padding.
  ///
  /// Where a sample has one span, its rows take a pass over that span. The values of several spans are gathered to be
  /// measured.
  private func run(
    _ rows: Range<Int>, validIn masking: Masking, channels: Int, on backend: some RowBackend
  ) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      let sample = start / channels
      let end = min((sample + 1) * channels, rows.upperBound)
      let spans = masking.positions.spans[sample]
      if spans.count == 1 { part(spans[0], streaming: streaming).run(start..<end, on: backend) }
      for row in start..<end {
        if spans.count > 1 {
          let measured = measure(row, at: spans, on: backend)
          for span in spans {
            let part = part(span, streaming: false)
            unsafe part.write(row, part.map(row, measured), on: backend)
          }
        }
        PositionMask.forEachPadding(spans, length: length) { pad(row, $0, masking.padding, on: backend) }
      }
      start = end
    }
  }
}
