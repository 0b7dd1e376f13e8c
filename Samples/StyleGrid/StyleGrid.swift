import AdaIN

/// A grid: every content towards every style in one call.
@main
enum StyleGrid {
  static func main() throws {
    let contents = [
      try Tensor3<Float>([[[-1, 1]]]),
      try Tensor3<Float>([[[0, 0, 3]]]),
    ]
    let styles = [
      try StyleMoments(mean: [0], standardDeviation: [1]),
      try StyleMoments(mean: [10], standardDeviation: [2]),
      try StyleMoments(mean: [-5], standardDeviation: [0.5]),
    ]
    let adain = AdaptiveInstanceNorm1d<Float>(1)
    let grid = try adain.grid(contents, styles: styles)
    for (i, row) in grid.enumerated() {
      for (j, output) in row.enumerated() {
        print("content \(i), style \(j): \(output.row(0, 0).map(rounded))")
      }
    }

    // Contents are measured once; the results are those of single calls, bit for bit.
    let single = try adain(contents[1], style: styles[2])
    print("as a single call: \(grid[1][2] == single)")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
