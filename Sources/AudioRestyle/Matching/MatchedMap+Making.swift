extension MatchedMap {
  /// The likeness ratios from which, and up to which, two recordings are trusted less.
  private static let unlikeness = 1.5...2.5
  /// The smoothing of the tone curve in bands, for like and for unlike recordings.
  private static let smoothing = 0.6...2.5
  /// The exponent of the slopes of the level map, for unlike and for like recordings.
  private static let exponents = 0.25...0.4

  /// Makes the map from samples of frames.
  ///
  /// - Parameters:
  ///   - content: The content's frames.
  ///   - style: The style's.
  ///   - channels: The channels that both have.
  ///   - tone: A factor of the tone curve.
  ///   - dynamics: A factor of the exponent of the level map's slopes.
  ///   - strength: The strength that gains will be multiplied by.
  /// - Returns: `nil` where one of the two has no frames.
  static func map(
    from content: FrameSample, to style: FrameSample, channels: [Int], tone: Double, dynamics: Double,
    strength: Double
  ) -> MatchedMap? {
    guard let own = LoudestFrames(content.levels(of: channels)),
      let other = LoudestFrames(style.levels(of: channels))
    else { return nil }
    let share = min(own.activeShare, other.activeShare)
    let (from, to) = (own.rows(share: share), other.rows(share: share))
    var matcher = ToneMatcher(smoothing: smoothing.lowerBound)
    var matched = matcher.curve(from: from, to: to)
    let ratio = LikenessRatio.ratio(content: from, style: to, curve: matched)
    let doubt =
      (unlikeness.nearest(to: ratio) - unlikeness.lowerBound)
      / (unlikeness.upperBound - unlikeness.lowerBound)
    if doubt > 0 {
      matcher.smoothing += doubt * (smoothing.upperBound - smoothing.lowerBound)
      matched = matcher.curve(from: from, to: to)
    }
    let exponent = exponents.upperBound - doubt * (exponents.upperBound - exponents.lowerBound)
    let applied = matched.map { tone * $0 }
    let levels = BroadbandLevelMap(
      from: own.all.adding(applied).broadband, to: other.all.broadband, exponent: exponent * dynamics,
      strength: strength)
    var curve = [Double](repeating: 0, count: content.channelCount)
    for (channel, gain) in zip(channels, applied) { curve[channel] = gain }
    return MatchedMap(curve: curve, channels: channels, levelMap: levels)
  }
}
