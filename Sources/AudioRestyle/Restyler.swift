import AdaIN
import AudioFeatures
import Foundation
import SoundFiles

/// Restyles clips: measures a content, plans its gains towards one or several styles, and renders the result.
///
/// ```swift
/// let style = try ProfileLearner().learn(SoundFileReader(path: "style.flac"))
/// let (channels, report) = try Restyler().restyle(content, towards: [WeightedStyle(style)])
/// ```
/// The content is read once to be measured and once (and once for each refinement) to be rendered; nothing
/// but a chunk of it is in memory. For files see ``FileRestyler``.
public struct Restyler: Sendable {
  /// What is done.
  public var options: RestyleOptions
  /// How many threads work on a clip; `nil` is one for each processor.
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
  /// It measures nothing else: a profile that is to serve other options comes from `ProfileLearner()`.
  public var learner: ProfileLearner {
    var learner = ProfileLearner(
      features: options.features, measuresChannels: options.stereo == .independent,
      measuresDistributions: options.method.needsDistributions, measuresFrames: options.method.needsFrames)
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
  /// - Returns: One array of samples for each channel, and what was done.
  /// - Throws: ``RestyleError``.
  public func restyle(
    _ content: MemorySource, towards styles: [WeightedStyle]
  ) throws -> (channels: [[Float]], report: RestyleReport) {
    try restyle(content, towards: .styles(styles))
  }

  /// Gives a clip in memory the levels of a feature sequence that was made of its own (``extractFeatures(from:)``).
  ///
  /// The gain of a band in a frame is its level there minus the clip's own, times the strength, within the gain limits.
  /// Unchanged levels give the clip back. Without a style there is none to follow in loudness: the level follows from
  /// the features, unless the loudness is to be kept or set to a number.
  ///
  /// - Returns: One array of samples for each channel, and what was done.
  /// - Throws: ``RestyleError/featuresDoNotFit(_:)`` where the sequence is not one of this clip, and as for styles.
  public func restyle(
    _ content: MemorySource, towards features: FeatureSequence
  ) throws -> (channels: [[Float]], report: RestyleReport) {
    try restyle(content, towards: .features(features))
  }

  private func restyle(
    _ content: MemorySource, towards target: RestyleTarget
  ) throws -> (channels: [[Float]], report: RestyleReport) {
    let spool = MemorySink(channelCount: content.channelCount)
    let (plan, result, made) = try render(content, towards: target, into: spool)
    var report = made
    let rendered = MemorySource(
      spool.channels, sampleRate: content.sampleRate, lfeChannels: content.lfeChannels)
    let finished = try Finisher(
      plan: plan, result: result, base: rendered, word: .float, team: ThreadTeam(threads)
    )
    .finish(warnings: &report.warnings)
    report.finish(finished)
    let output = MemorySink(channelCount: content.channelCount)
    try finished.source.forEachChunk(team: ThreadTeam(threads)) { buffer in
      output.write(buffer)
      return []
    }
    return (output.channels, report)
  }

  /// Makes the plan for a content whose profile is known.
  ///
  /// - Throws: ``RestyleError`` for options out of range, silent styles and profiles that do not fit.
  public func plan(content: StyleProfile, towards styles: [WeightedStyle]) throws(RestyleError) -> RestylePlan
  {
    try RestylePlanner(options: options, content: content, styles: styles, team: ThreadTeam(threads)).plan()
  }

  /// Measures, plans, refines and renders; the last gain is left to the caller.
  func render(
    _ base: any FrameSource, towards target: RestyleTarget, into sink: any FrameSink,
    progress: (RestyleStage, Int) throws -> Void = { _, _ in }
  ) throws -> (plan: RestylePlan, result: RenderResult, report: RestyleReport) {
    var (plan, excerpt) = try plan(base, target) { try progress(.measuring, $0) }
    let source = SanitizedSource(base)
    var requested = plan.requested
    if case .planned(_, let earlier, _) = target {
      requested = earlier
    } else if !plan.passesSamples {
      try refine(&plan, source, excerpt, progress: progress)
    }
    let result = try render(source, by: plan, into: sink) { try progress(.rendering, $0) }
    let report = RestyleReport(
      plan: plan, requested: plan.options.features == .waveform ? [] : requested, result: result,
      refinements: plan.passesSamples ? 0 : plan.options.refinements)
    return (plan, result, report)
  }

  /// Renders a clip by a plan as it stands.
  func render(
    _ source: SanitizedSource, by plan: RestylePlan, into sink: any FrameSink,
    progress: (Int) throws -> Void
  ) throws -> RenderResult {
    guard !plan.passesSamples else {
      return try WaveformRenderer(plan: plan, source: source).render(into: sink, progress: progress)
    }
    return try LevelRenderer(plan: plan, source: source, team: ThreadTeam(threads)).render(
      into: sink, measuresLevels: options.measuresResult, progress: progress)
  }

  private func plan(
    _ source: any FrameSource, _ target: RestyleTarget, progress: (Int) throws -> Void
  ) throws -> (RestylePlan, Excerpt?) {
    switch target {
    case .styles(let styles, let measured):
      try options.validate()
      let measurement = try measured ?? learner.measure(source, progress: progress)
      return (try plan(of: measurement, towards: styles), measurement.excerpt)
    case .features(let features):
      var (plan, nonFiniteCount) = try measuredPlan(source, features, progress: progress)
      plan.noteNonFinite(nonFiniteCount)
      return (plan, nil)
    case .planned(let plan, _, _): return (plan, nil)
    }
  }

  /// Makes the plan for what was measured, with a warning of values that are no sound.
  func plan(of content: ContentMeasurement, towards styles: [WeightedStyle]) throws -> RestylePlan {
    var plan = try plan(content: content.profile(), towards: styles)
    plan.noteNonFinite(content.nonFiniteCount)
    return plan
  }
}

extension RestylePlan {
  /// Whether samples are rendered rather than spectra: also where all gains are exactly 0 dB, so that they pass as they are.
  var passesSamples: Bool { options.features == .waveform || isIdentity }

  fileprivate mutating func noteNonFinite(_ count: Int) {
    guard count > 0 else { return }
    warnings.append(
      "\(count) values of the content are not finite numbers or beyond 10^6 times full scale; they were read as silence"
    )
  }
}
