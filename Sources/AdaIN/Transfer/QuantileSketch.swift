/// A summary of a stream of values that answers quantile queries within a stated rank error.
///
/// Values are kept in levels; a value of level h stands for 2^h values. A full level is sorted, every other value moves
/// one level up, and the others are dropped. Even and odd places are dropped in turn. One such step at level h moves
/// the rank of any value by at most 2^h, so the sum over all steps bounds the error: ``rankErrorBound``. For n values
/// and capacity k the bound is about `n · log₂(n / k) / (2 k)`. Up to k values nothing is dropped, and the sketch is
/// exact. Sketches merge in any order, and their bounds add up. Results are deterministic. Values that are not finite
/// are counted apart and left out.
///
/// The construction goes back to Munro and Paterson 1980 and Manku, Rajagopalan and Lindsay 1998; Karnin, Lang and
/// Liberty 2016 (arXiv 1603.05346) analyse its randomised form.
public struct QuantileSketch: Hashable, Sendable {
  /// The number of values k that a level holds before it is thinned out.
  public let capacity: Int
  /// The number of finite values n taken in.
  public private(set) var count = 0
  /// The number of NaN and infinite values, which are left out.
  public private(set) var nonFiniteCount = 0
  /// The smallest value; infinity without values.
  public private(set) var minimum = Double.infinity
  /// The largest value; minus infinity without values.
  public private(set) var maximum = -Double.infinity

  private var levels: [[Double]] = [[]]
  /// Whether each level keeps odd places when it is thinned the next time.
  private var keepsOdd: [Bool] = [false]
  /// The most by which ranks may have been raised (even places kept) and lowered (odd places kept).
  private var raised = 0
  private var lowered = 0

  /// Creates a sketch of no values.
  ///
  /// - Precondition: The capacity is at least 2.
  public init(capacity: Int = 2048) {
    precondition(capacity >= 2, "expected a capacity of at least 2, found \(capacity)")
    self.capacity = capacity
  }

  /// Whether every value is still held.
  public var isExact: Bool { levels.count == 1 }

  /// The largest possible error of a value's rank, as a number of values; ranks go from 0 to n.
  public var rankErrorBound: Int { max(raised, lowered) }

  /// Takes in a value.
  public mutating func insert(_ value: Double) { insert(contentsOf: CollectionOfOne(value)) }

  /// Takes in values one after the other, with the bits that single insertions give.
  public mutating func insert(contentsOf values: some Collection<Double>) {
    var level = levels[0]
    levels[0] = []
    for value in values {
      guard value.isFinite else {
        nonFiniteCount += 1
        continue
      }
      count += 1
      minimum = Swift.min(minimum, value)
      maximum = Swift.max(maximum, value)
      if level.count >= capacity {
        levels[0] = level
        level = []
        thin(0)
        swap(&level, &levels[0])
      }
      level.append(value)
    }
    levels[0] = level
  }

  /// Takes in the values of another sketch.
  ///
  /// - Precondition: The capacities are equal.
  public mutating func merge(_ other: QuantileSketch) {
    precondition(
      other.capacity == capacity, "expected a sketch of capacity \(capacity), found \(other.capacity)")
    count += other.count
    nonFiniteCount += other.nonFiniteCount
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    raised += other.raised
    lowered += other.lowered
    for (level, values) in other.levels.enumerated() {
      if level == levels.count { addLevel() }
      levels[level] += values
    }
    var level = 0
    while level < levels.count {
      if levels[level].count > capacity { thin(level) }
      level += 1
    }
  }

  /// Sorts a level and moves every other value one level up; of an odd number of values the largest stays.
  private mutating func thin(_ level: Int) {
    guard levels[level].count > 1 else { return }
    if level + 1 == levels.count { addLevel() }
    var values = levels[level].sorted()
    let rest = values.count.isMultiple(of: 2) ? [] : [values.removeLast()]
    let first = keepsOdd[level] ? 1 : 0
    if keepsOdd[level] { lowered += 1 << level } else { raised += 1 << level }
    keepsOdd[level].toggle()
    levels[level] = rest
    if levels[level + 1].count + values.count / 2 > capacity { thin(level + 1) }
    levels[level + 1] += stride(from: first, to: values.count, by: 2).map { values[$0] }
  }

  private mutating func addLevel() {
    levels.append([])
    keepsOdd.append(false)
  }

  /// The values that are held, each with the number of values that it stands for.
  var points: WeightedPoints {
    WeightedPoints(
      levels.enumerated().flatMap { level, values in
        values.map { (value: $0, weight: Double(1 << level)) }
      })
  }

  /// The largest number of values that one held value stands for.
  var coarsestWeight: Int { 1 << (levels.count - 1) }

  /// The sum of the rank error and the spacing of held values, as a share of all values; 0 while the sketch is exact.
  var shareErrorBound: Double {
    isExact ? 0 : Double(rankErrorBound + coarsestWeight) / Double(count)
  }

  /// The value at a share of the distribution, from 0 (minimum) to 1 (maximum); NaN without values.
  ///
  /// The sorted values stand at the shares (i + ½) / n; between them the result is interpolated linearly (Hazen's
  /// rule).
  ///
  /// - Precondition: The share is from 0 to 1.
  public func quantile(_ share: Double) -> Double {
    quantiles([share])[0]
  }

  /// The values at several shares; the values that are held are sorted once.
  ///
  /// - Precondition: The shares are from 0 to 1.
  public func quantiles(_ shares: [Double]) -> [Double] {
    quantileFunction.quantiles(shares)
  }

  /// The number of values at or below x, within ``rankErrorBound``.
  public func rank(of x: Double) -> Int {
    if x >= maximum { return count }
    return levels.enumerated().reduce(0) { sum, level in
      sum + level.element.count { $0 <= x } << level.offset
    }
  }

  /// The 1-Wasserstein distance ∫ |F(x) − G(x)| dx to another sketch's distribution; NaN without values.
  ///
  /// Exact where both sketches are.
  public func wassersteinDistance(to other: QuantileSketch) -> Double {
    points.wasserstein(to: other.points)
  }

  /// The quantile function: a map from shares to values.
  var quantileFunction: PiecewiseLinear {
    let points = points
    var (xs, ys) = (points.places, points.values)
    if !isExact, let first = ys.first, let last = ys.last {
      let end = 0.5 / Double(count)
      if minimum < first { (xs, ys) = ([end] + xs, [minimum] + ys) }
      if maximum > last { (xs, ys) = (xs + [1 - end], ys + [maximum]) }
    }
    return PiecewiseLinear(xs: xs, ys: ys)
  }
}

/// A distribution as values in rising order with their weights.
package struct WeightedPoints {
  /// The values, in rising order.
  private(set) var values: [Double]
  /// The weight of each value.
  private(set) var weights: [Double]
  /// The sum of the weights.
  let total: Double

  package init(_ points: [(value: Double, weight: Double)]) {
    let sorted = points.sorted { $0.value < $1.value }
    values = sorted.map(\.value)
    weights = sorted.map(\.weight)
    total = weights.reduce(0, +)
  }

  /// The place of each value among the shares from 0 to 1: the middle of the value's own weight.
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
  package func wasserstein(to other: WeightedPoints) -> Double {
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
