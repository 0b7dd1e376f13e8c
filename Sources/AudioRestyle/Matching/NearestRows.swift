/// The nearest row of one set for each row of another, and the other way round.
///
/// Every pair is compared by `‖a − b‖² = ‖a‖² + ‖b‖² − 2 a·b`: n · m · C multiplications, eight rows at a time. For two full
/// samples of 2048 frames of 32 bands that is 1.3 · 10⁸ for both directions together.
struct NearestRows {
  /// A row's nearest one in the other set, and the squared Euclidean distance to it.
  struct Match {
    var index = 0
    var distance = Float.infinity
  }

  /// For each row of the first set, the nearest of the second; of equally near ones the first found.
  let fromFirst: [Match]
  /// For each row of the second set, the nearest of the first.
  let fromSecond: [Match]

  private typealias Lanes = SIMD8<Float>

  /// Compares all rows.
  ///
  /// - Parameters:
  ///   - first: Rows.
  ///   - second: Rows of the same width.
  ///   - team: The threads that work; the matches do not depend on their number.
  init(_ first: FrameRows, _ second: FrameRows, team: ThreadTeam = ThreadTeam(1)) throws {
    precondition(first.width == second.width)
    let blocks = Blocks(second)
    let pieceCount = max(1, min(Self.pieceCount, first.count / Self.fewestRows))
    let pieces = (0..<pieceCount).map {
      Piece(first, $0 * first.count / pieceCount..<($0 + 1) * first.count / pieceCount, blocks)
    }
    try team.run(pieces.map { piece in { _ in piece.search() } })
    fromFirst = pieces.flatMap(\.forward)
    fromSecond = (0..<second.count).map { row in
      pieces.reduce(Match()) { $1.backward(row).distance < $0.distance ? $1.backward(row) : $0 }
    }
  }

  /// Into how many parts the first set is cut, and how many rows make one worth a thread.
  private static let pieceCount = 8
  private static let fewestRows = 64

  /// The least half distance in each of eight lanes, and where it was.
  private struct Nearest {
    var distance = Lanes(repeating: .infinity)
    var index = SIMD8<Int32>.zero

    @inline(__always)
    mutating func take(_ distances: Lanes, _ place: Int32) {
      let isNearer = distances .< distance
      distance.replace(with: distances, where: isNearer)
      index.replace(with: SIMD8(repeating: place), where: isNearer)
    }

    /// The nearest row of all, where each index is that of a block of eight rows.
    var match: Match {
      var match = Match()
      for lane in 0..<8 where distance[lane] < match.distance {
        match = Match(index: Int(index[lane]) * 8 + lane, distance: distance[lane])
      }
      match.distance = max(0, 2 * match.distance)
      return match
    }
  }

  /// Rows in blocks of eight beside each other, channel by channel, with half their squared lengths.
  private struct Blocks {
    let count: Int
    let width: Int
    var values: [Lanes]
    var halves: [Lanes]

    init(_ rows: FrameRows) {
      count = (rows.count + 7) / 8
      width = rows.width
      values = [Lanes](repeating: .zero, count: count * width)
      // Places without a row are far from everything.
      halves = [Lanes](repeating: Lanes(repeating: .infinity), count: count)
      for row in 0..<rows.count {
        for channel in 0..<width { values[row / 8 * width + channel][row % 8] = rows[row, channel] }
        halves[row / 8][row % 8] = rows.halfSquare(row)
      }
    }
  }

  /// Some rows of the first set, compared with all of the second.
  // SAFETY: one thread searches, and its results are read afterwards.
  private final class Piece: @unchecked Sendable {
    private let first: FrameRows
    private let range: Range<Int>
    private let blocks: Blocks
    private(set) var forward: [Match] = []
    private var nearest: [Nearest]

    init(_ first: FrameRows, _ range: Range<Int>, _ blocks: Blocks) {
      self.first = first
      self.range = range
      self.blocks = blocks
      nearest = [Nearest](repeating: Nearest(), count: blocks.count)
    }

    /// The nearest of these rows for a row of the second set.
    func backward(_ row: Int) -> Match {
      let (lanes, place) = (nearest[row / 8], row % 8)
      return Match(index: Int(lanes.index[place]), distance: max(0, 2 * lanes.distance[place]))
    }

    func search() {
      let (width, count) = (blocks.width, blocks.count)
      forward.reserveCapacity(range.count)
      unsafe blocks.values.withUnsafeBufferPointer { values in
        unsafe first.values.withUnsafeBufferPointer { rows in
          // Two rows at a time: their sums do not wait for each other, and share what is loaded. A last single row
          // goes with itself.
          for row in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            let pair = (row, min(row + 1, range.upperBound - 1))
            let halves = (first.halfSquare(pair.0), first.halfSquare(pair.1))
            var best = (Nearest(), Nearest())
            for block in 0..<count {
              var products = (Lanes.zero, Lanes.zero)
              for channel in 0..<width {
                let lanes = unsafe values[block &* width &+ channel]
                unsafe products.0 += lanes * rows[pair.0 &* width &+ channel]
                unsafe products.1 += lanes * rows[pair.1 &* width &+ channel]
              }
              let own = blocks.halves[block]
              let distances = ((own + halves.0) - products.0, (own + halves.1) - products.1)
              best.0.take(distances.0, Int32(truncatingIfNeeded: block))
              best.1.take(distances.1, Int32(truncatingIfNeeded: block))
              nearest[block].take(distances.0, Int32(truncatingIfNeeded: pair.0))
              nearest[block].take(distances.1, Int32(truncatingIfNeeded: pair.1))
            }
            forward.append(best.0.match)
            if pair.1 > pair.0 { forward.append(best.1.match) }
          }
        }
      }
    }
  }
}

extension FrameRows {
  /// Half the squared length of a row.
  fileprivate func halfSquare(_ row: Int) -> Float {
    values[row * width..<(row + 1) * width].reduce(0) { $0 + $1 * $1 } / 2
  }
}
