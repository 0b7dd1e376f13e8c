/// What the true peaks (ITU-R BS.1770-4, annex 2) of a restyled clip are held under.
public enum PeakCeiling: Hashable, Codable, Sendable {
  /// The larger of −1 dBTP and the content's own true peak.
  case automatic
  /// A number of dBTP.
  case decibelsTruePeak(Double)
  /// No ceiling; integer formats still saturate at full scale, and the report counts the samples.
  case off
}
