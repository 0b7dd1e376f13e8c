import AdaIN
import AudioFeatures

/// Levels from outside that a view of a clip is to get, and what is known of them once the clip was measured.
final class FeatureTarget {
  private let features: FeatureSequence
  /// Where the view stands in the sequence.
  private let view: Int
  /// The statistics of the wanted levels, by the clip's own broadband levels: C channels, then that level.
  private var wanted: LevelStatistics
  private var row: ContiguousArray<FixedLevel>
  /// Whether no level differs from the clip's own.
  private(set) var isUnchanged = true

  init(_ features: FeatureSequence, view: Int) {
    self.features = features
    self.view = view
    wanted = LevelStatistics(numFeatures: features.values.shape.c + 1)
    row = ContiguousArray(repeating: .floor, count: features.values.shape.c + 1)
  }

  /// Compares a frame of the clip, C channels and the broadband level, with the levels that are wanted.
  func compare(_ levels: ContiguousArray<FixedLevel>, frame: Int) {
    guard frame < features.values.shape.l else { return }
    let channels = features.values.shape.c
    for channel in 0..<channels {
      let level = features.values[view, channel, frame]
      if level != Float(levels[channel].decibels) { isUnchanged = false }
      row[channel] = FixedLevel(steps: Int32((level * Float(FixedLevel.stepsPerDecibel)).rounded()))
    }
    row[channels] = levels[channels]
    wanted.add(row)
  }

  /// The plan that renders these levels.
  func plan(_ view: StereoView, content: StyleProfile) -> ViewPlan {
    let statistics = content.statistics(of: view)
    let zeros = [Double](repeating: 0, count: content.layout.channelCount)
    let (mean, spread) = statistics?.moments ?? (zeros, zeros)
    let moved = wanted.shifted(byBuckets: content.gateShift)
    let active =
      statistics?.gate.lowestActiveLevel.map { moved.statistics(above: $0).channels.dropLast() } ?? []
    return ViewPlan(
      view: view, contentMean: mean, contentSpread: spread,
      gate: statistics?.gate ?? ActivityGate(LevelStatistics(numFeatures: 0), shiftInBuckets: 0), maps: [],
      levels: WantedLevels(
        features: features, view: self.view, isUnchanged: isUnchanged,
        mean: active.isEmpty ? mean : active.map(\.mean),
        spread: active.isEmpty ? spread : active.map { $0.variance().squareRoot() }),
      isUntouched: false)
  }
}
