public import Tensors

/// How far the moments of two styles are apart, channel by channel.
public struct StyleDistance: Hashable, Sendable {
  /// μB − μA of each channel, sample by sample.
  public let mean: [Double]
  /// σB − σA of each channel, sample by sample.
  public let spread: [Double]

  /// The 2-Wasserstein distance of two normal distributions with these moments, of each channel.
  ///
  /// `√((μB − μA)² + (σB − σA)²)`: a lower bound for any two distributions with these moments.
  /// Source: Gelbrich 1990.
  public var wasserstein: [Double] {
    zip(mean, spread).map { ($0 * $0 + $1 * $1).squareRoot() }
  }

  /// The root of the mean square of ``mean`` over all channels.
  public var rmsMean: Double { rms(mean) }

  /// The root of the mean square of ``spread`` over all channels.
  public var rmsSpread: Double { rms(spread) }

  /// The Fréchet distance of two normal distributions with diagonal covariance: `√Σ ((μB − μA)² + (σB − σA)²)`.
  ///
  /// For full covariances see ``CovarianceStatistics/frechetDistance(to:shrinkage:)``.
  public var frechet: Double {
    (mean + spread).reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private func rms(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }
}

extension StyleMoments {
  /// The distance from these moments (A) to others (B).
  ///
  /// - Throws: ShapeError where the shapes (N, C) differ.
  public func distance(to other: StyleMoments) throws(ShapeError) -> StyleDistance {
    guard other.numSamples == numSamples, other.numFeatures == numFeatures else {
      throw ShapeError(
        "expected moments of shape [\(numSamples), \(numFeatures)], found [\(other.numSamples), \(other.numFeatures)]"
      )
    }
    return StyleDistance(
      mean: zip(mean, other.mean).map { $1 - $0 },
      spread: zip(standardDeviation, other.standardDeviation).map { $1 - $0 })
  }
}
