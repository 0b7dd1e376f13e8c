/// How the statistics of a feature channel are transferred.
public enum RestyleMethod: String, CaseIterable, Hashable, Codable, Sendable {
  /// Means only: `y = x + μs − μc`, a match equaliser.
  case mean
  /// Adaptive instance normalisation: `y = σs · (x − μc)/σc + μs`, equaliser and dynamics of every channel.
  case adain
}
