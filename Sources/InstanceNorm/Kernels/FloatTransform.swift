/// A ``RowTransform`` in `Float`, for rows of `Float` and `Float16`: `y = (x − mean) · factor + shift`.
struct FloatTransform {
  let mean: Float
  let factor: Float
  let shift: Float

  /// Nil where `Float` has not the range for it, so that the row must be computed in `Double`.
  ///
  /// That is a mean so large that differences could overflow, or a factor that overflows or is not normal.
  init?(_ transform: RowTransform) {
    mean = Float(transform.mean)
    factor = Float(transform.factor)
    guard !transform.mean.isFinite || abs(mean) < 0x1p120, transform.factor.isFinite == factor.isFinite,
      transform.factor == 0 || factor.isNormal || !factor.isFinite
    else { return nil }
    shift = Float(transform.shift(about: Double(mean)))
  }

  func apply(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int) {
    var i = 0
    while i + 8 <= count {
      let x = unsafe from.loadUnaligned(fromByteOffset: i * 4, as: SIMD8<Float>.self)
      unsafe to.storeBytes(of: (x - mean) * factor + shift, toByteOffset: i * 4, as: SIMD8<Float>.self)
      i += 8
    }
    while i < count {
      let x = unsafe from.load(fromByteOffset: i * 4, as: Float.self)
      unsafe to.storeBytes(of: (x - mean) * factor + shift, toByteOffset: i * 4, as: Float.self)
      i += 1
    }
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  func applyHalf(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int) {
    for i in 0..<count {
      let x = unsafe Float(from.load(fromByteOffset: i * 2, as: Float16.self))
      unsafe to.storeBytes(of: Float16((x - mean) * factor + shift), toByteOffset: i * 2, as: Float16.self)
    }
  }
  #endif
}
