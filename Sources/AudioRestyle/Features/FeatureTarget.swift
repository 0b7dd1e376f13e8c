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

  /// The view that gets these levels; mean and spread follow from them.
  ///
  /// The spread is exact where all of the way is gone, or nothing.
  func restyling(_ view: StereoView, content: StyleProfile, knobs: Knobs) -> ViewRestyling {
    let isUnchanged = isUnchanged || knobs.takesNothing
    let statistics = content.statistics(of: view)
    var result = ViewRestyling(
      untouched: view, isUnchanged ? .untouched : .levelsFromOutside, moments: statistics?.moments,
      bandCount: content.layout.channelCount,
      gate: statistics?.gate ?? ActivityGate(LevelStatistics(numFeatures: 0), shiftInBuckets: 0))
    result.bands.shared = Array(result.gainSource)
    let moved = wanted.shifted(byBuckets: content.gateShift)
    let active =
      statistics?.gate.lowestActiveLevel.map { moved.statistics(above: $0).channels.dropLast() } ?? []
    for (band, moments) in zip(0..., active) where !isUnchanged {
      result.style.mean[band] += knobs.part(moments.mean - result.content.mean[band])
      result.style.spread[band] += knobs.part(moments.variance().squareRoot() - result.content.spread[band])
    }
    result.bands.requestedMean = result.style.mean
    result.bands.requestedSpread = result.style.spread
    return result
  }

  /// The levels themselves.
  func levels(knobs: Knobs) -> WantedLevels {
    WantedLevels(features: features, view: view, share: Float(knobs.part(1)))
  }
}
