/// How true peaks are held under the ceiling.
public enum PeakControl: String, CaseIterable, Hashable, Codable, Sendable {
  /// A look-ahead limiter lowers the level around those peaks alone, so that the loudness reaches its target.
  case limit
  /// One lower gain for the whole clip: no peak changes its shape, and the clip gets quieter than its target.
  case gain
}
