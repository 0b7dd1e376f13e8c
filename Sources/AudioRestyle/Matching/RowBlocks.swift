/// Rows in blocks of eight beside each other, channel by channel, with half their squared lengths.
struct RowBlocks: Sendable {
  typealias Lanes = SIMD8<Float>

  /// The number of rows.
  let rowCount: Int
  /// The number of channels.
  let width: Int
  /// The number of blocks: an even one, as two are compared together.
  let count: Int
  /// The vectors of each block, one a channel.
  let values: [Lanes]
  /// A vector for each block.
  let halves: [Lanes]

  init(_ rows: FrameRows) {
    let width = rows.width
    let count = (rows.count + 15) / 16 * 2
    var values = [Lanes](repeating: .zero, count: count * width)
    // Places without a row are far from everything.
    var halves = [Lanes](repeating: Lanes(repeating: .infinity), count: count)
    for (row, half) in rows.halfSquares.enumerated() {
      for channel in 0..<width { values[row / 8 * width + channel][row % 8] = rows[row, channel] }
      halves[row / 8][row % 8] = half
    }
    (rowCount, self.width, self.count) = (rows.count, width, count)
    (self.values, self.halves) = (values, halves)
  }
}
