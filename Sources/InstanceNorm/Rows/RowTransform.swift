/// The affine map `y = (x − (mean + meanLow)) · factor + shift` that normalises one row.
///
/// It is computed as `(x − m) · factor + (shift − (mean + meanLow − m) · factor)`, where m is the mean rounded to the
/// precision of the computation: the mean's rest is far smaller than the result's last digit at m. The folded form
/// `x · factor + (shift − mean · factor)` would cancel where |mean| ≫ σ.
package struct RowTransform: Hashable, Sendable {
  /// The mean, rounded to `Double`.
  package var mean: Double
  /// What rounding left out of ``mean``.
  package var meanLow: Double
  /// The inverse standard deviation times the scale (`weight`, or the style's standard deviation).
  package var factor: Double
  /// What is added last (`bias`, or the style's mean).
  package var shift: Double

  /// Creates the map `y = (x − (mean + meanLow)) · inverseStd · scale + shift`.
  package init(mean: Double, meanLow: Double = 0, inverseStd: Double, scale: Double = 1, shift: Double = 0) {
    self.mean = mean
    self.meanLow = meanLow
    self.factor = inverseStd * scale
    self.shift = shift
  }

  /// Creates the map `y = (x − mean) · (scale / √(variance + eps)) + shift` from a row's moments.
  ///
  /// Where `variance + eps` is 0 (a constant row and eps 0) the factor is 0, so every value becomes `shift`.
  package init(_ moments: RowMoments, eps: Double, scale: Double = 1, shift: Double = 0) {
    let spread = moments.variance + eps
    self.init(
      mean: moments.mean, meanLow: moments.meanLow,
      inverseStd: spread == 0 ? 0 : scale / spread.squareRoot(), shift: shift)
  }

  /// Creates the map `y = strength · ((x − mean) / deviation · scale + shift) + (1 − strength) · x`.
  ///
  /// It is one scale and shift about the mean: `(x − mean) · (strength · scale / deviation + 1 − strength)
  /// + (strength · shift + (1 − strength) · mean)`; scale / deviation is 0 where the deviation is 0.
  @inline(__always)
  package init(
    mean: Double, meanLow: Double, deviation: Double, scale: Double, shift: Double, strength: Double
  ) {
    let ratio = deviation == 0 ? 0 : scale / deviation
    self.init(mean: mean, meanLow: meanLow, inverseStd: ratio, shift: shift)
    if strength != 1 {
      let kept = 1 - strength
      factor = strength * ratio + kept
      self.shift = strength * shift + kept * (mean + meanLow)
    }
  }

  /// What is added last where `centre` is subtracted instead of the mean.
  func shift(about centre: Double) -> Double {
    let rest = (mean - centre) + meanLow
    return rest == 0 || !rest.isFinite ? shift : shift - rest * factor
  }
}
