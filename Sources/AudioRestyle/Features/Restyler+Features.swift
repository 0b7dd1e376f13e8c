import AdaIN
import AudioFeatures
import Rendering
import Restylings
import StyleMethods
import StyleProfiles
import Tensors

extension Restyler {
  /// Measures the feature sequence of a clip, so that other programs can change it.
  ///
  /// The options `features` and `stereo` choose the features and the views. Memory is 4 bytes for each level (42 MB for
  /// an hour of one view of bands), and briefly twice as much at the end.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for `waveform` features and for `mid-side` of other than 2 channels;
  ///   as ``ProfileLearner`` does for clips.
  public func extractFeatures(from source: any FrameSource) throws -> FeatureSequence {
    // Fails before the clip is read where the options do not fit it.
    let known = try grid(of: source, frameCount: 0)
    let channels = known.layout.channelCount
    var collectors = known.views.map { _ in FeatureCollector(channelCount: channels) }
    let profile = try featureLearner.measure(
      source,
      observe: { view, _, levels in
        guard let index = known.views.firstIndex(of: view) else { return }
        collectors[index].add(levels)
      }
    ).profile()
    let grid = try grid(of: source, frameCount: profile.sources.first?.frameCount ?? 0)
    return try FeatureSequence(FeatureCollector.tensor(&collectors), grid: grid, name: source.name)
  }

  /// The grid of the features of a clip with a number of sample frames.
  func grid(of source: any FrameSource, frameCount: Int) throws(RestyleError) -> FeatureGrid {
    try FeatureGrid(
      features: options.features, stereo: options.stereo, sampleRate: source.sampleRate,
      channelCount: source.channelCount, frameCount: frameCount)
  }

  /// Measures a clip, compares its levels with those of a sequence, and makes the restyling that reaches them.
  func draft(
    _ source: any FrameSource, _ features: FeatureSequence, progress: (Int) throws -> Void
  ) throws -> Draft {
    var options = options
    try options.validateForFeatures()
    options.features = features.grid.features
    options.stereo = features.grid.stereo
    options.refinements = 0
    try options.validate()
    let restyler = Restyler(options: options, threads: threads)
    try features.check()
    let targets = features.grid.views.indices.map { FeatureTarget(features, view: $0) }
    let views = features.grid.views
    let measurement = try restyler.featureLearner.measure(
      source,
      observe: { view, frame, levels in
        guard let index = views.firstIndex(of: view), levels.count == features.values.shape.c + 1 else {
          return
        }
        targets[index].compare(levels, frame: frame)
      }, progress: progress)
    let content = try measurement.profile()
    let frameCount = content.sources.first?.frameCount ?? 0
    try features.check(fits: restyler.grid(of: source, frameCount: frameCount), name: source.name)
    let knobs = Knobs(options)
    let restyling = Restyling(
      features: options.features, layout: content.layout, stereo: options.stereo, phase: options.phase,
      referenceBuckets: content.gateShift,
      views: zip(views, targets).map { $1.restyling($0, content: content, knobs: knobs) },
      lowestGain: options.lowestGain, highestGain: options.highestGain,
      level: LevelAim(options, content: content, styleLoudness: nil, styleShift: content.levelShift),
      facts: RestylingFacts(
        content: content.sources, contentLoudness: content.loudness,
        contentTruePeak: content.truePeak.isFinite ? content.truePeak : nil, styles: [],
        warnings: measurement.warnings))
    return Draft(
      RestylingDraft(restyling: restyling, aims: RefinementAims(matchesSpread: false)),
      levels: targets.map { $0.levels(knobs: knobs) })
  }

  private var featureLearner: ProfileLearner {
    var learner = learner
    learner.measuresDistributions = false
    learner.measuresFrames = false
    return learner
  }
}

/// The levels that a view of a clip is to get from a feature sequence, with their statistics once the clip is measured.
final class FeatureTarget {
  private let features: FeatureSequence
  /// The index of the view in the sequence.
  private let view: Int
  /// The statistics of the wanted levels, sorted by the clip's own broadband levels: C channels, then that level.
  private var wanted: LevelStatistics
  private var row: ContiguousArray<FixedLevel>
  /// Whether all levels equal the clip's own.
  private(set) var isUnchanged = true

  init(_ features: FeatureSequence, view: Int) {
    self.features = features
    self.view = view
    wanted = LevelStatistics(numFeatures: features.values.shape.c + 1)
    row = ContiguousArray(repeating: .floor, count: features.values.shape.c + 1)
  }

  /// Compares a frame of the clip, C channels and the broadband level, with the wanted levels.
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

  /// The restyling of the view; mean and spread follow from the wanted levels.
  ///
  /// The spread is exact for a strength of 0 or 1, and interpolated otherwise.
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

  /// The wanted levels and the strength.
  func levels(knobs: Knobs) -> WantedLevels {
    WantedLevels(features.values, view: view, share: Float(knobs.part(1)))
  }
}
