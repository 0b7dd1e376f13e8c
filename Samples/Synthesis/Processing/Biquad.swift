/// A second-order filter after Bristow-Johnson's audio equaliser formulas, in transposed direct form II.
struct Biquad {
  private let b0, b1, b2, a1, a2: Double
  private var z1 = 0.0
  private var z2 = 0.0

  private init(_ b0: Double, _ b1: Double, _ b2: Double, over a0: Double, _ a1: Double, _ a2: Double) {
    self.b0 = b0 / a0
    self.b1 = b1 / a0
    self.b2 = b2 / a0
    self.a1 = a1 / a0
    self.a2 = a2 / a0
  }

  /// The filter's next output.
  mutating func process(_ x: Double) -> Double {
    let y = b0 * x + z1
    z1 = b1 * x - a1 * y + z2
    z2 = b2 * x - a2 * y
    return y
  }

  /// A filter with other coefficients that goes on from the same state.
  func continued(as other: Biquad) -> Biquad {
    var result = other
    result.z1 = z1
    result.z2 = z2
    return result
  }

  static func lowPass(_ frequency: Double, q: Double = 0.7071, rate: Double) -> Biquad {
    let w = Angle(frequency, q: q, rate: rate)
    let b = (1 - w.cosine) / 2
    return Biquad(b, 2 * b, b, over: 1 + w.alpha, -2 * w.cosine, 1 - w.alpha)
  }

  static func highPass(_ frequency: Double, q: Double = 0.7071, rate: Double) -> Biquad {
    let w = Angle(frequency, q: q, rate: rate)
    let b = (1 + w.cosine) / 2
    return Biquad(b, -2 * b, b, over: 1 + w.alpha, -2 * w.cosine, 1 - w.alpha)
  }

  /// A band-pass filter with a gain of 1 at its centre.
  static func bandPass(_ frequency: Double, q: Double, rate: Double) -> Biquad {
    let w = Angle(frequency, q: q, rate: rate)
    return Biquad(w.alpha, 0, -w.alpha, over: 1 + w.alpha, -2 * w.cosine, 1 - w.alpha)
  }

  static func peak(_ frequency: Double, q: Double, decibels: Double, rate: Double) -> Biquad {
    let w = Angle(frequency, q: q, rate: rate)
    let a = Arithmetic.amplitude(decibels: decibels / 2)
    return Biquad(
      1 + w.alpha * a, -2 * w.cosine, 1 - w.alpha * a,
      over: 1 + w.alpha / a, -2 * w.cosine, 1 - w.alpha / a)
  }

  static func lowShelf(_ frequency: Double, decibels: Double, rate: Double) -> Biquad {
    shelf(frequency, decibels: decibels, sign: 1, rate: rate)
  }

  static func highShelf(_ frequency: Double, decibels: Double, rate: Double) -> Biquad {
    shelf(frequency, decibels: decibels, sign: -1, rate: rate)
  }

  private static func shelf(_ frequency: Double, decibels: Double, sign: Double, rate: Double) -> Biquad {
    let w = Angle(frequency, q: 0.7071, rate: rate)
    let a = Arithmetic.amplitude(decibels: decibels / 2)
    let c = sign * w.cosine
    let root = 2 * a.squareRoot() * w.alpha
    return Biquad(
      a * ((a + 1) - (a - 1) * c + root),
      sign * 2 * a * ((a - 1) - (a + 1) * c),
      a * ((a + 1) - (a - 1) * c - root),
      over: (a + 1) + (a - 1) * c + root,
      sign * -2 * ((a - 1) + (a + 1) * c),
      (a + 1) + (a - 1) * c - root)
  }

  /// The quantities that all designs share.
  private struct Angle {
    let cosine: Double
    let alpha: Double

    init(_ frequency: Double, q: Double, rate: Double) {
      let turns = min(frequency, 0.49 * rate) / rate
      cosine = Arithmetic.cosine(turns: turns)
      alpha = Arithmetic.sine(turns: turns) / (2 * q)
    }
  }
}
