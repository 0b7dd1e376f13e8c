public import Tensors

/// How a standard deviation follows from a variance: the estimator, and where a small constant eps is added.
public struct DeviationRule: Hashable, Codable, Sendable {
  /// Where eps is added.
  public enum EpsPlacement: String, Hashable, Codable, Sendable, CaseIterable {
    /// √(σ² + eps).
    case insideRoot
    /// √σ² + eps.
    case outsideRoot
  }

  /// The estimator of σ².
  public var estimator: VarianceEstimator
  /// The constant that keeps the standard deviation away from 0; 0 for none.
  public var eps: Double {
    didSet { Self.check(eps) }
  }
  /// Where ``eps`` is added.
  public var placement: EpsPlacement

  /// Creates a rule; without eps the standard deviation is √σ².
  ///
  /// - Precondition: `eps` is finite and not negative.
  public init(
    _ estimator: VarianceEstimator = .biased, eps: Double = 0, placement: EpsPlacement = .insideRoot
  ) {
    Self.check(eps)
    self.estimator = estimator
    self.eps = eps
    self.placement = placement
  }

  /// Creates a rule from values that come from data.
  ///
  /// - Throws: ParameterError where eps is negative, infinite or NaN.
  public init(
    checking estimator: VarianceEstimator, eps: Double, placement: EpsPlacement = .insideRoot
  ) throws(ParameterError) {
    guard Self.accepts(eps) else {
      throw ParameterError("eps", expected: "a finite number of 0 or more", found: "\(eps)")
    }
    self.init(estimator, eps: eps, placement: placement)
  }

  /// Decodes a rule.
  ///
  /// - Throws: DecodingError, also for an eps that is negative, infinite or NaN.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    estimator = try values.decode(VarianceEstimator.self, forKey: .estimator)
    eps = try values.decode(Double.self, forKey: .eps)
    placement = try values.decode(EpsPlacement.self, forKey: .placement)
    guard Self.accepts(eps) else {
      throw DecodingError.dataCorruptedError(
        forKey: .eps, in: values, debugDescription: "expected a finite eps of 0 or more, found \(eps)")
    }
  }

  private enum CodingKeys: String, CodingKey {
    case estimator, eps, placement
  }

  /// The standard deviation √(σ² + eps) or √σ² + eps of a channel.
  @inlinable
  public func standardDeviation(_ moments: ChannelMoments) -> Double {
    standardDeviation(variance: moments.variance(estimator))
  }

  /// The standard deviation √(variance + eps) or √variance + eps.
  @inlinable
  public func standardDeviation(variance: Double) -> Double {
    switch placement {
    case .insideRoot: (variance + eps).squareRoot()
    case .outsideRoot: variance.squareRoot() + eps
    }
  }

  private static func accepts(_ eps: Double) -> Bool { eps >= 0 && eps.isFinite }

  private static func check(_ eps: Double) {
    require(accepts(eps), "expected a finite eps of 0 or more, found \(eps)")
  }
}

/// How a variance is estimated from n values with the sum of squared deviations M2 = Σ (x − mean)².
public enum VarianceEstimator: String, Hashable, Codable, Sendable, CaseIterable {
  /// M2 / n: the variance of the values themselves, as instance normalization uses it.
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
  /// Where the estimators differ, the result is NaN for n ≤ 1.
  public func converted(standardDeviation: Double, to other: VarianceEstimator, count: Double) -> Double {
    if self == other { return standardDeviation }
    guard count > 1 else { return .nan }
    let ratio = self == .biased ? count / (count - 1) : (count - 1) / count
    return standardDeviation * ratio.squareRoot()
  }
}
