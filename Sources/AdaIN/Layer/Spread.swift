/// How a standard deviation is made of a variance: which estimator, and where a small constant eps is added.
public struct Spread: Hashable, Codable, Sendable {
  /// Where eps stands.
  public enum EpsPlacement: String, Hashable, Codable, Sendable, CaseIterable {
    /// √(σ² + eps).
    case insideRoot
    /// √σ² + eps.
    case outsideRoot
  }

  /// The estimator of σ².
  public var estimator: Estimator
  /// The constant that keeps the value away from 0; 0 for none.
  public var eps: Double
  /// Where ``eps`` is added.
  public var placement: EpsPlacement

  /// Creates a rule; without eps the standard deviation is √σ².
  ///
  /// - Precondition: `eps` is finite and not negative.
  public init(_ estimator: Estimator = .biased, eps: Double = 0, placement: EpsPlacement = .insideRoot) {
    precondition(eps >= 0 && eps.isFinite, "expected a finite eps of 0 or more, found \(eps)")
    self.estimator = estimator
    self.eps = eps
    self.placement = placement
  }

  /// The standard deviation √(σ² + eps) or √σ² + eps of a channel.
  public func standardDeviation(_ moments: ChannelMoments) -> Double {
    let variance = moments.variance(estimator)
    switch placement {
    case .insideRoot: return (variance + eps).squareRoot()
    case .outsideRoot: return variance.squareRoot() + eps
    }
  }
}
