extension MatchedMap {
  /// Frames stand 10.67 ms apart.
  private static let framesOfOneSecond = 94.0

  /// A short clip beside a long one is compared with so many times its own number of frames, and with no fewer than these:
  /// more cost time and tell little.
  private static let largestRatio = 4
  private static let fewestFrames = 256

  /// Makes the map from samples of frames.
  ///
  /// - Parameters:
  ///   - content: The content's frames.
  ///   - style: The style's.
  ///   - lines: How far the lines of their fine spectra agree, where it is known.
  ///   - channels: The channels that both have.
  ///   - nyquist: Half the lower of their sample rates in Hz.
  ///   - tone: A factor of the tone curve.
  ///   - dynamics: A factor of the exponent of the level map's slopes.
  ///   - strength: The strength that gains will be multiplied by.
  ///   - usesEnvelopes: Whether dynamics can follow envelopes, where the content's levels have the range that tells.
  ///   - team: The threads that search.
  /// - Returns: `nil` where one of the two has no frames.
  static func map(
    from content: FrameSample, to style: FrameSample, lines: LineCorrelation? = nil, channels: [Int],
    nyquist: Double, tone: Double, dynamics: Double, strength: Double,
    usesEnvelopes: Bool = false,
    team: ThreadTeam = ThreadTeam(1)
  ) throws -> MatchedMap? {
    let limit = max(fewestFrames, largestRatio * min(content.frames.count, style.frames.count))
    let styleRows = style.levels(of: channels, atMost: limit)
    guard let own = LoudestFrames(content.levels(of: channels, atMost: limit)),
      let other = LoudestFrames(styleRows)
    else { return nil }
    let (from, to) = LoudestFrames.comparable(own, other)
    let matched = try ToneMatcher(team: team).match(from: from, to: to)
    let unlikeness = Unlikeness(
      mutualShare: matched.mutualShare, lines: lines,
      speechlikeness: min(speechlikeness(of: own.all.broadband), speechlikeness(of: other.all.broadband)))
    // A style of less than a second is in doubt, however alike.
    let shortness = 1 - min(1, Double(other.all.count) / framesOfOneSecond)
    let doubt = max(unlikeness.doubt, shortness)
    let trust = Trust(doubt: doubt)
    let applied = ToneInDoubt(
      matched: matched.curve,
      equipment: content.channelCount == TypicalLevels.means.count
        ? TypicalLevels.equipmentCurve(
          of: other.rows(share: other.activeShare).shapes.mean, channels: channels, nyquist: nyquist) : nil
    ).curve(doubt: doubt).map { tone * $0 }
    guard let moved = LoudestFrames(own.all.adding(applied)) else { return nil }
    let (levels, aims) = LoudestFrames.comparable(moved, other)
    let levelMap = BroadbandLevelMap(
      from: levels.broadband, to: aims.broadband, exponent: trust.exponent * dynamics, strength: strength)
    let share =
      usesEnvelopes
      ? trust.envelopes * speechlikeness(of: moved.all.broadband)
        * (1 - expansions.part(of: levelMap.expansion)) : 0
    var curve = [Double](repeating: 0, count: content.channelCount)
    for (channel, gain) in zip(channels, applied) { curve[channel] = gain }
    return MatchedMap(
      curve: curve, channels: channels, levelMap: levelMap.dynamics(share: 1 - share),
      unlikeness: unlikeness.doubt,
      peakShare: min(1, trust.peaks * dynamics), envelopeShare: share, dynamics: dynamics,
      styleLevels: share > 0 ? CompressorFit.quantiles(ofLevels: styleRows.broadband) : [])
  }

  /// From which range of levels in dB on a recording moves as speech does in part, and from which on altogether.
  ///
  /// Speech has 20 to 40 dB from the 10th to the 90th percentile; levels that hardly move, as those of most music, tell little
  /// of attack and release: so far dynamics are left to envelopes.
  private static let speechRanges = 12.0...20.0

  /// How far the levels of frames in dB have that range, from 0 to 1.
  private static func speechlikeness(of levels: [Double]) -> Double {
    let sorted = levels.sorted()
    return speechRanges.part(of: sorted[(sorted.count - 1) * 9 / 10] - sorted[(sorted.count - 1) / 10])
  }

  /// From which expansion in dB on dynamics go back to levels of frames, and from which on altogether: compressors do not expand.
  private static let expansions = 2.0...6.0
}
