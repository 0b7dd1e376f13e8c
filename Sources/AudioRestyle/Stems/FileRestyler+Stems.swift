import Mastering
import Rendering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles

extension FileRestyler {
  /// Plans the restyling of a mix, for ``restyle(_:like:to:progress:)``.
  ///
  /// The mix is measured and rendered as a single clip, for a result in its own format; no result is written.
  ///
  /// - Parameters:
  ///   - mixPath: The mix; it must be a file, as it is read again with every stem.
  ///   - styles: One or several styles.
  ///   - folder: The folder of the temporary file of the rendered mix; `nil` is the system's.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  /// - Throws: As for restyling.
  public func plan(
    like mixPath: String, towards styles: [WeightedStyle], folder: String? = nil,
    progress: Progress = { _, _ in }
  ) throws -> StemPlan {
    try plan(like: mixPath, .styles(styles), folder, progress)
  }

  /// Plans the application of a given restyling to a mix, for ``restyle(_:like:to:progress:)``.
  ///
  /// - Parameters:
  ///   - mixPath: The mix; it must be a file, as it is read again with every stem.
  ///   - restyling: The restyling.
  ///   - anchoring: The way in which it is moved to the mix's level.
  ///   - folder: The folder of the temporary file of the rendered mix; `nil` is the system's.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  public func plan(
    like mixPath: String, by restyling: Restyling, anchoring: Anchoring = Anchoring(),
    folder: String? = nil, progress: Progress = { _, _ in }
  ) throws -> StemPlan {
    try restyling.checkServesStems()
    return try plan(like: mixPath, .restyling(restyling, anchoring), folder, progress)
  }

  private func plan(
    like mixPath: String, _ target: RestyleTarget, _ folder: String?, _ progress: Progress
  ) throws -> StemPlan {
    try options.validate()
    let reader = try openContent(mixPath)
    guard !options.changesNothing else {
      return StemPlan(
        report: RestyleReport(copyOf: reader.info), shape: StemShape(reader.info), change: nil,
        stamp: reader.info.stamp)
    }
    guard options.features != .waveform else { throw RestyleError.invalidOption(Restyling.needsLevels) }
    // The level is decided for the format that the options name, or for the mix's own.
    let format = (try? output.format(path: mixPath, like: reader.info.format)) ?? reader.info.format
    let (restyling, finished, decided) = try decide(
      reader, towards: target, format, folder: folder, progress)
    var report = decided
    report.warnings = reader.info.warnings.map { .file($0) } + report.warnings
    // Decoding has shown the real length, also of a damaged file.
    return StemPlan(
      report: report, shape: StemShape(reader.info),
      change: StemPlan.Change(restyling: restyling, gain: LastGain(finished.source)),
      stamp: reader.info.stamp)
  }

  /// Restyles a stem by the plan of its mix, which was made with the same options.
  ///
  /// The results of all stems sum to the restyled mix, but for rounding and dither. The mix is read beside the stem,
  /// and all its gains act on the stem: the tone, those of frames, of envelopes and of the momentary loudness, of the
  /// limiter, and the last gain. A silent stem stays silent. The ceiling is kept for the mix alone, so an integer
  /// format may clip samples of a stem; the report says so.
  ///
  /// - Parameters:
  ///   - stemPath: The stem, with the rate, the number of channels and the length of the mix.
  ///   - plan: The plan of the mix.
  ///   - outputPath: The path of the result; `-` writes to standard output.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  /// - Returns: The report: loudness and peaks of the stem, and the last gain of the mix.
  /// - Throws: ``RestyleError/stemDoesNotFit(_:)``, and as for restyling. No partial file is left.
  public func restyle(
    _ stemPath: String, like plan: StemPlan, to outputPath: String, progress: Progress = { _, _ in }
  ) throws -> RestyleReport {
    try write(stemPath, to: outputPath) { reader, format in
      try plan.shape.check(stem: StemShape(reader.info))
      guard let change = plan.change else { return try copy(reader, to: outputPath, format, progress) }
      let mix = try openContent(plan.shape.name)
      if let stamp = plan.stamp, stamp != mix.info.stamp {
        throw RestyleError.unstableContent("\(mix.info.path): the file was changed after it was measured")
      }
      return try render(reader, beside: mix, by: change, of: plan, to: outputPath, format, progress)
    }
  }

  private func render(
    _ reader: SoundFileReader, beside mix: SoundFileReader, by change: StemPlan.Change, of plan: StemPlan,
    to path: String, _ format: SoundFileFormat, _ progress: Progress
  ) throws -> RestyleReport {
    let (total, stem) = (Double(plan.shape.frameCount), SanitizedSource(reader))
    let pair = StemPair(SanitizedSource(mix), stem, frameCount: plan.shape.frameCount)
    let isChanged = !change.restyling.isIdentity || change.gain.isChanging
    let writer = try writer(
      path, format, reader,
      isDithered: output.dithers(format, from: reader.info.format, isChanged: isChanged))
    let sink = StemSink(change.gain, pair) { try writer.write($0) }
    try Restyler(options: options, threads: threads).render(pair, by: change, into: sink) {
      try progress(.rendering, Double($0) / total)
    }
    if output.isStrict { try reader.requireWhole() }
    try writer.finish()
    var report = RestyleReport(
      stemOf: plan.report, before: RenderResult(meters: pair.meters), after: RenderResult(meters: sink.meters)
    )
    if stem.unusableSampleCount > 0 {
      report.warnings.append(.valuesAreNoSound(count: stem.unusableSampleCount))
    }
    report.clippedSampleCount = writer.clippedCount
    if writer.clippedCount > 0 {
      report.warnings.append(.stemClipped(output: path, count: writer.clippedCount))
    }
    report.warnings += writer.losses.map { .notKept(output: path, what: $0) }
    return report
  }
}

