/// Some rows of one set, compared with all of another.
// SAFETY: one thread searches, and its results are read afterwards.
final class NearestRowsPiece: @unchecked Sendable {
  typealias Lanes = RowBlocks.Lanes

  /// The rows.
  let range: Range<Int>
  /// The nearest blocks of each row.
  private(set) var forward: NearestTable
  /// The nearest of these rows for each block.
  private(set) var backward: NearestTable

  private let rows: FrameRows
  private let halves: [Float]
  private let blocks: RowBlocks
  private let isPortable: Bool

  init(_ rows: FrameRows, _ halves: [Float], _ range: Range<Int>, _ blocks: RowBlocks, isPortable: Bool) {
    (self.rows, self.halves, self.range) = (rows, halves, range)
    (self.blocks, self.isPortable) = (blocks, isPortable)
    forward = NearestTable(count: range.count)
    backward = NearestTable(count: blocks.count)
  }

  func search() {
    #if arch(x86_64)
    if !isPortable, AVX2NearestRows.search(rows, halves, range, blocks, &forward, &backward) { return }
    #endif
    searchPortably()
  }

  /// Swift's own code: two rows at a time, whose sums do not wait for each other and share what is loaded.
  private func searchPortably() {
    let width = blocks.width
    unsafe blocks.values.withUnsafeBufferPointer { values in
      unsafe rows.values.withUnsafeBufferPointer { rows in
        for row in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
          // A last single row goes with itself.
          let pair = (row, min(row + 1, range.upperBound - 1))
          let halves = (halves[pair.0], halves[pair.1])
          var best = (Nearest(), Nearest())
          for block in 0..<blocks.count {
            var products = (Lanes.zero, Lanes.zero)
            for channel in 0..<width {
              let lanes = unsafe values[block &* width &+ channel]
              unsafe products.0 += lanes * rows[pair.0 &* width &+ channel]
              unsafe products.1 += lanes * rows[pair.1 &* width &+ channel]
            }
            let own = blocks.halves[block]
            let distances = ((own + halves.0) - products.0, (own + halves.1) - products.1)
            best.0.take(distances.0, block)
            best.1.take(distances.1, block)
            var other = Nearest(distance: backward.distances[block], index: backward.indices[block])
            other.take(distances.0, pair.0)
            other.take(distances.1, pair.1)
            (backward.distances[block], backward.indices[block]) = (other.distance, other.index)
          }
          for (row, best) in [(pair.0, best.0), (pair.1, best.1)] {
            forward.distances[row - range.lowerBound] = best.distance
            forward.indices[row - range.lowerBound] = best.index
          }
        }
      }
    }
  }

  /// The least half distance in each of eight lanes, and where it was.
  private struct Nearest {
    var distance = Lanes(repeating: .infinity)
    var index = NearestTable.Indices.zero

    @inline(__always)
    mutating func take(_ distances: Lanes, _ place: Int) {
      let isNearer = distances .< distance
      distance.replace(with: distances, where: isNearer)
      index.replace(with: NearestTable.Indices(repeating: Int32(truncatingIfNeeded: place)), where: isNearer)
    }
  }
}
