import Dispatch

/// Spreads rows over threads.
///
/// This is the only file that does.
///
/// Each row is worked on by one thread from start to end, so results are the same bits for any number of
/// threads.
package enum RowThreads {
  /// The number of scalars in a share of work that is worth a thread: less takes about as long as starting one.
  static let scalarsPerThread = 1 << 16

  /// The largest number of shares when the device sets no limit.
  ///
  /// Shares wait for a free processor, so more
  /// of them than processors even out the load; this many suffice for any machine.
  static let shareLimit = 128

  /// Calls a closure with ranges of rows that together cover `0 ..< rowCount`, on several threads where that pays.
  ///
  /// - Parameters:
  ///   - rowCount: The number of rows.
  ///   - rowLength: The number of scalars a row costs, for judging whether threads pay.
  ///   - device: Its thread limit bounds the number of threads; nil leaves it to the number of processors.
  ///   - body: Works on the rows of one range; called concurrently, with ranges that don't overlap.
  package static func forEach(
    rowCount: Int, rowLength: Int, device: Device = .cpu, _ body: @Sendable (Range<Int>) -> Void
  ) {
    guard rowCount > 0 else { return }
    let shares = shareCount(rowCount: rowCount, rowLength: rowLength, limit: device.threads)
    if shares <= 1 {
      body(0..<rowCount)
      return
    }
    DispatchQueue.concurrentPerform(iterations: shares) { index in
      body(rowCount * index / shares..<rowCount * (index + 1) / shares)
    }
  }

  /// The number of shares: no more than rows or the limit, and each with enough to do.
  static func shareCount(rowCount: Int, rowLength: Int, limit: Int?) -> Int {
    let (scalars, overflow) = rowCount.multipliedReportingOverflow(by: rowLength)
    let worthwhile = overflow ? Int.max : scalars / scalarsPerThread
    return max(1, min(limit ?? shareLimit, rowCount, worthwhile))
  }
}
