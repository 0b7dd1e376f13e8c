import AudioFeatures
import CAudioKernels
import StyleProfiles

/// The nearest neighbours between two sets of rows, in both directions.
///
/// Every pair is compared by `‖a − b‖² = ‖a‖² + ‖b‖² − 2 a·b`: n · m · C multiplications, eight rows at a time. For two
/// full samples of 2048 frames of 32 bands these are 1.3 · 10⁸ multiplications for both directions together.
struct NearestRows {
  /// The index of a row's nearest one in the other set, and the squared Euclidean distance to it.
  struct Match: Hashable {
    var index = 0
    var distance = Float.infinity
  }

  /// For each row of the first set, the nearest one of the second.
  let fromFirst: [Match]
  /// For each row of the second set, the nearest one of the first.
  let fromSecond: [Match]

  /// The share of rows that are the nearest one of their own nearest row: the mean of both sets.
  var mutualShare: Double {
    let count = fromFirst.indices.count { fromSecond[fromFirst[$0].index].index == $0 }
    return Double(count) / 2 * (1 / Double(max(1, fromFirst.count)) + 1 / Double(max(1, fromSecond.count)))
  }

  /// Compares all rows.
  ///
  /// - Parameters:
  ///   - first: The rows of the first set.
  ///   - second: The rows of the second set, of the same width, in blocks.
  ///   - team: The threads that work; the matches do not depend on their number.
  ///   - isPortable: Whether the search is in Swift on every processor; the matches are the same.
  init(_ first: FrameRows, _ second: RowBlocks, team: ThreadTeam = ThreadTeam(1), isPortable: Bool = false)
    throws
  {
    precondition(first.width == second.width)
    let halves = first.halfSquares
    let pieceCount = max(1, min(Self.pieceCount, first.count / Self.fewestRows))
    let pieces = (0..<pieceCount).map {
      let range = $0 * first.count / pieceCount..<($0 + 1) * first.count / pieceCount
      return Exclusive(NearestRowsPiece(first, halves, range, second, isPortable: isPortable))
    }
    try team.run(pieces.map { piece in ThreadTeam.Job(piece) { $0.search() } })
    let found = pieces.map(\.value)
    fromFirst = found.flatMap { piece in (0..<piece.range.count).map { piece.forward.nearestLane(of: $0) } }
    fromSecond = (0..<second.rowCount).map { row in
      found.reduce(Match()) {
        let match = $1.backward.lane(row)
        return match.distance < $0.distance ? match : $0
      }
    }
  }

  /// The most parts that the first set is cut into; where there are several, each has at least `fewestRows` rows.
  private static let pieceCount = 8
  private static let fewestRows = 64
}

/// The search for a range of rows of the first set among all rows of the second.
struct NearestRowsPiece: Sendable {
  typealias Lanes = RowBlocks.Lanes

  /// The rows.
  let range: Range<Int>
  /// For each row of the range, the nearest block in each lane.
  private(set) var forward: NearestTable
  /// For each block, the nearest row of the range in each lane.
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

  mutating func search() {
    #if arch(x86_64)
    if !isPortable, AVX2NearestRows.search(rows, halves, range, blocks, &forward, &backward) { return }
    #endif
    searchPortably()
  }

