import AdaIN
import AudioFeatures
import Foundation
import Rendering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles

/// Restyles clips: measures a content, makes its ``Restyling`` towards one or several styles, and renders it.
///
/// ```swift
/// let style = try ProfileLearner().learn(SoundFileReader(path: "style.flac"))
/// let (channels, report) = try Restyler().restyle(content, towards: [WeightedStyle(style)])
/// ```
/// The content is read once to be measured, once or twice for each refinement, and once to be rendered. Only a chunk
/// of it is in memory. For files see ``FileRestyler``.
public struct Restyler: Sendable {
  /// The options of the restyling.
  public var options: RestyleOptions
  /// The number of threads that work on a clip; `nil` is one for each processor.
  ///
  /// The result does not depend on it.
  public var threads: Int?

  /// Creates a restyler.
  public init(options: RestyleOptions = RestyleOptions(), threads: Int? = nil) {
    self.options = options
    self.threads = threads
  }

  /// The learner that measures contents and styles as these options need.
  ///
  /// It measures nothing else. `ProfileLearner()` makes profiles that serve other options too.
  public var learner: ProfileLearner {
    var learner = ProfileLearner(
      features: options.features, measuresChannels: options.stereo == .independent,
      measuresDistributions: options.method.rule.needs.contains(.distributions),
      measuresFrames: options.method.rule.needs.contains(.frames))
    learner.measuresMidSide = options.stereo == .midSide
    learner.measuresSamples = options.features == .waveform
    learner.threads = threads
    return learner
  }

  /// Restyles a clip in memory.
  ///
  /// - Parameters:
  ///   - content: The clip.
  ///   - styles: One or several styles.
  /// - Returns: One array of samples for each channel, and the report.
  /// - Throws: ``RestyleError``.
  public func restyle(
    _ content: MemorySource, towards styles: [WeightedStyle]
  ) throws -> (channels: [[Float]], report: RestyleReport) {
    try restyle(content, towards: .styles(styles))
  }

  /// Gives a clip in memory the levels of a feature sequence that was made from it (``extractFeatures(from:)``).
  ///
  ///     g = α · (wanted level − own level)    for each band and frame, in dB, within the gain limits; α: strength
  ///
  /// Unchanged levels give the clip back. There is no style whose loudness could be the target, so the level follows
  /// from the features, unless the options keep the loudness or set it to a number.
  ///
  /// - Returns: One array of samples for each channel, and the report.
  /// - Throws: ``RestyleError/featuresDoNotFit(_:)`` where the sequence is not one of this clip, and as for styles.
  public func restyle(
    _ content: MemorySource, towards features: FeatureSequence
  ) throws -> (channels: [[Float]], report: RestyleReport) {
    try restyle(content, towards: .features(features))
  }

  /// Applies a restyling to a clip in memory, moved to the clip's level (``Restyling/anchored(to:_:)``).
  ///
  /// - Returns: One array of samples for each channel, and the report.
  /// - Throws: ``RestyleError`` where the restyling does not fit the clip.
  public func restyle(
    _ content: MemorySource, by restyling: Restyling, anchoring: Anchoring = Anchoring()
  ) throws -> (channels: [[Float]], report: RestyleReport) {
    try restyle(content, towards: .restyling(restyling, anchoring))
  }

  private func restyle(
    _ content: MemorySource, towards target: RestyleTarget
  ) throws -> (channels: [[Float]], report: RestyleReport) {
    let output = MemorySink(channelCount: content.channelCount)
    let report = try restyle(content, towards: target, into: output) { _ in }
    return (output.channels, report)
  }

  /// Makes the restyling for a content whose profile is known, before any trial.
  ///
  /// - Throws: ``RestyleError`` for options out of range, silent styles and profiles that do not fit.
  public func restyling(
    of content: StyleProfile, towards styles: [WeightedStyle]
  ) throws(RestyleError) -> Restyling {
    try draft(of: content, towards: styles).restyling
  }

