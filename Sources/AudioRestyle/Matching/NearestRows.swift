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
    var nearest = [Lanes](repeating: Lanes(repeating: .infinity), count: blockCount)
    var nearestIndex = [SIMD8<Int32>](repeating: .zero, count: blockCount)
    var fromFirst = [Match](repeating: Match(), count: first.count)
    unsafe blocks.withUnsafeBufferPointer { blocks in
      unsafe first.values.withUnsafeBufferPointer { rows in
        for row in 0..<first.count {
          var best = Lanes(repeating: .infinity)
          var bestBlock = SIMD8<Int32>.zero
          for block in 0..<blockCount {
            var sum = Lanes.zero
            for channel in 0..<width {
              let difference = unsafe blocks[block * width + channel] - rows[row * width + channel]
              sum += difference * difference
            }
            let isNearer = sum .< best
            best.replace(with: sum, where: isNearer)
            bestBlock.replace(with: SIMD8(repeating: Int32(block)), where: isNearer)
            let isNearest = sum .< nearest[block]
            nearest[block].replace(with: sum, where: isNearest)
            nearestIndex[block].replace(with: SIMD8(repeating: Int32(row)), where: isNearest)
          }
          for lane in 0..<8 where best[lane] < fromFirst[row].distance {
            fromFirst[row] = Match(index: Int(bestBlock[lane]) * 8 + lane, distance: best[lane])
          }
        }
      }
    }
    self.fromFirst = fromFirst
    fromSecond = (0..<second.count).map { row in
      Match(index: Int(nearestIndex[row / 8][row % 8]), distance: nearest[row / 8][row % 8])
    }
  }
}
