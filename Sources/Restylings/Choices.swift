package import StyleProfiles

/// How the channels of a clip share gains.
public enum StereoMode: String, CaseIterable, Hashable, Codable, Sendable {
  /// One gain for all channels, from the mean power of all but LFE: the stereo image stays.
  case linked
  /// Every channel on its own, towards the style's channel of the same number.
  case independent
  /// Middle and side of two channels on their own: the width follows the style.
  case midSide = "mid-side"

  /// The views of a clip that get gains of their own, in order.
  package func views(channelCount: Int) -> [StereoView] {
    switch self {
    case .linked: [.linked]
    case .midSide: [.mid, .side]
    case .independent: channelCount == 1 ? [.linked] : (0..<channelCount).map(StereoView.channel)
    }
  }
}

/// How the tone that a whole clip gets is delayed over frequency.
public enum TonePhase: String, CaseIterable, Hashable, Codable, Sendable {
  /// As little as its gains allow, as by an equaliser: nothing sounds before it should.
  ///
  /// All channels share one filter, so that they do not shift against each other; what their tones differ by is not delayed.
  case minimum
  /// Not at all: a clip that is mixed with its restyled self stays in step with it, and sharp sounds smear to both sides.
  case linear
}

/// What is taken of a style that is another voice or piece than the content.
public enum RestyleAim: String, CaseIterable, Hashable, Codable, Sendable {
  /// The style's long-term spectrum, dynamics and peaks, whoever or whatever is recorded.
  case style
  /// Only what the recording chain did, as far as it can be told from what was recorded.
  case equipment
}
