/// How alike the sounds of two recordings are once their tone is matched.
///
/// The median distance from a content frame to its nearest style frame, over the median distance of a style frame to its
/// seventh neighbour among the style's own. The same voice or piece gives less than another one.
enum LikenessRatio {
  private static let neighbour = 7
  /// How many frames the style's own distances are taken from.
  private static let queryCount = 256

  /// - Returns: The ratio; 1 where the style has too few or only equal frames.
  static func ratio(content: FrameRows, style: FrameRows, curve: [Double]) -> Double {
    let (moved, style) = (content.shapes.adding(curve), style.shapes)
    guard style.count > neighbour + 1, content.count > 0 else { return 1 }
    let distances = NearestRows(moved, style).fromFirst.map { Double($0.distance).squareRoot() }
    let step = max(1, style.count / queryCount)
    let own = stride(from: 0, to: style.count, by: step).map { row in
      // The row itself comes first, at no distance.
      rowDistances(from: row, in: style).sorted()[neighbour]
    }
    let (between, within) = (median(distances), median(own))
    return within > 0 ? between / within : 1
  }

  private static func rowDistances(from row: Int, in rows: FrameRows) -> [Double] {
    return (0..<rows.count).map { other in
      var sum: Float = 0
      for band in 0..<rows.width {
        let difference = rows[row, band] - rows[other, band]
        sum += difference * difference
      }
      return Double(sum).squareRoot()
    }
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
