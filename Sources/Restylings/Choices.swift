package import StyleProfiles

/// A way in which the channels of a clip share gains.
public enum StereoMode: String, CaseIterable, Hashable, Codable, Sendable {
  /// One gain for all channels, from the mean power of all but LFE: the stereo image stays.
  case linked
  /// Gains for every channel, towards the style's channel of the same number.
  case independent
  /// Gains for middle and side of two channels: the stereo width follows the style's.
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

/// The phase of the filter that applies the tone.
public enum TonePhase: String, CaseIterable, Hashable, Codable, Sendable {
  /// Minimum phase, as an equaliser has it: nothing sounds before it should.
  ///
  /// All channels share one filter, so that they do not shift against each other. Differences between the channels'
  /// tones are applied in frames, without delay.
  case minimum
  /// Zero phase, without delay: a clip stays in step with its result for mixing, but sharp sounds smear to both sides.
  case linear
}

/// What the method `match` takes over from a style that is another voice or piece than the content.
public enum RestyleAim: String, CaseIterable, Hashable, Codable, Sendable {
  /// The style's long-term spectrum, dynamics and peaks, whatever is recorded.
  case style
  /// Only the effect of the recording chain, as far as it can be separated from the recorded sound.
  case equipment
}
