/// Values in rising order with their weights: what a distribution is known by.
struct WeightedPoints {
  /// The values, in rising order.
  private(set) var values: [Double]
  /// The weight of each value.
  private(set) var weights: [Double]
  /// The sum of the weights.
  let total: Double

  init(_ points: [(value: Double, weight: Double)]) {
    let sorted = points.sorted { $0.value < $1.value }
    values = sorted.map(\.value)
    weights = sorted.map(\.weight)
    total = weights.reduce(0, +)
  }

  /// The place of each value on the scale of ranks from 0 to 1: the middle of its own weight.
  ///
  /// n values of equal weight stand at (i + ½) / n.
  var places: [Double] {
    var below = 0.0
    return weights.map { weight in
      defer { below += weight }
      return (below + weight / 2) / total
    }
  }

  /// The 1-Wasserstein distance ∫ |F(x) − G(x)| dx of two distributions.
  func wasserstein(to other: WeightedPoints) -> Double {
    guard total > 0, other.total > 0 else { return .nan }
    var (i, j) = (0, 0)
    var (mine, theirs, distance) = (0.0, 0.0, 0.0)
    var position = min(values[0], other.values[0])
    while i < values.count || j < other.values.count {
      let next = min(
        i < values.count ? values[i] : .infinity, j < other.values.count ? other.values[j] : .infinity)
      distance += abs(mine / total - theirs / other.total) * (next - position)
      position = next
      while i < values.count, values[i] == next {
        mine += weights[i]
        i += 1
      }
      while j < other.values.count, other.values[j] == next {
        theirs += other.weights[j]
        j += 1
      }
    }
    return distance
  }
}
