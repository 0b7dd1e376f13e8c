import AudioFeatures
import AudioRestyle
import SoundFiles

/// The clips of a job, with the state that the threads that restyle them share.
struct Batch: Sendable {
  let job: ApplyJob
  let clips: [ApplyJob.PreparedClip]
  /// The styles by number; `nil` for those that could not be learned, which no clip needs.
  let styles: [WeightedStyle?]
  /// The measurement of a single content, begun while styles were learned; `nil` for several contents.
  let measuredAhead: Once<ContentMeasurement>?
  /// The records of results; `nil` where none are kept.
  let book: RecordBook?
  let progress: BatchProgress
  /// The output options of clips by number, where they follow from records.
  let outputs = Guarded<[Int: OutputOptions]>([:])
  private let report: Guarded<ApplyReport>
  private let outcomes: InOrder<Outcome>

  /// The outcome of a clip.
  enum Outcome: Sendable {
    case done(ApplyReport.Clip)
    case failed(ApplyReport.FailedClip)
    case skipped(PlannedClip)
  }

  init(
    job: ApplyJob, clips: [ApplyJob.PreparedClip], styles: [WeightedStyle?],
    measured: Once<ContentMeasurement>?, book: RecordBook?, progress: BatchProgress, report: ApplyReport
  ) {
    self.book = book
    measuredAhead = measured
    self.job = job
    self.clips = clips
    self.styles = styles
    let report = Guarded(report)
    self.progress = progress
    self.report = report
    let printsClips = job.printsClips
    let warned = Guarded(Set<RestyleWarning>())
    outcomes = InOrder { outcome in
      switch outcome {
      case .done(let clip):
        report.with { $0.clips.append(clip) }
        if printsClips { progress.print { warned.with { clip.print(&$0) } } }
      case .failed(let clip): report.with { $0.failures.append(clip) }
      case .skipped(let clip): report.with { $0.skipped.append(job.other(clip)) }
      }
    }
  }

  /// Returns the report on all clips, after all work has ended.
  func finish() -> ApplyReport {
    // Where an error stopped the work, outcomes still wait for those of clips that were not begun.
    outcomes.flush()
    progress.clear()
    return report.with { report in
      let begun = Set(
        report.clips.map(\.output) + report.failures.map(\.output) + report.skipped.map(\.output))
      report.notBegun = job.clips.filter { !begun.contains($0.output) }.map(job.other)
      // Failures before and during the work, in the order of the clips.
      let order = Dictionary(
        uniqueKeysWithValues: job.clips.enumerated().map { ($1.output, $0) })
      report.failures.sort { order[$0.output] ?? 0 < order[$1.output] ?? 0 }
      return report
    }
  }

  /// Changes the report, under its lock.
  func note(_ change: (inout ApplyReport) -> Void) { report.with { change(&$0) } }

  /// The styles that a clip goes towards.
  func styles(of clip: PlannedClip) -> [WeightedStyle] {
    clip.style.map { [styles[$0]].compactMap(\.self) } ?? styles.compactMap(\.self)
  }

  /// The restyler for a clip.
  func restyler(_ index: Int) -> FileRestyler {
    FileRestyler(
      options: job.options, output: output(index), threads: job.threads(forClips: clips.count))
  }

  /// The output options of a clip.
  func output(_ index: Int) -> OutputOptions { outputs.with { $0[index] } ?? clips[index].output }

  /// A closure that updates the progress of a clip.
  ///
  /// - Parameters:
  ///   - index: The clip's number.
  ///   - isRehearsal: Whether the rendering is not that of the result.
  func mover(_ index: Int, isRehearsal: Bool = false) -> FileRestyler.Progress {
    { [progress, piece = clips[index].piece] stage, share in
      progress.update(piece, stage, share, isRehearsal: isRehearsal)
    }
  }

  /// Restyles a clip, unless its result exists, and notes the outcome.
  ///
  /// - Parameters:
  ///   - index: The clip's number.
  ///   - programme: The digest of the clips it is planned with; `nil` where it is planned by itself.
  ///   - work: Restyles the clip.
  /// - Returns: Whether the work goes on with other clips.
  func run(_ index: Int, programme: String? = nil, _ work: () throws -> RestyleReport) -> Bool {
    let start = ContinuousClock.now
    let clip = clips[index].clip
    do {
      guard try begin(index, programme: programme) else {
        progress.finish(clips[index].piece)
        outcomes.add(.skipped(clip), at: index)
        return true
      }
      let result = try work()
      progress.finish(clips[index].piece)
      outcomes.add(
        .done(
          ApplyReport.Clip(
            content: clip.content, output: clip.output, style: job.style(of: clip)?.path,
            seconds: (ContinuousClock.now - start) / .seconds(1), result: ownPart(of: result),
            takenTone: takenTone(of: clip, result), hasStyle: hasStyles)), at: index)
      return true
    } catch {
      if isThere(index, programme: programme, after: error) {
        progress.finish(clips[index].piece)
        outcomes.add(.skipped(clip), at: index)
        return true
      }
      return fail(index, error)
    }
  }