  /// The search in Swift: two rows at a time, whose sums are independent and share the loaded blocks.
  private mutating func searchPortably() {
    let width = blocks.width
    unsafe blocks.values.withUnsafeBufferPointer { values in
      unsafe rows.values.withUnsafeBufferPointer { rows in
        for row in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
          // A last single row is paired with itself.
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

  /// Half the least squared distance in each of eight lanes, and the index where it was found.
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

/// The nearest rows found so far, for a number of places with eight lanes each.
struct NearestTable: Sendable {
  typealias Lanes = RowBlocks.Lanes
  typealias Indices = SIMD8<Int32>

  /// Half the least squared distance in each lane.
  var distances: [Lanes]
  /// The index where each was found.
  var indices: [Indices]

  init(count: Int) {
    distances = [Lanes](repeating: Lanes(repeating: .infinity), count: count)
    indices = [Indices](repeating: .zero, count: count)
  }

  /// The match of a lane, where lanes are counted over all places.
  func lane(_ index: Int) -> NearestRows.Match {
    let (place, lane) = (index / 8, index % 8)
    return NearestRows.Match(
      index: Int(indices[place][lane]), distance: max(0, 2 * distances[place][lane]))
  }

  /// The nearest row over the lanes of a place, where each index is that of a block of eight rows.
  func nearestLane(of place: Int) -> NearestRows.Match {
    let (distance, index) = (distances[place], indices[place])
    var match = NearestRows.Match()
    for lane in 0..<8 where distance[lane] < match.distance {
      match = NearestRows.Match(index: Int(index[lane]) * 8 + lane, distance: distance[lane])
    }
    match.distance = max(0, 2 * match.distance)
    return match
  }
}

/// Rows in blocks of eight, interleaved channel by channel, with half their squared lengths.
struct RowBlocks: Sendable {
  typealias Lanes = SIMD8<Float>

  /// The number of rows.
  let rowCount: Int
  /// The number of channels.
  let width: Int
  /// The number of blocks, which is even, as two are compared together.
  let count: Int
  /// The values of each block: a vector of eight rows for each channel.
  let values: [Lanes]
  /// Half the squared lengths: a vector of eight rows for each block.
  let halves: [Lanes]

  init(_ rows: FrameRows) {
    let width = rows.width
    let count = (rows.count + 15) / 16 * 2
    var values = [Lanes](repeating: .zero, count: count * width)
    // Lanes without a row are infinitely far from every row.
    var halves = [Lanes](repeating: Lanes(repeating: .infinity), count: count)
    for (row, half) in rows.halfSquares.enumerated() {
      for channel in 0..<width { values[row / 8 * width + channel][row % 8] = rows[row, channel] }
      halves[row / 8][row % 8] = half
    }
    (rowCount, self.width, self.count) = (rows.count, width, count)
    (self.values, self.halves) = (values, halves)
  }
}

#if arch(x86_64)

/// The search in C for x86-64 processors with AVX2: ``NearestRowsPiece``'s results, bit for bit.
///
/// Only this file calls it.
enum AVX2NearestRows {
  /// Fills both tables for a range of rows; false without AVX2, when nothing is done.
  static func search(
    _ rows: FrameRows, _ halves: [Float], _ range: Range<Int>, _ blocks: RowBlocks,
    _ forward: inout NearestTable, _ backward: inout NearestTable
  ) -> Bool {
    guard cak_has_avx2() else { return false }
    precondition(rows.width == blocks.width && halves.count == rows.count && range.upperBound <= rows.count)
    precondition(forward.distances.count == range.count && backward.distances.count == blocks.count)
    unsafe rows.values.withUnsafeBufferPointer { values in
      unsafe halves.withUnsafeBufferPointer { halves in
        unsafe withPointers(to: blocks) { blocks in
          unsafe withPointers(to: &forward) { forward in
            unsafe withPointers(to: &backward) { backward in
              var rows = unsafe cnr_rows(
                values: values.baseAddress, halves: halves.baseAddress, width: rows.width,
                begin: range.lowerBound, end: range.upperBound)
              unsafe cnr_search(&rows, blocks, forward, backward)
            }
          }
        }
      }
    }
    return true
  }

  private static func withPointers(
    to blocks: RowBlocks, _ body: (UnsafePointer<cnr_blocks>) -> Void
  ) {
    unsafe blocks.values.withUnsafeBytes { values in
      unsafe blocks.halves.withUnsafeBytes { halves in
        var pointers = unsafe cnr_blocks(
          values: values.baseAddress, halves: halves.baseAddress, count: blocks.count)
        unsafe body(&pointers)
      }
    }
  }

  private static func withPointers(
    to table: inout NearestTable, _ body: (UnsafePointer<cnr_nearest>) -> Void
  ) {
    unsafe table.distances.withUnsafeMutableBytes { distances in
      unsafe table.indices.withUnsafeMutableBytes { indices in
        var pointers = unsafe cnr_nearest(distances: distances.baseAddress, indices: indices.baseAddress)
        unsafe body(&pointers)
      }
    }
  }
}
#endif
