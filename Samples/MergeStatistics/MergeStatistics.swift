import AdaIN

/// Statistics as values: merged, subtracted, weighted, decayed, and compared.
@main
enum MergeStatistics {
  static func main() throws {
    // A style may come in parts, in any split.
    let parts = try [[1, 2], [3, 4], [5, 6]].map { StyleStatistics(try Tensor3<Float>([[$0]])) }
    let merged = try parts[0].merged(with: parts[1]).merged(with: parts[2])
    show("merged", merged)
    show("less the last part", try merged.subtracting(parts[2]))
    show("the first part counts four times", try parts[0].weighted(by: 4).merged(with: parts[2]))

    // Following the recent past: after two half-lives the older values have a quarter of their weight.
    var recent = merged
    recent.decay(elapsed: 20, halfLife: 10)
    show("decayed", try recent.merged(with: parts[2]))

    let distance = try parts[0].moments().distance(to: parts[2].moments())
    print("distance of the first and the last part: \(rounded(distance.frechet))")
  }

  private static func show(_ name: String, _ statistics: StyleStatistics) {
    let numbers = (statistics.count + statistics.mean + statistics.variance()).map(rounded)
    print("\(name): count \(numbers[0]), mean \(numbers[1]), variance \(numbers[2])")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Double) -> Double {
    (x * 1000).rounded() / 1000 + 0
  }
}
