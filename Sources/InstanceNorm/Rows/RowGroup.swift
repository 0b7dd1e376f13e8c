/// Rows that are measured one after the other before the first of them is written.
///
/// The square roots and divisions that turn a row's sums into its transform take far longer than a short row's
/// sums. Those of several rows next to each other keep the processor busy.
enum RowGroup {
  /// The number of short rows in a group.
  private static let size = 4

  /// The length up to which rows are short.
  private static let lengthLimit = 512

  /// Calls a closure with consecutive groups of rows: of one row each, unless rows are short.
  ///
  /// - Parameters:
  ///   - rows: The numbers of the rows.
  ///   - length: Their length.
  ///   - shortcut: Asked first where rows are short; gives how many of the rows it has dealt with.
  ///   - body: Deals with a group.
  @inline(__always)
  static func forEach(
    in rows: Range<Int>, length: Int, shortcut: (Range<Int>) -> Int = { _ in 0 }, _ body: (Range<Int>) -> Void
  ) {
    let isShort = length <= lengthLimit
    var start = rows.lowerBound
    while start < rows.upperBound {
      if isShort { start += shortcut(start..<rows.upperBound) }
      let end = min(start + (isShort ? size : 1), rows.upperBound)
      if start < end { body(start..<end) }
      start = end
    }
  }
}
