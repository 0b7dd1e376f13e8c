import Tensors

/// A map from a row's values x to its results y.
///
/// This type alone describes the operations on rows. Calls, masked calls, gradients and activations make a map for each
/// row (``RowRule``, ``RowPass``), and every backend writes maps in its own way (``RowBackend``).
@unsafe enum RowMap<Scalar: TensorScalar> {
  /// y = x.
  case unchanged
  /// y = (x − mean) · factor + shift.
  case affine(RowTransform)
  /// y = f(v) + r, where v is the affine map of x, or x itself without one.
  case activated(RowTransform?, RowFinish<Scalar>)
  /// y = g · scale + ((x − mean) · slope + offset), where g is the gradient of the output, one value for each x.
  case gradient(RowGradient, UnsafePointer<Scalar>)
}

/// A row whose map is known and which is still to be written: at once, or in pieces while the next row is measured.
@unsafe struct PendingRow<Scalar: TensorScalar> {
  let map: RowMap<Scalar>
  let source: UnsafePointer<Scalar>
  /// Where to write: the memory that the map reads, or memory that does not overlap it.
  let target: UnsafeMutablePointer<Scalar>
  /// Whether the row is written past the caches.
  let streaming: Bool

  @inline(__always)
  init(
    map: RowMap<Scalar>, source: UnsafePointer<Scalar>, target: UnsafeMutablePointer<Scalar>, streaming: Bool
  ) {
    unsafe self.map = unsafe map
    unsafe self.source = unsafe source
    unsafe self.target = unsafe target
    unsafe self.streaming = streaming
  }

  /// A row of input gradients, of values x and the output's gradient g.
  ///
  /// Where slope and offset are 0, the map is a transform of g alone, so that NaN or infinity in x does not reach the
  /// result.
  @inline(__always)
  init(
    _ map: RowGradient, _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>,
    to target: UnsafeMutablePointer<Scalar>, streaming: Bool
  ) {
    if map.slope == 0 && map.offset == 0 {
      let transform = RowTransform(mean: 0, factor: map.scale)
      unsafe self.init(map: .affine(transform), source: g, target: target, streaming: streaming)
    } else {
      unsafe self.init(map: .gradient(map, g), source: x, target: target, streaming: streaming)
    }
  }

  /// The row without its first values.
  func dropFirst(_ count: Int) -> Self {
    let rest: RowMap<Scalar> =
      switch unsafe map {
      case .activated(let transform, let finish): unsafe .activated(transform, finish.dropFirst(count))
      case .gradient(let map, let g): unsafe .gradient(map, g + count)
      case .unchanged, .affine: unsafe map
      }
    return unsafe Self(map: rest, source: source + count, target: target + count, streaming: streaming)
  }
}

/// The steps after the transform of a row: its activation, then the sum with a residual.
@unsafe struct RowFinish<Scalar: TensorScalar> {
  let activation: UnsafePointer<RowActivation>
  /// The row to add last; nil for none.
  let residual: UnsafePointer<Scalar>?

  /// The steps for the row without its first values.
  func dropFirst(_ count: Int) -> Self {
    unsafe Self(activation: activation, residual: residual.map { unsafe $0 + count })
  }
}

/// The affine map `y = (x − (mean + meanLow)) · factor + shift` that normalises one row.
///
/// It is computed as `(x − m) · factor + (shift − (mean + meanLow − m) · factor)`, where m is the mean rounded to the
/// precision of the computation. So the mean's rest takes part in the result. The folded form
/// `x · factor + (shift − mean · factor)` would cancel where |mean| ≫ σ.
package struct RowTransform: Hashable, Sendable {
  /// The mean, rounded to `Double`.
  package var mean: Double
  /// The low part of the mean, which ``mean`` lost in rounding.
  package var meanLow: Double
  /// The inverse standard deviation times the scale (`weight`, or the style's standard deviation).
  package var factor: Double
  /// The number added last (`bias`, or the style's mean).
  package var shift: Double

  /// Creates the map `y = (x − (mean + meanLow)) · factor + shift`.
  @inline(__always)
  package init(mean: Double, meanLow: Double = 0, factor: Double, shift: Double = 0) {
    self.mean = mean
    self.meanLow = meanLow
    self.factor = factor
    self.shift = shift
  }

  /// Creates the map `y = strength · ((x − mean) / deviation · scale + shift) + (1 − strength) · x`.
  ///
  /// This equals one factor and shift about the mean: the factor is `strength · scale / deviation + 1 − strength`, the
  /// shift `strength · shift + (1 − strength) · mean`. Where the deviation is 0, scale / deviation is taken as 0.
  @inline(__always)
  package init(
    mean: Double, meanLow: Double, deviation: Double, scale: Double, shift: Double, strength: Double
  ) {
    let ratio = deviation == 0 ? 0 : scale / deviation
    self.init(mean: mean, meanLow: meanLow, factor: ratio, shift: shift)
    if strength != 1 {
      let kept = 1 - strength
      factor = strength * ratio + kept
      self.shift = strength * shift + kept * (mean + meanLow)
    }
  }

  /// The shift of the same map where `centre` is subtracted instead of the mean.
  @inline(__always)
  func shift(about centre: Double) -> Double {
    let rest = (mean - centre) + meanLow
    return rest == 0 || !rest.isFinite ? shift : shift - rest * factor
  }
}

