/// Elementary functions made of additions, multiplications and divisions alone.
///
/// IEEE 754 fixes the result of these operations to the bit, but not that of a system's `sin` or `exp`.
/// With them the samples are the same on every machine. Errors stay below 1e-14.
enum Arithmetic {
  static let pi = 3.141592653589793
  private static let ln2 = 0.6931471805599453

  /// sin(2π · turns).
  static func sine(turns: Double) -> Double {
    var r = turns - turns.rounded()
    if r > 0.25 { r = 0.5 - r } else if r < -0.25 { r = -0.5 - r }
    let x = 2 * pi * r
    let s = x * x
    var sum = -1 / 121_645_100_408_832_000.0
    sum = sum * s + 1 / 355_687_428_096_000.0
    sum = sum * s - 1 / 1_307_674_368_000.0
    sum = sum * s + 1 / 6_227_020_800.0
    sum = sum * s - 1 / 39_916_800.0
    sum = sum * s + 1 / 362_880.0
    sum = sum * s - 1 / 5_040.0
    sum = sum * s + 1 / 120.0
    sum = sum * s - 1 / 6.0
    return x + x * s * sum
  }

  /// cos(2π · turns).
  static func cosine(turns: Double) -> Double {
    sine(turns: turns + 0.25)
  }

  /// 2 to the power of `x`, for |x| below 1000.
  static func exp2(_ x: Double) -> Double {
    let whole = x.rounded()
    let y = (x - whole) * ln2
    var sum = 1 / 479_001_600.0
    sum = sum * y + 1 / 39_916_800.0
    sum = sum * y + 1 / 3_628_800.0
    sum = sum * y + 1 / 362_880.0
    sum = sum * y + 1 / 40_320.0
    sum = sum * y + 1 / 5_040.0
    sum = sum * y + 1 / 720.0
    sum = sum * y + 1 / 120.0
    sum = sum * y + 1 / 24.0
    sum = sum * y + 1 / 6.0
    sum = sum * y + 0.5
    sum = sum * y + 1
    sum = sum * y + 1
    return Double(sign: .plus, exponent: Int(whole), significand: sum)
  }

  /// The logarithm of `x` to base 2, for normal x above 0.
  static func log2(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var m = x.significand
    if m > 1.4142135623730951 {
      m *= 0.5
      exponent += 1
    }
    let z = (m - 1) / (m + 1)
    let s = z * z
    var sum = 1 / 19.0
    sum = sum * s + 1 / 17.0
    sum = sum * s + 1 / 15.0
    sum = sum * s + 1 / 13.0
    sum = sum * s + 1 / 11.0
    sum = sum * s + 1 / 9.0
    sum = sum * s + 1 / 7.0
    sum = sum * s + 1 / 5.0
    sum = sum * s + 1 / 3.0
    return exponent + 2 * (z + z * s * sum) / ln2
  }

  /// e to the power of `x`.
  static func exp(_ x: Double) -> Double {
    exp2(x / ln2)
  }

  /// The hyperbolic tangent.
  static func tanh(_ x: Double) -> Double {
    if x > 20 { return 1 }
    if x < -20 { return -1 }
    let e = exp(2 * x)
    return (e - 1) / (e + 1)
  }

  /// 10^(decibels / 20).
  static func amplitude(decibels: Double) -> Double {
    exp2(decibels / 6.020599913279624)
  }

  /// 20 · log10(amplitude), at least −200 dB.
  static func decibels(amplitude: Double) -> Double {
    amplitude > 1e-10 ? 6.020599913279624 * log2(amplitude) : -200
  }
}
