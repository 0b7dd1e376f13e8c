/// How a variance is estimated from n values with the sum of squared deviations M2 = Σ (x − mean)².
public enum Estimator: String, Hashable, Codable, Sendable, CaseIterable {
  /// M2 / n: the variance of the values themselves; what instance normalization divides by.
  case biased
  /// M2 / (n − 1): unbiased for the population the values were drawn from; PyTorch's default for `var` and `std`.
  case unbiased

  /// The least number of values that this estimator needs: 1 or 2.
  @inlinable public var minimumCount: Int { self == .biased ? 1 : 2 }

  /// The variance; NaN for fewer values than ``minimumCount``.
  ///
  /// - Parameters:
  ///   - sumOfSquares: M2 = Σ (x − mean)².
  ///   - count: The number of values n, or the sum of their weights.
  @inlinable
  public func variance(sumOfSquares: Double, count: Double) -> Double {
    let divisor = self == .biased ? count : count - 1
    return divisor > 0 ? sumOfSquares / divisor : .nan
  }

  /// Converts a standard deviation of n values from this estimator to another: σ · √(n / (n − 1)) or its inverse.
  ///
  /// The result is NaN for fewer values than one of the two needs.
  public func converted(standardDeviation: Double, to other: Estimator, count: Double) -> Double {
    if self == other { return standardDeviation }
    guard count > 1 else { return .nan }
    let ratio = self == .biased ? count / (count - 1) : (count - 1) / count
    return standardDeviation * ratio.squareRoot()
  }
}
