import Tensors

/// What a transform of rows by their own moments amounts to, so that a kernel can carry it out for several rows at once.
///
/// `y = strength · ((x − μ) / (√(σ² + epsInside) + epsOutside) · scale + shift) + (1 − strength) · x`
@unsafe struct RowStandardization {
  /// The values of rows 0 ..< period, repeated from there on.
  @unsafe struct Values {
    var doubles: UnsafePointer<Double>?
    var floats: UnsafePointer<Float>?
    /// `Float16` by its bits.
    var halves: UnsafePointer<UInt16>?
    let period: Int

    /// Takes values in `Double`; nil stands for none.
    init(_ values: UnsafePointer<Double>?, period: Int) {
      unsafe doubles = unsafe values
      unsafe self.period = period
    }

    /// Takes values of the rows' own scalar type, `Float` or `Float16`; nil stands for none.
    init<Scalar: TensorScalar>(scalars: UnsafePointer<Scalar>?, period: Int) {
      let raw = unsafe UnsafeRawPointer(scalars)
      if Scalar.self == Float.self {
        unsafe floats = unsafe raw?.assumingMemoryBound(to: Float.self)
      } else if MemoryLayout<Scalar>.size == MemoryLayout<UInt16>.size {
        unsafe halves = unsafe raw?.assumingMemoryBound(to: UInt16.self)
      }
      unsafe self.period = period
    }
  }

  /// What is subtracted from the number of values where Σ (x − μ)² is divided by it: 0 for the biased variance, 1 for the
  /// unbiased one.
  let lostDegrees: Int
  let epsInside: Double
  let epsOutside: Double
  let strength: Double
  let scale: Values
  let shift: Values

  /// Creates a description; scales that are left out are 1, shifts 0.
  init(
    lostDegrees: Int = 0, epsInside: Double = 0, epsOutside: Double = 0, strength: Double = 1, scale: Values,
    shift: Values
  ) {
    unsafe self.lostDegrees = lostDegrees
    unsafe self.epsInside = epsInside
    unsafe self.epsOutside = epsOutside
    unsafe self.strength = strength
    unsafe self.scale = unsafe scale
    unsafe self.shift = unsafe shift
  }
}
