import AudioFeatures

/// What happens to one view of a clip.
struct ViewPlan: Sendable {
  /// The view of the content that is measured and changed.
  let view: StereoView
  /// The mean of each channel of the content, at the reference loudness.
  let contentMean: [Double]
  /// The biased spread of each channel of the content.
  let contentSpread: [Double]
  /// Which frames of the content are active, and where its floor lies, at the reference loudness.
  let gate: ActivityGate
  /// One map for each style, with its share of 1.
  var maps: [(map: ChannelMap, weight: Double)]
  /// Whether the view stays as it is (silence, or a side far below the middle).
  var isUntouched: Bool
  /// Whether content or a style is too short for its spread to mean anything.
  var hasFewFrames = false

  /// The channels that the content shares with every style of a weight above 0.
  var sharedChannels: [Int] {
    let sets = maps.filter { $0.weight > 0 }.map { Set($0.map.sharedChannels) }
    guard let first = sets.first else { return [] }
    return sets.dropFirst().reduce(first) { $0.intersection($1) }.sorted()
  }

  /// Whether the view's gains are all exactly 0 dB.
  var isIdentity: Bool { isUntouched || maps.allSatisfy { $0.map.isIdentity || $0.weight == 0 } }

  /// The mean and spread of each channel that the maps ask for, before gain limits.
  ///
  /// A channel that a style does not share moves with that style's nearest shared one; what that does to its own spread
  /// depends on how the two move together, so its spread is stated as the content's.
  func requested(strength: Double) -> (mean: [Double], spread: [Double]) {
    var mean = contentMean
    var spread = contentSpread
    for channel in contentMean.indices {
      var slope = 0.0
      for (map, weight) in maps {
        let source = map.gainSource[channel]
        mean[channel] += strength * weight * map.offset[source]
        slope += source == channel ? weight * (map.slope[channel] - 1) : 0
      }
      spread[channel] = abs(contentSpread[channel] * (1 + strength * slope))
    }
    return (mean, spread)
  }
}
