extension MatchedMap {
  /// What changes from like to unlike recordings.
  private struct Trust {
    /// The least smoothing of the tone curve in bands.
    var smoothing: Double
    /// The share of the tone curve that is taken.
    var tone: Double
    /// The exponent of the slopes of the level map.
    var exponent: Double
    /// The share of the difference of peaks that is taken.
    var peaks: Double

    static let like = Trust(smoothing: 0, tone: 1, exponent: 0.7, peaks: 0.7)
    static let unlike = Trust(smoothing: 2.5, tone: 0.25, exponent: 0.3, peaks: 0.3)

    init(smoothing: Double, tone: Double, exponent: Double, peaks: Double) {
      (self.smoothing, self.tone, self.exponent, self.peaks) = (smoothing, tone, exponent, peaks)
    }

    init(doubt: Double) {
      func between(_ value: KeyPath<Trust, Double>) -> Double {
        Self.like[keyPath: value] + doubt * (Self.unlike[keyPath: value] - Self.like[keyPath: value])
      }
      self.init(
        smoothing: between(\.smoothing), tone: between(\.tone), exponent: between(\.exponent),
        peaks: between(\.peaks))
    }
  }

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
    let (from, to) = LoudestFrames.comparable(own, other)
    let unlikeness = Unlikeness.decibels(content: from, style: to)
    let trust = Trust(doubt: Unlikeness.doubt(unlikeness))
    let matched = ToneMatcher(smoothing: trust.smoothing).curve(from: from, to: to)
    let applied = matched.map { tone * trust.tone * $0 }
    guard let moved = LoudestFrames(own.all.adding(applied)) else { return nil }
    let (levels, aims) = LoudestFrames.comparable(moved, other)
    let levelMap = BroadbandLevelMap(
      from: levels.broadband, to: aims.broadband, exponent: trust.exponent * dynamics, strength: strength)
    var curve = [Double](repeating: 0, count: content.channelCount)
    for (channel, gain) in zip(channels, applied) { curve[channel] = gain }
    return MatchedMap(
      curve: curve, channels: channels, levelMap: levelMap, unlikeness: unlikeness,
      peakShare: min(1, trust.peaks * dynamics))
  }
}
