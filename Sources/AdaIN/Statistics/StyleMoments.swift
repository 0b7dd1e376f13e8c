public import Foundation
public import InstanceNorm
public import Tensors

/// The mean and standard deviation of every channel, as AdaIN swaps them in: μs for `bias`, σs for `weight`.
///
/// The shape is (N, C), one set for each sample, or (1, C), shared by all samples. Values may come from statistics,
/// from blends of several styles, from another program, or from a learned affine map
/// (``init(scale:shift:batchSize:)``), whose scales may be negative.
public struct StyleMoments: Hashable, Sendable, Codable {
  /// The number of samples N; 1 for moments that all samples share.
  public let batchSize: Int
  /// The number of channels C.
  public let numFeatures: Int
  /// μs of channel c of sample n, at n · C + c.
  public let mean: [Double]
  /// σs of channel c of sample n, at n · C + c.
  public let standardDeviation: [Double]

  /// Combines means and standard deviations, given sample by sample.
  ///
  /// The two may come from different styles: one's tone, another's spread.
  ///
  /// - Throws: ShapeError where the two differ in number, or their number is no multiple of `batchSize`.
  public init(mean: [Double], standardDeviation: [Double], batchSize: Int = 1) throws(ShapeError) {
    guard mean.count == standardDeviation.count else {
      throw ShapeError(
        "expected as many standard deviations as means (\(mean.count)), found \(standardDeviation.count)")
    }
    guard batchSize >= 1, mean.count.isMultiple(of: batchSize) else {
      throw ShapeError("expected a multiple of batchSize (\(batchSize)) means, found \(mean.count)")
    }
    self.batchSize = batchSize
    self.numFeatures = mean.count / batchSize
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// Creates moments from a learned affine map: σs := scale, μs := shift.
  ///
  /// - Throws: ShapeError where the two differ in number, or their number is no multiple of `batchSize`.
  public init(scale: [Double], shift: [Double], batchSize: Int = 1) throws(ShapeError) {
    try self.init(mean: shift, standardDeviation: scale, batchSize: batchSize)
  }

  /// Creates moments from the learned affine map of AdaIN-VC: for each sample C means, then C standard deviations.
  ///
  /// - Parameters:
  ///   - condition: The `2C · batchSize` outputs of the affine layer.
  ///   - batchSize: The number of samples N.
  /// - Throws: ShapeError where their number is no multiple of `2 · batchSize`.
  public init(meanThenStandardDeviation condition: [Double], batchSize: Int = 1) throws(ShapeError) {
    let (first, second) = try Self.halves(condition, batchSize)
    try self.init(mean: first, standardDeviation: second, batchSize: batchSize)
  }

  /// Creates moments from the learned affine map of StyleGAN: σs := 1 + γ, μs := β.
  ///
  /// - Throws: ShapeError where the two differ in number, or their number is no multiple of `batchSize`.
  public init(gamma: [Double], beta: [Double], batchSize: Int = 1) throws(ShapeError) {
    try self.init(mean: beta, standardDeviation: gamma.map { 1 + $0 }, batchSize: batchSize)
  }

  /// The first and the second halves of each sample's values.
  private static func halves(
    _ values: [Double], _ batchSize: Int
  ) throws(ShapeError) -> ([Double], [Double]) {
    guard batchSize >= 1, values.count.isMultiple(of: 2 * batchSize) else {
      throw ShapeError(
        "expected a multiple of 2 · batchSize (\(2 * batchSize)) values, found \(values.count)")
    }
    let half = values.count / (2 * batchSize)
    let at = values.indices
    return (
      at.filter { $0 / max(half, 1) % 2 == 0 }.map { values[$0] },
      at.filter { $0 / max(half, 1) % 2 == 1 }.map { values[$0] }
    )
  }

  /// Decodes moments.
  ///
  /// - Throws: DecodingError, also where numbers of values do not fit.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    do {
      try self.init(
        mean: values.decode([Double].self, forKey: .mean),
        standardDeviation: values.decode([Double].self, forKey: .standardDeviation),
        batchSize: values.decode(Int.self, forKey: .batchSize))
    } catch let error as ShapeError {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }

  /// Encodes `batchSize`, `mean` and `standardDeviation`, the latter two sample by sample.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(batchSize, forKey: .batchSize)
    try values.encode(mean, forKey: .mean)
    try values.encode(standardDeviation, forKey: .standardDeviation)
  }

  private enum CodingKeys: String, CodingKey {
    case batchSize, mean, standardDeviation
  }

  /// Creates moments from checked values.
  init(checkedMean mean: [Double], standardDeviation: [Double], batchSize: Int, numFeatures: Int) {
    self.batchSize = batchSize
    self.numFeatures = numFeatures
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}

extension StyleMoments: CustomStringConvertible {
  /// The shape and the first four values of each kind.
  public var description: String {
    func text(_ values: [Double]) -> String {
      values.prefix(4).map { "\($0)" }.joined(separator: ", ") + (values.count > 4 ? ", …" : "")
    }
    return "StyleMoments[\(batchSize), \(numFeatures)](mean: \(text(mean)); "
      + "standardDeviation: \(text(standardDeviation)))"
  }
}