extension RestyleReport {
  /// A report on a stem: its own loudness and peaks, and the level of its mix.
  fileprivate init(stemOf mix: RestyleReport, before: RenderResult, after: RenderResult) {
    self = mix
    contentLoudness = before.loudness(afterGain: 0)
    contentTruePeak = before.truePeak.isFinite ? before.truePeak : nil
    loudness = after.loudness(afterGain: 0)
    truePeak = after.truePeak.isFinite ? after.truePeak : nil
    // The changes of the mix stand in its own report.
    (views, gains, restyling, warnings) = ([], nil, nil, [])
  }
}

/// The last gain of a mix: a factor, the limiter, and a factor behind it.
struct LastGain: Hashable, Sendable {
  /// The factor of all samples before the limiter.
  var factor: Float = 1
  /// The ceilings of the limiter; `nil` for no limiter.
  var ceilings: PeakLimiter.Ceilings?
  /// The factor of all samples behind the limiter.
  var trim: Float = 1

  /// Whether samples are changed.
  var isChanging: Bool { factor != 1 || trim != 1 || ceilings != nil }

  init() {}

  init(_ source: LeveledSource) {
    (factor, ceilings, trim) = (source.factor, source.ceilings, source.trim)
  }
}

/// A sink that applies the last gain of a mix to a stem rendered beside it, and passes the stem on.
final class StemSink: FrameSink {
  /// Loudness and peaks of the result.
  let meters: ClipMeters
  private let gain: LastGain
  /// The number of the mix's channels, which come before the stem's.
  private let leadCount: Int
  private var limiter: PeakLimiter?
  private var limited: FrameBuffer
  private let take: (FrameBuffer) throws -> Void

  /// Creates a sink.
  ///
  /// - Parameters:
  ///   - gain: The last gain.
  ///   - pair: The mix and the stem.
  ///   - take: Takes the frames of the result.
  init(_ gain: LastGain, _ pair: StemPair, take: @escaping (FrameBuffer) throws -> Void) {
    self.gain = gain
    self.take = take
    leadCount = pair.mix.channelCount
    meters = ClipMeters(source: pair.stem)
    limiter = gain.ceilings.map {
      PeakLimiter(
        sampleRate: pair.sampleRate, channelCount: pair.channelCount, leadCount: pair.mix.channelCount,
        ceilings: $0)
    }
    limited = FrameBuffer(channelCount: pair.channelCount, capacity: ProfileLearner.chunkLength)
  }

  func write(_ buffer: FrameBuffer) throws {
    guard limiter != nil else {
      var own = buffer.channels(from: leadCount)
      own.scale(by: gain.factor)
      return try emit(own)
    }
    var scaled = buffer
    scaled.scale(by: gain.factor)
    limiter?.append(scaled)
    try emitLimited()
  }

  /// Passes on the remaining samples of the limiter.
  func finish() throws {
    limiter?.finish()
    try emitLimited()
    meters.finish()
  }

  private func emitLimited() throws {
    while let count = limiter?.take(into: &limited), count > 0 {
      try emit(limited.channels(from: leadCount))
    }
  }

  private func emit(_ buffer: FrameBuffer) throws {
    var result = buffer
    result.scale(by: gain.trim)
    meters.add(result)
    try take(result)
  }
}
