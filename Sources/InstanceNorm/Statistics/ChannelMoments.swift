import Tensors

/// The count, mean and sum of squared deviations of one channel's values; moments can be merged and subtracted.
///
/// The count is a `Double`, so that values can carry weights. The mean is kept as the unevaluated sum
/// `mean + meanLow`, so that its last digits survive the merging of many parts.
public struct ChannelMoments: Hashable, Sendable {
  /// The number of values n, or the sum of their weights.
  public let count: Double
  /// The mean, rounded to `Double`; NaN without values.
  @inlinable public var mean: Double { count > 0 ? high : .nan }
  /// The low part of the mean, which ``mean`` lost in rounding.
  public let meanLow: Double
  /// M2 = Σ (x − mean)², each term times its weight.
  public let sumOfSquares: Double

  /// The mean; 0 without values, so that all moments of no values are equal.
  @usableFromInline
  let high: Double

  /// The moments of no values.
  public init() {
    self.init(count: 0, mean: 0, sumOfSquares: 0)
  }

  /// Creates moments from their parts.
  ///
  /// - Precondition: `count` and `sumOfSquares` are not negative.
  @inlinable
  public init(count: Double, mean: Double, meanLow: Double = 0, sumOfSquares: Double) {
    require(!(count < 0), "expected a count of 0 or more, found \(count)")
    require(!(sumOfSquares < 0), "expected a sum of squares of 0 or more, found \(sumOfSquares)")
    self.count = count
    high = count > 0 ? mean : 0
    self.meanLow = count > 0 ? meanLow : 0
    self.sumOfSquares = count > 0 ? sumOfSquares : 0
  }

  /// Takes over the moments of a row.
  package init(_ row: RowMoments) {
    self.init(
      count: Double(row.count), mean: row.mean, meanLow: row.meanLow, sumOfSquares: row.sumOfSquares)
  }

  /// The variance M2 / n or M2 / (n − 1); NaN for fewer values than the estimator needs.
  @inlinable
  public func variance(_ estimator: VarianceEstimator = .biased) -> Double {
    estimator.variance(sumOfSquares: sumOfSquares, count: count)
  }

  /// The moments of this set and another together.
  ///
  /// With δ = meanB − meanA and n = nA + nB: `mean = meanA + δ · nB / n`, `M2 = M2A + M2B + δ² · nA · nB / n`.
  /// Source: Chan, Golub and LeVeque, *Updating formulae and a pairwise algorithm for computing sample
  /// variances*, 1979.
  @inlinable
  public func merged(with other: ChannelMoments) -> ChannelMoments {
    if other.count == 0 { return self }
    if count == 0 { return other }
    let total = count + other.count
    let delta = (other.mean - mean) + (other.meanLow - meanLow)
    let between = delta * delta * (count * (other.count / total))
    return moved(
      by: delta * (other.count / total), count: total,
      sumOfSquares: sumOfSquares + other.sumOfSquares + between)
  }

  /// The moments of this set without a part of it: the inverse of ``merged(with:)``.
  ///
  /// With δ = meanA − meanB and n = nA − nB: `mean = meanA + δ · nB / n`, `M2 = M2A − M2B − δ² · nA · nB / n`.
  /// A sum of squares that rounding leaves below 0 becomes 0. The smaller the rest is in comparison with the whole,
  /// the fewer digits of the result are right.
  ///
  /// - Precondition: `part` holds no more values than this set.
  public func subtracting(_ part: ChannelMoments) -> ChannelMoments {
    require(part.count <= count, "expected a part of at most \(count) values, found \(part.count)")
    if part.count == 0 { return self }
    let rest = count - part.count
    if rest == 0 { return ChannelMoments() }
    let delta = (mean - part.mean) + (meanLow - part.meanLow)
    let between = delta * delta * (count * (part.count / rest))
    let squares = sumOfSquares - part.sumOfSquares - between
    return moved(by: delta * (part.count / rest), count: rest, sumOfSquares: squares < 0 ? 0 : squares)
  }

  /// The moments with every value's weight multiplied by a factor; mean and biased variance stay the same.
  ///
  /// - Precondition: The factor is finite and not negative.
  public func weighted(by factor: Double) -> ChannelMoments {
    require(factor >= 0 && factor.isFinite, "expected a finite weight of 0 or more, found \(factor)")
    return ChannelMoments(
      count: count * factor, mean: mean, meanLow: meanLow, sumOfSquares: sumOfSquares * factor)
  }

  /// Adds a step to the mean; the rounding error of the sum goes to the low part (Knuth's exact sum).
  @inlinable
  func moved(by step: Double, count: Double, sumOfSquares: Double) -> ChannelMoments {
    let high = mean + step
    let back = high - mean
    let low = meanLow + ((mean - (high - back)) + (step - back))
    let newMean = high + low
    return ChannelMoments(
      count: count, mean: newMean, meanLow: low - (newMean - high), sumOfSquares: sumOfSquares)
  }
}
