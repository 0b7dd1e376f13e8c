import Foundation

/// The level that a restyled clip is brought to, and the ceiling of its peaks.
public struct LevelAim: Hashable, Codable, Sendable {
  /// The default ceiling in dBTP; a louder content keeps its own peak.
  public static let defaultCeiling = -1.0
  /// The largest change of level in dB; a larger one is limited, with a warning.
  package static let largestGain = 40.0

  /// The integrated loudness in LUFS that the clip is brought to; `nil` where there is no target.
  public var loudness: Double?
  /// The level in dB RMS that the clip is brought to instead of a loudness; `nil` where there is no such target.
  ///
  /// It is unweighted, over all channels and the whole clip.
  public var rms: Double?
  /// The gain in dB where there is no target.
  public var gain = 0.0
  /// The ceiling of true peaks in dBTP; `nil` for none.
  public var ceiling: Double?
  /// How true peaks are held under the ceiling.
  public var peaks = PeakControl.limit

  /// Creates an aim; without a target the level stays.
  package init(
    loudness: Double? = nil, rms: Double? = nil, gain: Double = 0.0, ceiling: Double? = nil,
    peaks: PeakControl = PeakControl.limit
  ) {
    self.loudness = loudness
    self.rms = rms
    self.gain = gain
    self.ceiling = ceiling
    self.peaks = peaks
  }
}

/// A target for the integrated loudness (ITU-R BS.1770-4) of a restyled clip, or for its level.
public enum LoudnessTarget: Hashable, Codable, Sendable {
  /// The style's loudness; the strength says how far the loudness goes there from the content's.
  case style
  /// The content's loudness.
  case keep
  /// A loudness in LUFS.
  case lufs(Double)
  /// A loudness in LUFS as meters show it that count the channel of a mono clip once; mono clips get the second number.
  ///
  /// Delivery targets are stated like this. Elsewhere a mono clip counts as two channels, 3.01 LU more.
  case metered(Double, mono: Double)
  /// A level in dB RMS, unweighted, over all channels and the whole clip, as audiobooks are delivered.
  case level(Double)
  /// No loudness stage: the level follows from the transferred statistics alone.
  case off

  /// By how many LU two equal channels are louder than one: 10 · log₁₀ 2 = 3.01.
  public static let monoDifference = 10 * log10(2.0)
}

/// A ceiling for the true peaks (ITU-R BS.1770-4, annex 2) of a restyled clip.
public enum PeakCeiling: Hashable, Codable, Sendable {
  /// The larger of −1 dBTP and the content's own true peak.
  case automatic
  /// A number of dBTP.
  case decibelsTruePeak(Double)
  /// No ceiling; integer formats still saturate at full scale, and the report counts the samples.
  case off
}

/// A way to hold true peaks under the ceiling.
public enum PeakControl: String, CaseIterable, Hashable, Codable, Sendable {
  /// A look-ahead limiter lowers the level around those peaks alone, so that the loudness reaches its target.
  case limit
  /// One lower gain for the whole clip: no peak changes its shape, and the clip gets quieter than its target.
  case gain
}
