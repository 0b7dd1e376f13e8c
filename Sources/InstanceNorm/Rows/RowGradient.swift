/// The map `y = g · scale + (x − (mean + meanLow)) · slope + offset` that makes a row's input gradient of its
/// values x and the output's gradient g.
///
/// For a row that is normalized by its own statistics, `x̂ = (x − μ) / σ` and `y = w · x̂ + b`, the gradient is
/// `w / σ · (g − mean(g) − x̂ · mean(g · x̂))`: a map of this form. By given statistics it is `w / σ · g`.
package struct RowGradient: Hashable, Sendable {
  /// The mean that is subtracted from x, rounded to `Double`.
  package var mean: Double
  /// What rounding left out of ``mean``.
  package var meanLow: Double
  /// The factor of g.
  package var scale: Double
  /// The factor of the deviation from the mean.
  package var slope: Double
  /// What is added last.
  package var offset: Double

  /// The sums over a row that its gradients are made of.
  package struct Sums: Hashable, Sendable {
    /// Σ g.
    package var sum: Double
    /// Σ g · (x − mean).
    package var product: Double

    /// Creates sums from their values.
    package init(sum: Double = 0, product: Double = 0) {
      self.sum = sum
      self.product = product
    }
  }

  /// Creates a map from its parts.
  package init(mean: Double, meanLow: Double = 0, scale: Double, slope: Double = 0, offset: Double = 0) {
    self.mean = mean
    self.meanLow = meanLow
    self.scale = scale
    self.slope = slope
    self.offset = offset
  }

  /// The gradient through a row's own mean and standard deviation: `y = scale · (x − μ) + …`, where `scale` is w / σ.
  ///
  /// - Parameters:
  ///   - moments: The row's moments.
  ///   - sums: The row's sums about the mean.
  ///   - scale: w / σ.
  ///   - divisor: What divides `−scale · Σ g (x − μ)` in the factor of the deviation: 1 over the derivative of
  ///     ln σ by a value, at a deviation of 1; n · σ · σ for the biased estimator with eps under the root.
  package init(_ moments: RowMoments, _ sums: Sums, scale: Double, divisor: Double) {
    let count = Double(moments.count)
    self.init(
      mean: moments.mean, meanLow: moments.meanLow, scale: scale,
      slope: divisor == 0 ? 0 : -scale * sums.product / divisor, offset: -scale * sums.sum / count)
  }

  /// Whether the values x play no part: NaN or infinity among them must not show.
  var ignoresValues: Bool { slope == 0 && offset == 0 }

  /// What is added last where `centre` is subtracted instead of the mean.
  func offset(about centre: Double) -> Double {
    RowTransform(mean: mean, meanLow: meanLow, inverseStd: slope, shift: offset).shift(about: centre)
  }
}
