import AudioFeatures
import Foundation

/// A filter of a parametric equaliser.
///
/// Its coefficients are those of R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (the
/// RBJ Audio EQ Cookbook), which Equalizer APO, REW, CamillaDSP and most others follow. With A = 10^(gain/40), ω =
/// 2π·f/rate and α = sin ω/(2·Q):
///
///     peaking:    b = 1 + αA,  −2 cos ω,  1 − αA          a = 1 + α/A,  −2 cos ω,  1 − α/A
///     low shelf:  b0 = A((A+1) − (A−1) cos ω + 2√A α)     a0 = (A+1) + (A−1) cos ω + 2√A α
///                 b1 = 2A((A−1) − (A+1) cos ω)            a1 = −2((A−1) + (A+1) cos ω)
///                 b2 = A((A+1) − (A−1) cos ω − 2√A α)     a2 = (A+1) + (A−1) cos ω − 2√A α
///
/// A high shelf is a low shelf with −cos ω for cos ω, and with b1 and a1 negated.
public struct ParametricFilter: Hashable, Codable, Sendable {
  /// What a filter does over frequency.
  public enum Shape: String, Hashable, Codable, Sendable {
    /// A bell about the frequency.
    case peaking
    /// The gain below the frequency, half of it in dB at the frequency.
    case lowShelf
    /// The gain above the frequency, half of it in dB at the frequency.
    case highShelf
  }

  /// What the filter does over frequency.
  public var shape: Shape
  /// The centre frequency in Hz.
  public var frequency: Double
  /// The gain in dB.
  public var gain: Double
  /// How narrow the filter is: a bell of Q is f/Q wide between half gains.
  public var q: Double

  /// Creates a filter.
  public init(_ shape: Shape, frequency: Double, gain: Double, q: Double) {
    (self.shape, self.frequency, self.gain, self.q) = (shape, frequency, gain, q)
  }

  /// The coefficients at a sample rate in Hz, with a0 = 1.
  func coefficients(sampleRate: Double) -> BiquadCoefficients {
    let a = pow(10, gain / 40)
    let w = 2 * Double.pi * frequency / sampleRate
    let alpha = sin(w) / (2 * q)
    guard shape != .peaking else {
      let a0 = 1 + alpha / a
      return BiquadCoefficients(
        b0: (1 + alpha * a) / a0, b1: -2 * cos(w) / a0, b2: (1 - alpha * a) / a0, a1: -2 * cos(w) / a0,
        a2: (1 - alpha / a) / a0)
    }
    // A high shelf is a low shelf over the mirrored frequency.
    let sign: Double = shape == .lowShelf ? 1 : -1
    let c = sign * cos(w)
    let (sum, difference, width) = (a + 1, a - 1, 2 * a.squareRoot() * alpha)
    let a0 = sum + difference * c + width
    return BiquadCoefficients(
      b0: a * (sum - difference * c + width) / a0, b1: sign * 2 * a * (difference - sum * c) / a0,
      b2: a * (sum - difference * c - width) / a0, a1: sign * -2 * (difference + sum * c) / a0,
      a2: (sum + difference * c - width) / a0)
  }

  /// The filter's gain in dB at a frequency in Hz.
  public func decibels(at frequency: Double, sampleRate: Double) -> Double {
    10 * log10(coefficients(sampleRate: sampleRate).powerGain(at: frequency, sampleRate: sampleRate))
  }
}
