import Foundation

extension MatchedMap {
  static func tuned(_ name: String, _ value: Double) -> Double {
    ProcessInfo.processInfo.environment[name].flatMap(Double.init) ?? value
  }

  /// Makes the map from samples of frames.
  ///
  /// - Parameters:
  ///   - content: The content's frames; at least one.
  ///   - style: The style's.
  ///   - channels: The channels that both have.
  ///   - tone: A factor of the tone curve.
  ///   - dynamics: An exponent of the slopes of the level map, beside the one for likeness.
  ///   - strength: The strength that gains will be multiplied by.
  static func map(
    from content: FrameSample, to style: FrameSample, channels: [Int], tone: Double, dynamics: Double,
    strength: Double
  ) -> MatchedMap {
    let (own, other) = (content.levels(of: channels), style.levels(of: channels))
    var matcher = ToneMatcher()
    matcher.smoothing = tuned("SMOOTH", 0.8)
    let matched = matcher.curve(from: own, to: other)
    if tuned("RATIO", 0) > 0 { print("ratio", LikenessRatio.ratio(content: own, style: other, curve: matched)) }
    let exponent = tuned("SHRINK", 0.7)
    let levels = BroadbandLevelMap(
      from: own.adding(matched).broadband, to: other.broadband, exponent: exponent * dynamics, strength: strength)
    var curve = [Double](repeating: 0, count: content.channelCount)
    for (channel, gain) in zip(channels, matched) { curve[channel] = tone * gain }
    return MatchedMap(curve: curve, channels: channels, levelMap: levels)
  }
}
