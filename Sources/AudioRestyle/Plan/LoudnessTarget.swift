import Foundation

/// Where the integrated loudness (ITU-R BS.1770-4) of a restyled clip goes, or its level.
public enum LoudnessTarget: Hashable, Codable, Sendable {
  /// From the content's towards the style's, as far as the style is taken.
  case style
  /// Stays the content's.
  case keep
  /// To a number of LUFS.
  case lufs(Double)
  /// To a number of LUFS as meters read it that count one channel once: the first, or the second for clips of one channel.
  ///
  /// Delivery targets say it so; elsewhere a mono clip counts twice, 3.01 LU more.
  case metered(Double, mono: Double)
  /// To a level in dB RMS, unweighted, over all channels and the whole clip, as audiobooks are delivered.
  case level(Double)
  /// No loudness stage: the level follows from the transferred statistics alone.
  case off

  /// By how many LU two equal channels are louder than one: 10 · log₁₀ 2.
  public static let monoDifference = 10 * log10(2.0)
}
