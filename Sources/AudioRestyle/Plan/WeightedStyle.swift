/// A style and its share among several.
public struct WeightedStyle: Sendable {
  /// The style's statistics.
  public var profile: StyleProfile
  /// The share, at least 0; shares are normalised to a sum of 1.
  public var weight: Double
  /// What to call the style in messages.
  public var name: String
  /// The recording whose dynamics are taken: spreads of levels, loudness range, and peaks over the loudness; `nil` for the
  /// style's own.
  ///
  /// Tone and loudness stay those of ``profile``.
  public var dynamics: DynamicsStyle?

  /// Creates a style.
  public init(_ profile: StyleProfile, weight: Double = 1, name: String? = nil) {
    self.profile = profile
    self.weight = weight
    self.name = name ?? profile.sources.map(\.name).joined(separator: " + ")
  }

  /// The statistics that dynamics are taken from.
  var profileOfDynamics: StyleProfile { dynamics?.profile ?? profile }
}

/// A recording that dynamics are taken from, and nothing else.
public struct DynamicsStyle: Sendable {
  /// The recording's statistics.
  public var profile: StyleProfile
  /// What to call it in messages.
  public var name: String

  /// Creates a style of dynamics.
  public init(_ profile: StyleProfile, name: String? = nil) {
    self.profile = profile
    self.name = name ?? profile.sources.map(\.name).joined(separator: " + ")
  }
}
