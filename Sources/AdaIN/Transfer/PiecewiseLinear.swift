/// A rising sequence of knots joined by straight lines, with a constant slope beyond its ends.
package struct PiecewiseLinear: Hashable, Sendable {
  package let xs: [Double]
  package let ys: [Double]
  /// The slope before the first knot and after the last; 1 keeps the offset that the map has there.
  package let endSlope: Double
  /// For each of as many equal steps from the first x to the last as there are knots: the last knot at or before it.
  private let starts: [Int32]
  /// Steps a unit of x.
  private let scale: Double

  /// Joins knots; both lists rise.
  package init(xs: [Double], ys: [Double], endSlope: Double = 1) {
    precondition(xs.count == ys.count && xs.count <= Int32.max)
    self.xs = xs
    self.ys = ys
    self.endSlope = endSlope
    guard let first = xs.first, let last = xs.last, last > first, (Double(xs.count) / (last - first)).isFinite
    else {
      starts = []
      scale = 0
      return
    }
    scale = Double(xs.count) / (last - first)
    var steps: [Int32] = []
    steps.reserveCapacity(xs.count + 1)
    var knot = 0
    for step in 0...xs.count {
      let edge = first + Double(step) / scale
      while knot + 1 < xs.count, xs[knot + 1] <= edge { knot += 1 }
      steps.append(Int32(knot))
    }
    starts = steps
  }

  /// The value at x: `y₀ + endSlope · (x − x₀)` before the first knot, and likewise after the last; NaN for NaN.
  package func callAsFunction(_ x: Double) -> Double {
    guard let first = xs.first, let last = xs.last else { return x }
    if x <= first { return ys[0] + endSlope * (x - first) }
    if !(x < last) { return ys[ys.count - 1] + endSlope * (x - last) }
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

  /// The first knot above x, which lies between the first and the last.
  private func upperIndex(_ x: Double) -> Int {
    var (low, high) = (0, xs.count - 1)
    if !starts.isEmpty {
      // The step narrows the search; rounding may put x just beside it.
      let step = min(Int((x - xs[0]) * scale), xs.count - 1)
      let (begin, end) = (Int(starts[step]), Int(starts[step + 1]) + 1)
      if xs[begin] <= x { low = begin }
      if end < xs.count, xs[end] > x { high = end }
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      if xs[middle] <= x { low = middle } else { high = middle }
    }
    return high
  }
}
