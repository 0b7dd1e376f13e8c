import Foundation

/// The K-weighting of ITU-R BS.1770-4, Annex 1: a high shelf for the acoustic effect of the head, then the
/// high-pass of the revised low-frequency B curve.
///
/// The standard prints coefficients for 48 kHz only (tables 1 and 2) and asks for the same frequency response
/// at other rates. They are derived here from the printed ones: the high-pass (corner 38.1 Hz) with
/// ``BiquadCoefficients/bilinear(from:to:)``, the shelf (corner 1682 Hz), which the bilinear transform would warp
/// by up to 0.29 dB at 8 kHz, with ``BiquadCoefficients/matched(from:to:)``. At 48 kHz both give the printed
/// coefficients. From 10 Hz to 0.49 of the sample rate (at most 20 kHz) the response deviates from that at 48 kHz
/// by less than 0.04 dB at 8 kHz, 0.015 dB at 11.025 kHz, 0.001 dB at 22.05 kHz and 0.0001 dB from 32 to 192 kHz.
///
/// The printed high-pass has gain 1.005 (0.043 dB) above its corner, which belongs to the calibration
/// `−0.691 dB`; it is kept at every rate, so that one sound has one loudness at all of them.
enum KWeighting {
  /// The high shelf of table 1, for 48 kHz.
  static let shelf = BiquadCoefficients(
    b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285,
    a1: -1.69065929318241, a2: 0.73248077421585)

  /// The high-pass of table 2, for 48 kHz.
  static let highPass = BiquadCoefficients(
    b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621)

  /// Both filters for a sample rate in hertz.
  static func sections(sampleRate: Double) -> (shelf: BiquadCoefficients, highPass: BiquadCoefficients) {
    (shelf.matched(from: 48_000, to: sampleRate), highPass.bilinear(from: 48_000, to: sampleRate))
  }

  /// The loudness in LUFS of a K-weighted, channel-weighted mean square: `−0.691 + 10·log10 z`.
  static func loudness(power: Double) -> Double {
    -0.691 + 10 * log10(power)
  }
}
