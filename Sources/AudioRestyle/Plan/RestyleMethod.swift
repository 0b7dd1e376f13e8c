/// How statistics of the style are transferred to the content.
public enum RestyleMethod: String, CaseIterable, Hashable, Codable, Sendable {
  /// Means only: `y = x + μs − μc`, a match equaliser.
  case mean
  /// Adaptive instance normalisation: `y = σs · (x − μc)/σc + μs`, equaliser and dynamics of every channel.
  case adain
  /// Exact distribution matching of every band: `y = Qs(Fc(x))`, each level becomes the style's of the same rank.
  case efdm
  /// Gaussian optimal transport over all bands: `y = μs + A (x − μc)` gives the style's means and covariance.
  case transport

  /// Matched frames: the tone between frames of content and style that are alike, and one gain for all bands that gives the
  /// style's distribution of the broadband level.
  case match
}
