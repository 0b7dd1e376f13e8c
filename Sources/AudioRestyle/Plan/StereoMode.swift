/// How the channels of a clip share gains.
public enum StereoMode: String, CaseIterable, Hashable, Codable, Sendable {
  /// One gain for all channels, from the mean power of all but LFE: the stereo image stays.
  case linked
  /// Every channel on its own, towards the style's channel of the same number.
  case independent
  /// Middle and side of two channels on their own: the width follows the style.
  case midSide = "mid-side"
}
