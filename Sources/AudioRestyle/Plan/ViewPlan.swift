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
  /// The distribution of the content's active frames, where the method needs it.
  var contentDistribution: FrameDistribution?
  /// One map for each style, with its share of 1.
  var maps: [(map: StyleMap, weight: Double)]
  /// The levels to reach, where they were made outside instead of by maps.
  var levels: WantedLevels?
  /// Whether the view stays as it is (silence, or a side far below the middle).
  var isUntouched: Bool
  /// Whether the content has no sound there, or next to none beside the middle.
  var isSilent = false
  /// Whether content or a style is too short for its spread to mean anything.
  var hasFewFrames = false

  /// The channels that the content shares with every style of a weight above 0.
  var sharedChannels: [Int] {
    if levels != nil { return Array(contentMean.indices) }
    let sets = maps.filter { $0.weight > 0 }.map { Set($0.map.sharedChannels) }
    guard let first = sets.first else { return [] }
    return sets.dropFirst().reduce(first) { $0.intersection($1) }.sorted()
  }

  /// Whether the view's gains are all exactly 0 dB.
  var isIdentity: Bool {
    isUntouched || (levels?.isUnchanged ?? maps.allSatisfy { $0.map.isIdentity || $0.weight == 0 })
  }
}
