/// What is taken of a style that is another voice or piece than the content.
public enum RestyleAim: String, CaseIterable, Hashable, Codable, Sendable {
  /// The style's long-term spectrum, dynamics and peaks, whoever or whatever is recorded.
  case style
  /// Only what the recording chain did, as far as it can be told from what was recorded.
  case equipment
}