  /// Makes the restyling for a clip with all trials, as for rendering, but renders no result.
  ///
  /// - Parameters:
  ///   - content: The clip.
  ///   - styles: One or several styles.
  ///   - progress: Called with a stage and the number of sample frames done in it; an error it throws ends the work.
  /// - Throws: ``RestyleError``, and whatever the source throws.
  public func restyling(
    of content: any FrameSource, towards styles: [WeightedStyle],
    progress: (RestyleStage, Int) throws -> Void = { _, _ in }
  ) throws -> Restyling {
    let draft = try draft(content, .styles(styles)) { try progress(.measuring, $0) }
    return try refined(draft.made, SanitizedSource(content), draft.excerpt, progress: progress)
  }

  func draft(
    of content: StyleProfile, towards styles: [WeightedStyle], isPool: Bool = false
  ) throws(RestyleError) -> RestylingDraft {
    try RestylingMaker(
      options: options, content: content, styles: styles, isPool: isPool, team: ThreadTeam(threads)
    ).draft()
  }

  /// Measures a clip, makes a restyling, refines and renders it; the caller applies the last gain.
  func render(
    _ base: any FrameSource, towards target: RestyleTarget, into sink: any FrameSink,
    progress: (RestyleStage, Int) throws -> Void = { _, _ in }
  ) throws -> (restyling: Restyling, result: RenderResult, report: RestyleReport) {
    let draft = try draft(base, target) { try progress(.measuring, $0) }
    let source = SanitizedSource(base)
    let restyling =
      draft.isFinal
      ? draft.made.restyling : try refined(draft.made, source, draft.excerpt, progress: progress)
    let result: RenderResult
    if let filters = draft.filters, let tone = ToneRenderer(restyling, source: source, filters: filters) {
      result = try tone.render(into: sink) { try progress(.rendering, $0) }
    } else {
      result = try render(source, by: Rendering(restyling, levels: draft.levels), into: sink) {
        try progress(.rendering, $0)
      }
    }
    var report = RestyleReport(restyling, result: result)
    if options.listsGains { report.gains = try requestedGains(of: base, by: restyling) }
    return (restyling, result, report)
  }

  /// Renders a clip by a restyling without refining it.
  func render(
    _ source: SanitizedSource, by rendering: Rendering, into sink: any FrameSink,
    progress: (Int) throws -> Void
  ) throws -> RenderResult {
    guard !rendering.restyling.passesSamples else {
      return try WaveformRenderer(rendering.restyling, source: source).render(into: sink, progress: progress)
    }
    return try LevelRenderer(rendering, source: source, team: ThreadTeam(threads)).render(
      into: sink, measuresLevels: options.measuresResult, progress: progress)
  }

  /// A restyling before its trials, with the inputs of its rendering.
  struct Draft {
    var made: RestylingDraft
    /// The levels of each view from a feature file; `nil` where the layer makes them.
    var levels: [WantedLevels]?
    /// The parts that trials render of a long clip; `nil` for the whole clip.
    var excerpt: Excerpt?
    /// Whether the restyling is rendered without trials.
    var isFinal = false
    /// The filters of a tone that is rendered without frames; `nil` for other restylings.
    var filters: ToneFilters?

    init(_ made: RestylingDraft, levels: [WantedLevels]? = nil, excerpt: Excerpt? = nil) {
      (self.made, self.levels, self.excerpt) = (made, levels, excerpt)
    }

    init(final restyling: Restyling, filters: ToneFilters? = nil) {
      self.filters = filters
      made = RestylingDraft(restyling: restyling, aims: RefinementAims(matchesSpread: false))
      isFinal = true
    }
  }

  private func draft(
    _ source: any FrameSource, _ target: RestyleTarget, progress: (Int) throws -> Void
  ) throws -> Draft {
    switch target {
    case .styles(let styles, let measured):
      try options.validate()
      let measurement = try measured ?? learner.measure(source, progress: progress)
      return Draft(try draft(of: measurement, towards: styles), excerpt: measurement.excerpt)
    case .features(let features): return try draft(source, features, progress: progress)
    case .restyling(let restyling, let anchoring):
      let measurement = try learner(for: restyling).measure(source, progress: progress)
      return Draft(final: try restyling.anchored(to: measurement, anchoring))
    case .decided(let decided): return Draft(final: decided.restyling, filters: decided.filters)
    }
  }

