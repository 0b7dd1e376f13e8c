/// The nearest row of one set for each row of another, and the other way round.
///
/// Every pair is compared: n · m · C multiplications, eight rows at a time. For two full samples of 2048 frames of 32 bands
/// that is 1.3 · 10⁸ for both directions together.
struct NearestRows {
  /// A row's nearest one in the other set, and the squared Euclidean distance to it.
  struct Match {
    var index = 0
    var distance = Float.infinity
  }

  /// For each row of the first set, the nearest of the second.
  let fromFirst: [Match]
  /// For each row of the second set, the nearest of the first.
  let fromSecond: [Match]

  private typealias Lanes = SIMD8<Float>

  /// The least distance in each of eight lanes, and where it was.
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
      return match
    }
  }

  init(_ first: FrameRows, _ second: FrameRows) {
    precondition(first.width == second.width)
    let width = first.width
    let blockCount = (second.count + 7) / 8
    // Channel by channel, eight rows beside each other; places without a row are far from everything.
    var blocks = [Lanes](repeating: Lanes(repeating: 1e15), count: blockCount * width)
    for row in 0..<second.count {
      for channel in 0..<width {
        blocks[row / 8 * width + channel][row % 8] = second.values[row * width + channel]
      }
    }
    var reverse = [Nearest](repeating: Nearest(), count: blockCount)
    var fromFirst = [Match](repeating: Match(), count: first.count)
    unsafe blocks.withUnsafeBufferPointer { blocks in
      unsafe first.values.withUnsafeBufferPointer { values in
        // Two rows at a time: their sums do not wait for each other, and share what is loaded. A last single row goes
        // with itself.
        for row in stride(from: 0, to: first.count, by: 2) {
          let pair = (row, min(row + 1, first.count - 1))
          var best = (Nearest(), Nearest())
          for block in 0..<blockCount {
            var sums = (Lanes.zero, Lanes.zero)
            for channel in 0..<width {
              let lanes = unsafe blocks[block &* width &+ channel]
              let differences = unsafe (
                lanes - values[pair.0 &* width &+ channel], lanes - values[pair.1 &* width &+ channel]
              )
              sums.0 += differences.0 * differences.0
              sums.1 += differences.1 * differences.1
            }
            best.0.take(sums.0, Int32(truncatingIfNeeded: block))
            best.1.take(sums.1, Int32(truncatingIfNeeded: block))
            reverse[block].take(sums.0, Int32(truncatingIfNeeded: pair.0))
            reverse[block].take(sums.1, Int32(truncatingIfNeeded: pair.1))
          }
          fromFirst[pair.0] = best.0.match
          fromFirst[pair.1] = best.1.match
        }
      }
    }
    self.fromFirst = fromFirst
    fromSecond = (0..<second.count).map { row in
      Match(index: Int(reverse[row / 8].index[row % 8]), distance: reverse[row / 8].distance[row % 8])
    }
  }
}
