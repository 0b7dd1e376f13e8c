/// Count, mean and biased variance of a row (or of any set of values), in `Double` whatever the scalar type.
///
/// The mean is the unevaluated sum `mean + meanLow`, so that it is exact to far below one unit in the
/// last place of `mean`: a normalised value `(x − mean) − meanLow` then keeps its digits where |mean| ≫ σ.
package struct RowMoments: Hashable, Sendable {
  /// The number of values.
  package var count: Int
  /// The mean, rounded to `Double`; 0 without values.
  package var mean: Double
  /// What rounding left out of ``mean``; at most half a unit in its last place.
  package var meanLow: Double
  /// The sum of squared deviations from the mean, Σ (x − mean)².
  package var sumOfSquares: Double

  /// Creates moments from their parts; without arguments, the moments of no values at all.
  package init(count: Int = 0, mean: Double = 0, meanLow: Double = 0, sumOfSquares: Double = 0) {
    self.count = count
    self.mean = mean
    self.meanLow = meanLow
    self.sumOfSquares = sumOfSquares
  }

  /// The biased variance Σ (x − mean)² / count; 0 without values.
  package var variance: Double { count == 0 ? 0 : sumOfSquares / Double(count) }

  /// The unbiased variance Σ (x − mean)² / (count − 1); NaN for fewer than two values, as in PyTorch.
  package var unbiasedVariance: Double { count < 2 ? .nan : sumOfSquares / Double(count - 1) }

  /// The variance by an estimator; NaN for fewer values than it needs.
  package func variance(_ estimator: Estimator) -> Double {
    estimator.variance(sumOfSquares: sumOfSquares, count: Double(count))
  }

  /// The moments of this set and another together (Chan, Golub and LeVeque, 1979).
  ///
  /// `δ = meanB − meanA`, `mean = meanA + δ · nB / n`, `M2 = M2A + M2B + δ² · nA · nB / n`.
  package func merged(with other: RowMoments) -> RowMoments {
    if other.count == 0 { return self }
    if count == 0 { return other }
    let total = Double(count) + Double(other.count)
    let delta = (other.mean - mean) + (other.meanLow - meanLow)
    let step = delta * (Double(other.count) / total)
    // Knuth's exact sum: mean + step = high + error.
    let high = mean + step
    let back = high - mean
    let error = (mean - (high - back)) + (step - back)
    let low = meanLow + error
    let newMean = high + low
    return RowMoments(
      count: count + other.count,
      mean: newMean,
      meanLow: low - (newMean - high),
      sumOfSquares: sumOfSquares + other.sumOfSquares
        + delta * delta * (Double(count) * (Double(other.count) / total)))
  }
}
