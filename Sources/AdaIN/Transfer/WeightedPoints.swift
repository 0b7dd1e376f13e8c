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

/// A rising sequence of knots joined by straight lines, with a constant offset beyond its ends.
struct PiecewiseLinear: Hashable, Sendable {
  let xs: [Double]
  let ys: [Double]

  /// The value at x: `y₀ + (x − x₀)` before the first knot, and likewise after the last; NaN for NaN.
  func callAsFunction(_ x: Double) -> Double {
    guard let first = xs.first, let last = xs.last else { return x }
    if x <= first { return ys[0] + (x - first) }
    if !(x < last) { return ys[ys.count - 1] + (x - last) }
    let upper = upperIndex(x)
    let (x0, x1) = (xs[upper - 1], xs[upper])
    let t = (x - x0) / (x1 - x0)
    return ys[upper - 1] * (1 - t) + ys[upper] * t
  }

  /// The value at x, held constant beyond the ends.
  func clamped(_ x: Double) -> Double {
    guard let first = xs.first, let last = xs.last else { return .nan }
    return x <= first ? ys[0] : x >= last ? ys[ys.count - 1] : self(x)
  }

  /// The value just before x, held constant beyond the ends: it differs from ``clamped(_:)`` where knots share an x.
  func leftLimit(_ x: Double) -> Double {
    guard let at = lowerIndex(x), xs[at] == x else { return clamped(x) }
    return ys[at]
  }

  /// The first knot at or above x.
  private func lowerIndex(_ x: Double) -> Int? {
    var (low, high) = (0, xs.count)
    while low < high {
      let middle = (low + high) / 2
      if xs[middle] < x { low = middle + 1 } else { high = middle }
    }
    return low < xs.count ? low : nil
  }

  /// The first knot above x.
  private func upperIndex(_ x: Double) -> Int {
    var (low, high) = (0, xs.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if xs[middle] <= x { low = middle } else { high = middle }
    }
    return high
  }
}
