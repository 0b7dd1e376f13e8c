import Tensors

extension StyleMoments {
  /// Blends K styles: μ = Σ wₖ μₖ and σ = Σ wₖ σₖ, with the weights divided by their sum.
  ///
  /// AdaIN towards the blend equals the same blend of the K outputs, because AdaIN is linear in μs and σs.
  /// Weights may be negative (extrapolation). Shared moments blend with per-sample ones, standing for each
  /// sample. Source: Huang and Belongie 2017 (arXiv 1703.06868), section 7.
  ///
  /// - Throws: ``StyleError``: `shape` for no styles, other numbers of channels, samples or weights; `weights`
  ///   where a weight is not finite or they sum to 0.
  public static func interpolated(
    _ styles: [StyleMoments], weights: [Double]
  ) throws(StyleError) -> StyleMoments {
    let shares = try normalized(weights, count: styles.count)
    let numFeatures = styles[0].numFeatures
    let numSamples = styles.map(\.numSamples).first { $0 != 1 } ?? 1
    for (index, style) in styles.enumerated() {
      guard style.numFeatures == numFeatures else {
        throw .shape(
          ShapeError("expected \(numFeatures) channels in style \(index), found \(style.numFeatures)"))
      }
      guard style.numSamples == 1 || style.numSamples == numSamples else {
        throw .shape(
          ShapeError("expected 1 or \(numSamples) samples in style \(index), found \(style.numSamples)"))
      }
    }
    let rows = 0..<numSamples * numFeatures
    func blend(_ values: (StyleMoments) -> [Double]) -> [Double] {
      var result = Array(repeating: 0.0, count: rows.count)
      for (style, share) in zip(styles, shares) where share != 0 {
        let values = values(style)
        for row in rows { result[row] += share * values[row % values.count] }
      }
      return result
    }
    return StyleMoments(
      checkedMean: blend(\.mean), standardDeviation: blend(\.standardDeviation), numSamples: numSamples,
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
    // Scaled by the largest first, so that neither the sum nor the quotients overflow.
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
    _ styles: [StyleStatistics], weights: [Double], estimator: Estimator = .biased
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
