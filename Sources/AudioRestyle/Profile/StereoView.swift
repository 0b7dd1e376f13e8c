/// A way of reading one signal out of a clip's channels.
public enum StereoView: Hashable, Sendable {
  /// The mean power of all channels but LFE.
  case linked
  /// Half the sum of left and right.
  case mid
  /// Half the difference of left and right.
  case side
  /// One channel, counted from 0.
  case channel(Int)

  /// The view's name in profiles and reports.
  ///
  /// One of `linked`, `mid`, `side`, `channel0`, …
  public var name: String {
    switch self {
    case .linked: "linked"
    case .mid: "mid"
    case .side: "side"
    case .channel(let index): "channel\(index)"
    }
  }

  /// The view of a name; `nil` for any other text.
  public init?(name: String) {
    switch name {
    case "linked": self = .linked
    case "mid": self = .mid
    case "side": self = .side
    default:
      guard name.hasPrefix("channel"), let index = Int(name.dropFirst(7)), index >= 0 else { return nil }
      self = .channel(index)
    }
  }
}
