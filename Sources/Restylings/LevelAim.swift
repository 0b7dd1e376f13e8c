import Foundation

/// Where the level of a restyled clip goes.
public struct LevelAim: Hashable, Codable, Sendable {
  /// The default ceiling in dBTP; a louder content keeps its own peak.
  public static let defaultCeiling = -1.0
  /// The largest change of level in dB; what would change more is limited, with a warning.
  package static let largestGain = 40.0

  /// The integrated loudness in LUFS that the clip is brought to; `nil` where there is no target.
  public var loudness: Double?
  /// The level in dB RMS that the clip is brought to instead, unweighted, over all channels; `nil` where there is no such
  /// target.
  public var rms: Double?
  /// The gain in dB where there is no target.
  public var gain = 0.0
  /// What true peaks are held under, in dBTP; `nil` for nothing.
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

/// What the true peaks (ITU-R BS.1770-4, annex 2) of a restyled clip are held under.
public enum PeakCeiling: Hashable, Codable, Sendable {
  /// The larger of −1 dBTP and the content's own true peak.
  case automatic
  /// A number of dBTP.
  case decibelsTruePeak(Double)
  /// No ceiling; integer formats still saturate at full scale, and the report counts the samples.
  case off
}

/// How true peaks are held under the ceiling.
public enum PeakControl: String, CaseIterable, Hashable, Codable, Sendable {
  /// A look-ahead limiter lowers the level around those peaks alone, so that the loudness reaches its target.
  case limit
  /// One lower gain for the whole clip: no peak changes its shape, and the clip gets quieter than its target.
  case gain
}
