import Dispatch

/// Spreads rows over threads; no other code of this package's layers starts threads.
///
/// Safety. The memory that a pass reads and writes is described by pointers, which the compiler cannot check across
/// threads. ``forEach(rowCount:rowLength:device:sharing:_:)`` therefore takes them as one value beside a closure that
/// captures nothing unchecked, and is the only place where such a value crosses to other threads. That is free of
/// data races for four reasons:
/// 1. The ranges of rows cover `0 ..< rowCount` once and don't overlap, and a closure writes only what belongs to the
///    rows of its range: their scalars, and their elements of arrays that have one element for each row.
/// 2. What the closures read is either a row of their own range or is written by none of them: the rule of a call,
///    masks, weights. Source and target are the same memory, row for row, or don't overlap.
/// 3. `concurrentPerform` returns after the last closure has, so memory that outlives the call outlives its use.
/// 4. Its return also orders all writes before whatever the caller does next. Stores past the caches, which the
///    processor orders separately, are fenced by the thread that made them (``RowBackend/finishStreaming()``).
///
/// Each row is worked on by one thread from start to end, so results are the same bits for any number of threads.
package enum RowThreads {
  /// The least number of scalars in a share of work; a smaller share takes about as long as starting a thread.
  static let scalarsPerThread = 1 << 16

  /// The largest number of shares when the device sets no limit.
  ///
  /// Shares wait for a free processor, so having more shares than processors evens out the load.
  static let shareLimit = 128

  /// Calls a closure with ranges of rows that together cover `0 ..< rowCount`, on several threads where that pays.
  ///
  /// - Parameters:
  ///   - rowCount: The number of rows.
  ///   - rowLength: The number of scalars a row costs, for judging whether threads pay.
  ///   - device: The device, whose thread limit bounds the number of shares.
  ///   - value: The value that every call of the closure receives: pointers to the rows and to the data they are
  ///     computed from. The caller keeps to rules 1 and 2 above.
  ///   - body: Works on the rows of one range; called concurrently, with ranges that don't overlap.
  @inline(__always)
  package static func forEach<Value>(
    rowCount: Int, rowLength: Int, device: ComputeDevice = .cpu, sharing value: Value,
    _ body: @Sendable (Value, Range<Int>) -> Void
  ) {
    guard rowCount > 0 else { return }
    let shares = shareCount(rowCount: rowCount, rowLength: rowLength, limit: device.threads)
    if shares <= 1 {
      body(value, 0..<rowCount)
      return
    }
    // SAFETY: as told above.
    nonisolated(unsafe) let shared = value
    DispatchQueue.concurrentPerform(iterations: shares) { index in
      unsafe body(shared, rowCount * index / shares..<rowCount * (index + 1) / shares)
    }
  }

  /// The number of shares: at most the number of rows and the limit, with at least ``scalarsPerThread`` in each.
  private static func shareCount(rowCount: Int, rowLength: Int, limit: Int?) -> Int {
    let (scalars, overflow) = rowCount.multipliedReportingOverflow(by: rowLength)
    let worthwhile = overflow ? Int.max : scalars / scalarsPerThread
    return max(1, min(limit ?? shareLimit, rowCount, worthwhile))
  }
}
