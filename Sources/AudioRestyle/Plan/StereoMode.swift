/// How the channels of a clip share gains.
public enum StereoMode: String, CaseIterable, Hashable, Codable, Sendable {
  /// One gain for all channels, from the mean power of all but LFE: the stereo image stays.
  case linked
  /// Every channel on its own, towards the style's channel of the same number.
  case independent
  /// Middle and side of two channels on their own: the width follows the style.
  case midSide = "mid-side"

  /// The views of a clip that get gains of their own, in order.
  func views(channelCount: Int) -> [StereoView] {
    switch self {
    case .linked: [.linked]
    case .midSide: [.mid, .side]
    case .independent: channelCount == 1 ? [.linked] : (0..<channelCount).map(StereoView.channel)
    }
  }
}