  /// Makes the restyling for a measured content, with the warnings about its values.
  func draft(
    of content: ContentMeasurement, towards styles: [WeightedStyle], isPool: Bool = false
  ) throws -> RestylingDraft {
    var draft = try draft(of: content.profile(), towards: styles, isPool: isPool)
    draft.restyling.facts.warnings += content.warnings
    return draft
  }
}

extension Restyler {
  /// The restyling after all trials; they render the excerpt, if there is one with enough active frames.
  func refined(
    _ draft: RestylingDraft, _ source: SanitizedSource, _ excerpt: Excerpt?,
    progress: (RestyleStage, Int) throws -> Void
  ) throws -> Restyling {
    var (restyling, excerpt) = (draft.restyling, excerpt)
    guard !restyling.passesSamples else { return restyling }
    let aims = draft.aims
    var requested = restyling.views.map(\.requested)
    let total = Double(restyling.frameCount)
    var round = 0
    // One more round where the last trial missed the tone or the level of pauses by much.
    var isMissed = false
    var memory: ContentMemory? = ContentMemory()
    while round < options.refinements || (isMissed && round == options.refinements) {
      // For gains that follow the samples, a first trial measures the samples, and a second one the result.
      let isTonePass = round == 0 && aims.needTonePass
      func trial(_ restyling: Restyling, isTonePass: Bool, _ span: ClosedRange<Double>) throws -> RenderResult
      {
        let length = Double(max(1, excerpt?.sampleCount ?? restyling.frameCount))
        return try LevelRenderer(
          Rendering(restyling, isTonePass: isTonePass, measuresEnvelopes: !aims.envelopes.isEmpty),
          source: source,
          only: excerpt, memory: memory, team: ThreadTeam(threads)
        ).render(
          into: nil, measuresLevels: true, measuresLoudness: aims.peaks != nil || aims.loudness != nil
        ) { done in
          let share = span.lowerBound + Double(done) / length * (span.upperBound - span.lowerBound)
          try progress(.refining(round + 1), Int(share * total))
        }
      }
      let first = isTonePass ? 0...0.5 : 0.0...1
      var found = try trial(restyling, isTonePass: isTonePass, first)
      if round == 0, excerpt != nil {
        if restyling.isHeard(in: found.wanted) {
          requested = found.wanted.map { BandMoments(mean: $0.mean, spread: $0.standardDeviation()) }
        } else {
          // The frames of a long clip take too much memory.
          (excerpt, memory) = (nil, nil)
          found = try trial(restyling, isTonePass: isTonePass, first)
        }
      }
      if isTonePass {
        restyling = restyling.following(found, aims: aims)
        if restyling.followsSamples {
          restyling = restyling.toned(by: found, aims: aims)
          found = try trial(restyling, isTonePass: false, 0.5...1)
        }
      }
      restyling = restyling.refined(by: found, requested: requested, aims: aims)
      isMissed = options.refinements > 0 && aims.misses(in: found)
      round += 1
    }
    return restyling
  }
}

extension Restyling {
  /// Whether an excerpt has enough active frames of each view to stand for the clip.
  fileprivate func isHeard(in wanted: [StyleStatistics]) -> Bool {
    zip(views, wanted).allSatisfy { $0.isIdentity || Int($1[0, 0].count) >= Excerpt.fewestFrames }
  }
}

extension Restyler {
  /// The learner whose measurements suffice to move a restyling to a clip's level.
  func learner(for restyling: Restyling) -> ProfileLearner {
    var learner = ProfileLearner(
      features: restyling.features, measuresChannels: restyling.stereo == .independent,
      measuresDistributions: false, measuresFrames: false)
    learner.measuresMidSide = restyling.stereo == .midSide
    learner.measuresSamples = restyling.features == .waveform
    learner.threads = threads
    return learner
  }
}
