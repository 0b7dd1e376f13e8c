/// What a transform of rows by their own moments amounts to, so that a kernel can carry it out for several rows at once.
///
/// `y = strength · ((x − μ) / (√(σ² + epsInside) + epsOutside) · scale + shift) + (1 − strength) · x`
@unsafe public struct RowStandardization {
  /// The values of rows 0 ..< period, repeated from there on.
  @unsafe public struct Values {
    let doubles: UnsafePointer<Double>?
    let floats: UnsafePointer<Float>?
    let period: Int

    /// Takes values in `Double`; nil stands for none.
    public init(_ values: UnsafePointer<Double>?, period: Int) {
      unsafe (doubles, floats) = unsafe (values, nil)
      unsafe self.period = period
    }

    /// Takes values in `Float`; nil stands for none.
    public init(_ values: UnsafePointer<Float>?, period: Int) {
      unsafe (doubles, floats) = unsafe (nil, values)
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
  public init(
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
