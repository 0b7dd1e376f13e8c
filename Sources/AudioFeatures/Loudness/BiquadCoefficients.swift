import Foundation

/// The coefficients of a second-order filter
/// `H(z) = (b0 + b1·z⁻¹ + b2·z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²)`.
package struct BiquadCoefficients: Hashable, Sendable {
  package var b0, b1, b2, a1, a2: Double

  package init(b0: Double, b1: Double, b2: Double, a1: Double, a2: Double) {
    (self.b0, self.b1, self.b2, self.a1, self.a2) = (b0, b1, b2, a1, a2)
  }

  /// The power gain `|H|²` at a frequency in hertz.
  ///
  /// With `s = sin²(π·f/rate)` the power of a quadratic c0 + c1·z⁻¹ + c2·z⁻² is
  /// `(c0 + c1 + c2)²·(1 − s) + (c0 − c1 + c2)²·s − 16·c0·c2·s·(1 − s)`.
  package func powerGain(at frequency: Double, sampleRate: Double) -> Double {
    let s = Self.squaredSine(frequency, sampleRate)
    return Self.power(b0, b1, b2, s) / Self.power(1, a1, a2, s)
  }

  fileprivate static func power(_ c0: Double, _ c1: Double, _ c2: Double, _ s: Double) -> Double {
    let atZero = c0 + c1 + c2
    let atNyquist = c0 - c1 + c2
    return atZero * atZero * (1 - s) + atNyquist * atNyquist * s - 16 * c0 * c2 * s * (1 - s)
  }

  fileprivate static func squaredSine(_ frequency: Double, _ sampleRate: Double) -> Double {
    let sine = sin(.pi * frequency / sampleRate)
    return sine * sine
  }
}

/// Bilinear conversion: exact at 0 Hz, at the corner and at half the sample rate.
extension BiquadCoefficients {
  /// The same analogue filter at another sample rate.
  ///
  /// The bilinear transform maps the analogue variable to `p = (1 − z⁻¹)/(1 + z⁻¹)`. Its inverse
  /// `z⁻¹ = (1 − p)/(1 + p)` turns a quadratic `c0 + c1·z⁻¹ + c2·z⁻²` into one in p:
  ///
  ///     q0 = c0 + c1 + c2,   q1 = 2(c0 − c2),   q2 = c0 − c1 + c2
  ///
  /// The corner f appears at `Ω = tan(π·f/rate)` (see ``cornerFrequency(sampleRate:)``) and has to appear at
  /// `Ω′ = tan(π·f/rate′)`, so p is scaled by `Ω/Ω′` and the forward transform is applied:
  ///
  ///     c0 = q0 + q1 + q2,   c1 = 2(q0 − q2),   c2 = q0 − q1 + q2
  func bilinear(from rate: Double, to newRate: Double) -> BiquadCoefficients {
    let corner = cornerFrequency(sampleRate: rate)
    let scale = tan(.pi * corner / rate) / tan(.pi * corner / newRate)
    let d = Self.scaled(1, a1, a2, by: scale)
    let n = Self.scaled(b0, b1, b2, by: scale)
    return BiquadCoefficients(b0: n.0 / d.0, b1: n.1 / d.0, b2: n.2 / d.0, a1: d.1 / d.0, a2: d.2 / d.0)
  }

  /// The natural frequency of the denominator in hertz: `rate/π · atan √(q0/q2)`.
  func cornerFrequency(sampleRate: Double) -> Double {
    sampleRate / .pi * atan(((1 + a1 + a2) / (1 - a1 + a2)).squareRoot())
  }

  private static func scaled(
    _ c0: Double, _ c1: Double, _ c2: Double, by scale: Double
  ) -> (Double, Double, Double) {
    let q0 = c0 + c1 + c2
    let q1 = 2 * (c0 - c2) * scale
    let q2 = (c0 - c1 + c2) * scale * scale
    return (q0 + q1 + q2, 2 * (q0 - q2), q0 - q1 + q2)
  }
}

/// Matched conversion: free of the bilinear transform's warping.
extension BiquadCoefficients {
  /// A filter with the same poles in the analogue plane, and the same gain at 0 Hz, at the corner and at half the
  /// lower of the two sample rates.
  ///
  /// A pole z becomes `z^(rate/rate′)`; this needs a complex pair. The power of the numerator is then known at
  /// three frequencies as target gain times denominator power, `T = B0·(1 − s) + B1·s + 4·B2·s·(1 − s)` with
  /// `s = sin²(π·f/rate′)`. This is a linear system in B0, B1 and B2. The minimum-phase numerator is
  ///
  ///     W = (√B0 + √B1)/2,   b0 = (W + √(W² + B2))/2,   b1 = (√B0 − √B1)/2,   b2 = −B2/(4·b0)
  ///
  /// (M. Vicanek, "Matched second order digital filters", 2016). At `rate′ = rate` it is the identity for a
  /// minimum-phase filter.
  func matched(from rate: Double, to newRate: Double) -> BiquadCoefficients {
    let radius = a2.squareRoot()
    let angle = acos(-a1 / (2 * radius))
    let ratio = rate / newRate
    var result = self
    result.a1 = -2 * pow(radius, ratio) * cos(angle * ratio)
    result.a2 = pow(a2, ratio)

    func target(_ frequency: Double) -> (s: Double, power: Double) {
      let s = Self.squaredSine(frequency, newRate)
      let gain = powerGain(at: frequency, sampleRate: rate)
      return (s, gain * Self.power(1, result.a1, result.a2, s))
    }
    let power0 = target(0).power
    let low = target(cornerFrequency(sampleRate: rate))
    let high = target(min(rate, newRate) / 2)
    // Each equation divided by s: B1 + B2·4(1 − s) = (T − B0·(1 − s))/s.
    let lowSide = (low.power - power0 * (1 - low.s)) / low.s
    let highSide = (high.power - power0 * (1 - high.s)) / high.s
    let power2 = (lowSide - highSide) / (4 * (high.s - low.s))
    let power1 = highSide - 4 * (1 - high.s) * power2

    let w = (power0.squareRoot() + power1.squareRoot()) / 2
    result.b0 = (w + (w * w + power2).squareRoot()) / 2
    result.b1 = (power0.squareRoot() - power1.squareRoot()) / 2
    result.b2 = -power2 / (4 * result.b0)
    return result
  }
}
