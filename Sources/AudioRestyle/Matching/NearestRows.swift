/// The nearest row of one set for each row of another, and the other way round.
///
/// Every pair is compared by `‖a − b‖² = ‖a‖² + ‖b‖² − 2 a·b`: n · m · C multiplications, eight rows at a time. For two full
/// samples of 2048 frames of 32 bands that is 1.3 · 10⁸ for both directions together.
struct NearestRows {
  /// A row's nearest one in the other set, and the squared Euclidean distance to it.
  struct Match: Hashable {
    var index = 0
    var distance = Float.infinity
  }

  /// For each row of the first set, the nearest of the second; of equally near ones the first found.
  let fromFirst: [Match]
  /// For each row of the second set, the nearest of the first.
  let fromSecond: [Match]

  /// The share of rows that are their nearest row's nearest row, the mean of both sets.
  var mutualShare: Double {
    let count = fromFirst.indices.count { fromSecond[fromFirst[$0].index].index == $0 }
    return Double(count) / 2 * (1 / Double(max(1, fromFirst.count)) + 1 / Double(max(1, fromSecond.count)))
  }

  /// Compares all rows.
  ///
  /// - Parameters:
  ///   - first: Rows.
  ///   - second: Rows of the same width, in blocks.
  ///   - team: The threads that work; the matches do not depend on their number.
  ///   - isPortable: Whether Swift's own code searches, whatever the processor; the matches are the same.
  init(_ first: FrameRows, _ second: RowBlocks, team: ThreadTeam = ThreadTeam(1), isPortable: Bool = false)
    throws
  {
    precondition(first.width == second.width)
    let halves = first.halfSquares
    let pieceCount = max(1, min(Self.pieceCount, first.count / Self.fewestRows))
    let pieces = (0..<pieceCount).map {
      let range = $0 * first.count / pieceCount..<($0 + 1) * first.count / pieceCount
      return NearestRowsPiece(first, halves, range, second, isPortable: isPortable)
    }
    try team.run(pieces.map { piece in { _ in piece.search() } })
    fromFirst = pieces.flatMap { piece in (0..<piece.range.count).map { piece.forward.nearestLane(of: $0) } }
    fromSecond = (0..<second.rowCount).map { row in
      pieces.reduce(Match()) {
        let match = $1.backward.lane(row)
        return match.distance < $0.distance ? match : $0
      }
    }
  }

  /// Into how many parts the first set is cut, and how many rows make one worth a thread.
  private static let pieceCount = 8
  private static let fewestRows = 64
}
