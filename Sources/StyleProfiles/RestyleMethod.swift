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

/// What a profile can hold beside the mean and the spread of each band.
package struct ProfileNeeds: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Histograms and covariance of the levels (``FrameDistribution``).
  package static let distributions = ProfileNeeds(rawValue: 1)
  /// A sample of frames (``FrameSample``).
  package static let frames = ProfileNeeds(rawValue: 2)
}

extension ProfileNeeds {
  /// What is needed, in words.
  package var words: String {
    [
      contains(.distributions)
        ? "the distribution of levels (histograms and covariance of the active frames)" : nil,
      contains(.frames) ? "a sample of frames" : nil,
    ].compactMap(\.self).joined(separator: " and ")
  }
}
