public import Tensors

/// How a covariance is estimated from few frames.
public enum CovarianceShrinkage: Hashable, Sendable {
  /// The covariance of the frames themselves.
  case none
  /// `(1 − ρ) · S + ρ · (tr S / C) · I` with the ρ that Ledoit and Wolf estimate from the frames.
  case ledoitWolf
  /// ``ledoitWolf`` up to 10 frames a channel, ``none`` above.
  case automatic
  /// `(1 − ρ) · S + ρ · (tr S / C) · I` with a given ρ from 0 to 1.
  case fixed(Double)
}

extension CovarianceStatistics {
  /// The share ρ of the scaled identity that Ledoit and Wolf estimate, from 0 to 1; 0 without spread.
  ///
  /// With S = Σ d dᵀ / n and m = tr S / C: `ρ = min(β̄, δ) / δ`, `δ = ‖S − m I‖²`,
  /// `β̄ = (Σ ‖d‖⁴ / n − ‖S‖²) / n`, where ‖·‖ is the Frobenius norm.
  ///
  /// Source: Ledoit and Wolf, *A well-conditioned estimator for large-dimensional covariance matrices*, Journal of
  /// Multivariate Analysis 88, 2004.
  public var ledoitWolfShrinkage: Double {
    guard count > 0, numFeatures > 0 else { return 0 }
    let n = Double(count)
    let norm = scatter.squaredNorm / (n * n)
    let level = scatter.trace / n / Double(numFeatures)
    // ‖S − m I‖² = ‖S‖² − C m²
    let spread = norm - Double(numFeatures) * level * level
    let noise = (quartic / n - norm) / n
    guard spread > 0 else { return scatter.trace > 0 ? 1 : 0 }
    return min(max(noise, 0), spread) / spread
  }

  /// The share ρ of the scaled identity that a choice comes to for these frames.
  public func share(of shrinkage: CovarianceShrinkage) -> Double {
    switch shrinkage {
    case .none: 0
    case .ledoitWolf: ledoitWolfShrinkage
    case .automatic: count > 10 * numFeatures ? 0 : ledoitWolfShrinkage
    case .fixed(let share): min(max(share, 0), 1)
    }
  }

  /// The covariance `(1 − ρ) · S + ρ · (tr S / C) · I` with S = Σ d dᵀ / n, in row-major order; NaN without frames.
  public func covariance(shrinkage: CovarianceShrinkage) -> [Double] { matrix(shrinkage).values }

  /// The shrunk covariance as a matrix.
  func matrix(_ shrinkage: CovarianceShrinkage) -> SymmetricMatrix {
    let share = share(of: shrinkage)
    var result = scatter
    result.scale((1 - share) / Double(count))
    if numFeatures > 0 { result.addToDiagonal(share * scatter.trace / Double(count) / Double(numFeatures)) }
    return result
  }

  /// The Fréchet distance to other statistics, both taken as normal distributions.
  ///
  /// `d² = ‖μA − μB‖² + tr(A + B − 2 (A^½ B A^½)^½)` with the covariances A and B; the result is d ≥ 0. The cost is
  /// O(C³). Source: Dowson and Landau 1982.
  ///
  /// - Throws: ShapeError where numbers of channels differ or one side holds no frames.
  public func frechetDistance(
    to other: CovarianceStatistics, shrinkage: CovarianceShrinkage = .none
  ) throws(ShapeError) -> Double {
    guard other.numFeatures == numFeatures else {
      throw ShapeError("expected statistics of \(numFeatures) channels, found \(other.numFeatures)")
    }
    guard count > 0, other.count > 0 else {
      throw ShapeError("expected at least 1 frame on both sides, found \(count) and \(other.count)")
    }
    let (a, b) = (matrix(shrinkage), other.matrix(shrinkage))
    let between = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let common = a.squareRoot.sandwich(b).squareRoot.trace
    return max(0, between + a.trace + b.trace - 2 * common).squareRoot()
  }
}