extension StyleStatistics {
  /// The means and standard deviations that AdaIN applies, with the standard deviations by a rule.
  ///
  /// - Throws: ShapeError where a channel holds fewer values than the estimator needs.
  public func moments(_ spread: DeviationRule) throws(ShapeError) -> StyleMoments {
    let minimum = Double(spread.estimator.minimumCount)
    if let index = channels.firstIndex(where: { !($0.count >= minimum) }) {
      throw ShapeError(
        "expected at least \(spread.estimator.minimumCount) values for the \(spread.estimator.rawValue) estimator "
          + "in channel \(index % numFeatures) of sample \(index / numFeatures), found \(channels[index].count)"
      )
    }
    return StyleMoments(
      checkedMean: mean, standardDeviation: channels.map { spread.standardDeviation($0) },
      batchSize: batchSize, numFeatures: numFeatures)
  }
}

extension StyleMoments {
  /// Blends K styles: μ = Σ wₖ μₖ and σ = Σ wₖ σₖ, with the weights divided by their sum.
  ///
  /// AdaIN towards the blend equals the same blend of the K outputs, because AdaIN is linear in μs and σs.
  /// Weights may be negative (extrapolation). Shared moments blend with per-sample ones as if repeated for each sample.
  /// Source: Huang and Belongie 2017 (arXiv 1703.06868), section 7.
  ///
  /// - Throws: ``StyleError``: `shape` where there are no styles, or numbers of channels, samples or weights do not
  ///   fit; `weights` where a weight is not finite or the weights sum to 0.
  public static func interpolated(
    _ styles: [StyleMoments], weights: [Double]
  ) throws(StyleError) -> StyleMoments {
    let shares = try normalized(weights, count: styles.count)
    let numFeatures = styles[0].numFeatures
    let batchSize = styles.map(\.batchSize).first { $0 != 1 } ?? 1
    for (index, style) in styles.enumerated() {
      guard style.numFeatures == numFeatures else {
        throw .shape(
          ShapeError("expected \(numFeatures) channels in style \(index), found \(style.numFeatures)"))
      }
      guard style.batchSize == 1 || style.batchSize == batchSize else {
        throw .shape(
          ShapeError("expected 1 or \(batchSize) samples in style \(index), found \(style.batchSize)"))
      }
    }
    let rows = 0..<batchSize * numFeatures
    func blend(_ values: (StyleMoments) -> [Double]) -> [Double] {
      var result = Array(repeating: 0.0, count: rows.count)
      for (style, share) in zip(styles, shares) where share != 0 {
        let values = values(style)
        for row in rows { result[row] += share * values[row % values.count] }
      }
      return result
    }
    return StyleMoments(
      checkedMean: blend(\.mean), standardDeviation: blend(\.standardDeviation), batchSize: batchSize,
      numFeatures: numFeatures)
  }

  /// The weights divided by their sum.
  static func normalized(_ weights: [Double], count: Int) throws(StyleError) -> [Double] {
    guard count > 0 else { throw .shape(ShapeError("expected at least 1 style, found 0")) }
    guard weights.count == count else {
      throw .shape(ShapeError("expected \(count) weights for \(count) styles, found \(weights.count)"))
    }
    if let weight = weights.first(where: { !$0.isFinite }) {
      throw .weights("expected finite weights, found \(weight)")
    }
    // Division by the largest weight keeps the sum and the quotients from overflowing.
    let largest = weights.reduce(0) { max($0, abs($1)) }
    let scaled = weights.map { $0 / largest }
    let sum = scaled.reduce(0, +)
    guard largest > 0, sum != 0 else {
      throw .weights("expected weights that do not sum to 0, found \(weights)")
    }
    return scaled.map { $0 / sum }
  }
}

extension StyleStatistics {
  /// Blends the means and standard deviations of K styles (``StyleMoments/interpolated(_:weights:)``).
  ///
  /// - Parameters:
  ///   - styles: The styles.
  ///   - weights: One weight for each style.
  ///   - estimator: The estimator of the standard deviations.
  /// - Throws: ``StyleError``, also (`shape`) where a channel holds fewer values than the estimator needs.
  public static func interpolated(
    _ styles: [StyleStatistics], weights: [Double], estimator: VarianceEstimator = .biased
  ) throws(StyleError) -> StyleMoments {
    var moments: [StyleMoments] = []
    for style in styles {
      do {
        moments.append(try style.moments(estimator: estimator))
      } catch {
        throw .shape(error)
      }
    }
    return try StyleMoments.interpolated(moments, weights: weights)
  }
}

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
    guard other.batchSize == batchSize, other.numFeatures == numFeatures else {
      throw ShapeError(
        "expected moments of shape [\(batchSize), \(numFeatures)], found [\(other.batchSize), \(other.numFeatures)]"
      )
    }
    return StyleDistance(
      mean: zip(mean, other.mean).map { $1 - $0 },
      spread: zip(standardDeviation, other.standardDeviation).map { $1 - $0 })
  }
}

/// An error for styles that cannot be combined; it says what was expected and what was found.
public enum StyleError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// Shapes that do not fit each other.
  case shape(ShapeError)
  /// Weights that cannot be normalised; the text names expected and found.
  case weights(String)

  /// The whole message.
  public var description: String {
    switch self {
    case .shape(let error): error.description
    case .weights(let text): text
    }
  }

  /// The whole message.
  public var errorDescription: String? { description }
}
