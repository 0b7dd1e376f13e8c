import Foundation

/// The K-weighting of ITU-R BS.1770-4 as a curve over frequency.
public enum KWeightingResponse {
  /// The gain in dB at the centres of ``ThirdOctaves``.
  public static let thirdOctaves = ThirdOctaves.frequencies.map(gain)

  /// The gain in dB at a frequency in Hz.
  public static func gain(at frequency: Double) -> Double {
    10
      * log10(
        KWeighting.shelf.powerGain(at: frequency, sampleRate: 48_000)
          * KWeighting.highPass.powerGain(at: frequency, sampleRate: 48_000))
  }
}