  /// The report without the warnings from when a saved change was made, which are told once.
  func ownPart(of result: RestyleReport) -> RestyleReport {
    guard case .change(let restyling, _) = job.target else { return result }
    var result = result
    result.warnings.removeAll(where: restyling.facts.warnings.contains)
    return result
  }

  /// The share of the requested tone that was taken, if `equipment` took less (``TakenTone``).
  private func takenTone(of clip: PlannedClip, _ result: RestyleReport) -> Double? {
    takenTone(result, towards: styles(of: clip))
  }

  /// The share of the requested tone of some styles that was taken, if `equipment` took less (``TakenTone``).
  func takenTone(_ result: RestyleReport, towards styles: [WeightedStyle]) -> Double? {
    let asked = job.options.toneShare
    guard asked > 0, let restyling = result.restyling else { return nil }
    return TakenTone.share(of: restyling, towards: styles).map { $0 / asked }
  }

  /// Notes a failed clip.
  ///
  /// - Parameters:
  ///   - index: The clip's number.
  ///   - error: The reason.
  ///   - file: The file that caused the failure; `nil` for the content.
  /// - Returns: Whether the work goes on with other clips (``Failure/stopsOthers(ofContent:_:)``).
  func fail(_ index: Int, _ error: any Error, file: String? = nil) -> Bool {
    let clip = clips[index].clip
    let failure = Failure(error) ?? Failure(.software, "\(error)")
    progress.finish(clips[index].piece)
    outcomes.add(.failed(job.failed(clip, failure, file: file)), at: index)
    guard failure.stopsOthers(ofContent: clip.content, error) else { return true }
    report.with { $0.stop(by: failure) }
    return false
  }

  /// Restyles every clip by itself, apart from packs of short sounds; a content of several clips is measured once.
  func restyle() {
    guard let left = restylePacks() else { return }
    let work = BatchOrder(left.map { clips[$0].clip.content }, ahead: job.jobCount)
    let measured = work.contents.map { content in
      content.count > 1 && !isCopying
        ? Once { [self] in
          let index = left[content.lowerBound]
          return try restyler(index).measure(clips[index].clip.content, progress: mover(index))
        } : measuredAhead
    }
    let open = Guarded(work.contents.map(\.count))
    Workers.run(work.steps.count, jobs: job.jobCount) { [self] step in
      switch work.steps[step] {
      case .measure(let content):
        // An error here is thrown again, and reported, with each clip of the content.
        _ = try? measured[content]?.get()
        return true
      case .clip(let number, let content):
        defer {
          if open.with({
            $0[content] -= 1; return $0[content] == 0
          }) {
            measured[content]?.release()
          }
        }
        return run(left[number]) { try restyle(left[number], measured[content]) }
      }
    }
  }

  /// Restyles a clip by itself, with its measurement if there is one.
  private func restyle(_ index: Int, _ measured: Once<ContentMeasurement>?) throws -> RestyleReport {
    let clip = clips[index].clip
    let (restyler, mover) = (restyler(index), mover(index))
    if case .features(let path) = job.target {
      return try restyler.restyle(clip.content, towardsFeatures: path, to: clip.output, progress: mover)
    }
    if case .change(let restyling, _) = job.target {
      return try restyler.restyle(
        clip.content, by: restyling, anchoring: job.anchoring, to: clip.output, progress: mover)
    }
    let styles = styles(of: clip)
    guard let measured else {
      return try restyler.restyle(clip.content, towards: styles, to: clip.output, progress: mover)
    }
    return try restyler.restyle(
      clip.content, measured: measured.get(), towards: styles, to: clip.output, progress: mover)
  }

  /// Whether the clips go towards styles.
  private var hasStyles: Bool {
    if case .styles = job.target { true } else { false }
  }

  /// Whether contents are copied without being measured.
  var isCopying: Bool { job.options.changesNothing }
}
