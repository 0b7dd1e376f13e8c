/// A style and its share among several.
public struct WeightedStyle: Sendable {
  /// The style's statistics.
  public var profile: StyleProfile
  /// The share, at least 0; shares are normalised to a sum of 1.
  public var weight: Double
  /// What to call the style in messages.
  public var name: String

  /// Creates a style.
  public init(_ profile: StyleProfile, weight: Double = 1, name: String? = nil) {
    self.profile = profile
    self.weight = weight
    self.name = name ?? profile.sources.map(\.name).joined(separator: " + ")
  }
}
