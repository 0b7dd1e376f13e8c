/// Rows that one step works on.
///
/// The square roots and divisions that turn a row's sums into its transform take far longer than a short row's
/// sums. Those of several rows next to each other keep the processor busy: short rows are all measured before the first
/// of them is written. Long ones are measured one by one, each while the one before it is written.
enum RowGroup {
  /// The number of short rows in a group.
  private static let size = 4

  /// The length up to which rows are short.
  private static let lengthLimit = 512

  /// Whether rows of a length are measured together.
  @inline(__always)
  static func isShort(_ length: Int) -> Bool { length <= lengthLimit }

  /// Calls a closure with consecutive groups of rows: of four where rows are short, otherwise of all that are left.
  ///
  /// - Parameters:
  ///   - rows: The numbers of the rows.
  ///   - length: Their length.
  ///   - asks: Whether there is a shortcut.
  ///   - shortcut: Gives how many rows, from the first of a range on, it has dealt with by itself.
  ///   - body: Deals with a group.
  @inline(__always)
  static func forEach(
    in rows: Range<Int>, length: Int, asks: Bool = false, shortcut: (Range<Int>) -> Int = { _ in 0 },
    _ body: (Range<Int>) -> Void
  ) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      if asks { start += shortcut(start..<rows.upperBound) }
      let end = asks || isShort(length) ? min(start + size, rows.upperBound) : rows.upperBound
      if start < end { body(start..<end) }
      start = end
    }
  }
}
