/// The nearest found so far in eight lanes of each of some places.
struct NearestTable {
  typealias Lanes = RowBlocks.Lanes
  typealias Indices = SIMD8<Int32>

  /// Half the least squared distance in each lane.
  var distances: [Lanes]
  /// Where it was.
  var indices: [Indices]

  init(count: Int) {
    distances = [Lanes](repeating: Lanes(repeating: .infinity), count: count)
    indices = [Indices](repeating: .zero, count: count)
  }

  /// The match of one lane, counted over all places.
  func lane(_ index: Int) -> NearestRows.Match {
    let (place, lane) = (index / 8, index % 8)
    return NearestRows.Match(
      index: Int(indices[place][lane]), distance: max(0, 2 * distances[place][lane]))
  }

  /// The nearest row of a place's lanes, where each index is that of a block of eight rows.
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
