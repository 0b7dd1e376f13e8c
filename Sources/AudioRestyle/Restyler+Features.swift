import AudioFeatures
import Tensors

extension Restyler {
  /// The feature sequence of a clip: what a restyler works on, for other programs to work on.
  ///
  /// The options say which features, and how channels are combined (`features` and `stereo`). Memory is 4 bytes for
  /// each level (42 MB for an hour of one view of bands), twice that for a moment at the end.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for `waveform` features and for `mid-side` of other than 2 channels;
  ///   as ``ProfileLearner`` does for clips.
  public func extractFeatures(from source: any FrameSource) throws -> FeatureSequence {
    // Whether the options fit the clip is known before it is read.
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

  /// What features of a clip of a given length stand for.
  func grid(of source: any FrameSource, frameCount: Int) throws(RestyleError) -> FeatureGrid {
    try FeatureGrid(
      features: options.features, stereo: options.stereo, sampleRate: source.sampleRate,
      channelCount: source.channelCount, frameCount: frameCount)
  }

  /// Measures the clip while its levels are compared with those of a sequence, and makes the restyling that reaches them.
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
