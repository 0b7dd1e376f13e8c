/// A ``RowGradient`` in `Float`, for rows of `Float` and `Float16`.
struct FloatGradient {
  let mean: Float
  let scale: Float
  let slope: Float
  let offset: Float

  /// Nil where `Float` has not the range for it, so that the row must be computed in `Double`.
  init?(_ map: RowGradient) {
    guard let centre = FloatTransform(RowTransform(mean: map.mean, meanLow: map.meanLow, inverseStd: 1))
    else {
      return nil
    }
    mean = centre.mean
    scale = Float(map.scale)
    slope = Float(map.slope)
    let last = map.offset(about: Double(mean))
    offset = Float(last)
    guard Self.fits(map.scale, scale), Self.fits(map.slope, slope),
      Self.fits(last, offset)
    else {
      return nil
    }
  }

  /// `g · scale + ((x − mean) · slope + offset)` of eight values.
  @inline(__always)
  func callAsFunction(_ x: SIMD8<Float>, _ g: SIMD8<Float>) -> SIMD8<Float> {
    g * scale + ((x - mean) * slope + offset)
  }

  /// Whether a value keeps its precision in `Float`; what is not finite stays so.
  private static func fits(_ value: Double, _ narrow: Float) -> Bool {
    value == 0 || !value.isFinite || (narrow.isFinite && narrow.isNormal)
  }
}