/// A ``RowTransform`` in `Float`, for rows of `Float` and `Float16`: `y = (x − mean) · factor + shift`.
struct FloatTransform {
  let mean: Float
  let factor: Float
  let shift: Float

  /// Creates the map in `Float`; nil where `Float` lacks the range for it, and the row must be computed in `Double`.
  ///
  /// `Float` lacks the range for a mean so large that differences could overflow (from 2¹²⁰ on), and for a factor that
  /// overflows or is subnormal.
  @inline(__always)
  init?(_ transform: RowTransform) {
    mean = Float(transform.mean)
    factor = Float(transform.factor)
    guard !transform.mean.isFinite || abs(mean) < 0x1p120, transform.factor.isFinite == factor.isFinite,
      transform.factor == 0 || factor.isNormal || !factor.isFinite
    else { return nil }
    shift = Float(transform.shift(about: Double(mean)))
  }
}

/// The map `y = g · scale + (x − (mean + meanLow)) · slope + offset` that makes a row's input gradient of its
/// values x and the output's gradient g.
///
/// For a row that is normalized by its own statistics, `x̂ = (x − μ) / σ` and `y = w · x̂ + b`, the gradient is
/// `w / σ · (g − mean(g) − x̂ · mean(g · x̂))`: a map of this form. By given statistics it is `w / σ · g`.
package struct RowGradient: Hashable, Sendable {
  /// The mean that is subtracted from x, rounded to `Double`.
  package var mean: Double
  /// The low part of the mean, which ``mean`` lost in rounding.
  package var meanLow: Double
  /// The factor of g.
  package var scale: Double
  /// The factor of the deviation from the mean.
  package var slope: Double
  /// The number added last.
  package var offset: Double

  /// The sums over a row from which its gradients follow.
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
  ///   - divisor: D in the factor of the deviation, `−scale · Σ g (x − μ) / D`: n · σ · √(σ² + eps under the root) with
  ///     the estimator's n, which is n · σ² where eps is under the root; 0 makes the factor 0.
  init(_ moments: RowMoments, _ sums: Sums, scale: Double, divisor: Double) {
    let count = Double(moments.count)
    self.init(
      mean: moments.mean, meanLow: moments.meanLow, scale: scale,
      slope: divisor == 0 ? 0 : -scale * sums.product / divisor, offset: -scale * sums.sum / count)
  }

  /// The offset of the same map where `centre` is subtracted instead of the mean.
  func offset(about centre: Double) -> Double {
    RowTransform(mean: mean, meanLow: meanLow, factor: slope, shift: offset).shift(about: centre)
  }
}

/// A ``RowGradient`` in `Float`, for rows of `Float` and `Float16`: `y = g · scale + ((x − mean) · slope + offset)`.
struct FloatGradient {
  let mean: Float
  let scale: Float
  let slope: Float
  let offset: Float

  /// Creates the map in `Float`; nil where `Float` lacks the range for it, and the row must be computed in `Double`.
  init?(_ map: RowGradient) {
    guard let centre = FloatTransform(RowTransform(mean: map.mean, meanLow: map.meanLow, factor: 1)) else {
      return nil
    }
    mean = centre.mean
    scale = Float(map.scale)
    slope = Float(map.slope)
    let last = map.offset(about: Double(mean))
    offset = Float(last)
    guard Self.fits(map.scale, scale), Self.fits(map.slope, slope), Self.fits(last, offset) else {
      return nil
    }
  }

  /// Whether a value keeps its precision in `Float`; 0, infinity and NaN do.
  private static func fits(_ value: Double, _ narrow: Float) -> Bool {
    value == 0 || !value.isFinite || (narrow.isFinite && narrow.isNormal)
  }
}
