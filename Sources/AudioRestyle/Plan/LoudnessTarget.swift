/// Where the integrated loudness (ITU-R BS.1770-4) of a restyled clip goes.
public enum LoudnessTarget: Hashable, Codable, Sendable {
  /// From the content's towards the style's, as far as the style is taken.
  case style
  /// Stays the content's.
  case keep
  /// To a number of LUFS.
  case lufs(Double)
  /// No loudness stage: the level follows from the transferred statistics alone.
  case off
}
