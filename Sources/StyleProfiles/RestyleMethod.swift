/// A rule that transfers statistics of the style's levels to the content's.
///
/// x: level in dB; μ, σ: mean and spread over the active frames; F, Q: distribution and quantile function; c, s:
/// content and style.
public enum RestyleMethod: String, CaseIterable, Hashable, Codable, Sendable {
  /// Means only: `y = x + μs − μc`, a match equaliser.
  case mean
  /// Adaptive instance normalisation: `y = σs · (x − μc)/σc + μs`, equaliser and dynamics of every channel.
  case adain
  /// Distribution matching of every band: `y = Qs(Fc(x))`; each level becomes the style's level of the same rank.
  case efdm
  /// Gaussian optimal transport over all bands: `y = μs + A (x − μc)`, with A such that y has the style's covariance.
  case transport

  /// Matched frames: a tone from frames of content and style that are alike, and one gain for all bands.
  ///
  /// The gain moves the distribution of the broadband level towards the style's.
  case match
}

/// The measurements that a profile can hold beside the mean and the spread of each band.
package struct ProfileNeeds: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Histograms and covariance of the levels (``FrameDistribution``).
  package static let distributions = ProfileNeeds(rawValue: 1)
  /// A sample of frames (``FrameSample``).
  package static let frames = ProfileNeeds(rawValue: 2)
}

extension ProfileNeeds {
  /// The measurements, in words for a message.
  package var words: String {
    [
      contains(.distributions)
        ? "the distribution of levels (histograms and covariance of the active frames)" : nil,
      contains(.frames) ? "a sample of frames" : nil,
    ].compactMap(\.self).joined(separator: " and ")
  }
}
