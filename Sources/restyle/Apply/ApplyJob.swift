import AudioRestyle
import Foundation
import SoundFiles

/// The work of `restyle apply`: checks everything that can be checked first, then restyles clip after clip.
struct ApplyJob: Sendable {
  var clips: [PlannedClip]
  var target: Target
  var options: RestyleOptions
  var output: OutputOptions
  /// The number of threads for a clip; `nil` is one for each processor, or one where several clips are restyled at a
  /// time.
  var threads: Int?
  var isQuiet: Bool
  /// The parts that all contents share as one programme; `nil` where each is planned by itself.
  var album: Album?
  /// The number of clips that are restyled at a time.
  var jobCount = 1
  /// Whether each of several clips gets a line, instead of a summary alone.
  var isVerbose = false
  /// The files of folders that are no inputs.
  var leftOut = LeftOutFiles()
  /// The mix that the contents are stems of; `nil` for none.
  var like: String?
  /// The way in which a saved change is moved to a clip's level.
  var anchoring = Anchoring()

  /// Whether results with a matching record are skipped, and new results get records.
  var keepsRecords = false
  /// Whether short sounds are planned separately too.
  var plansAlone = false
  /// The part of all contents that these are; `nil` for all.
  var shard: Shard?

  /// Whether all contents are one programme.
  var isTogether: Bool { album != nil }

  /// The parts that the clips of an album share.
  struct Album: Sendable {
    var sharing = AlbumPlan.Sharing.dynamics
    var relations = AlbumPlan.Relations.kept
  }

  /// Whether a line on each clip is printed when it is finished.
  var printsClips: Bool { !isQuiet && (isVerbose || clips.count == 1) }

  /// The number of threads for each of a number of clips; `nil` is one for each processor.
  ///
  /// Without an explicit number it is 1 where several clips run at a time, as the jobs then use all processors.
  func threads(forClips count: Int) -> Int? {
    threads ?? (min(count, jobCount) > 1 ? 1 : nil)
  }

  /// The target of the clips.
  enum Target: Hashable, Sendable {
    /// Styles.
    case styles([StyleArgument])
    /// The levels of a feature file.
    case features(String)
    /// A saved change.
    case change(Restyling, path: String)

    /// The files that are read beside the contents.
    var paths: [String] {
      switch self {
      case .styles(let styles): styles.flatMap(\.files)
      case .features(let path), .change(_, let path): [path]
      }
    }
  }

  /// A clip that has passed the checks.
  struct PreparedClip: Sendable {
    var clip: PlannedClip
    var output: OutputOptions
    /// The result's format; `nil` for a content that can be opened only once.
    var format: SoundFileFormat?
    /// The content's duration in seconds; 1 where it is unknown.
    var duration = 1.0
    /// The clip's number in the progress bar.
    var piece = 0
    /// Whether it stands among so many short contents that it belongs to their pack.
    var isBesideShort = false

    /// What to call the content in messages.
    var name: String { clip.content == Paths.standardStream ? "standard input" : clip.content }
  }

  /// An error that concerns all clips: of usage, of styles, and of outputs that cannot be created.
  struct Stop: Error {
    var error: any Error
    /// The report up to the error.
    var report: ApplyReport
  }

  /// Restyles all clips; the report is the same for any number of jobs.
  ///
  /// A clip that cannot be restyled does not stop the others.
  ///
  /// - Throws: ``Stop`` for errors that concern all clips.
  func run() throws(Stop) -> ApplyReport {
    var report = ApplyReport(options: options)
    report.leftOut = leftOut
    report.shard = shard.map { "\($0.number)/\($0.count)" }
    do {
      try run(&report)
    } catch {
      report.stop(by: Failure(error) ?? Failure(.software, "\(error)"))
      let known = Set(
        report.clips.map(\.output) + report.failures.map(\.output) + report.skipped.map(\.output))
      report.notBegun = clips.filter { !known.contains($0.output) }.map(other)
      throw Stop(error: error, report: report)
    }
    return report
  }

  private func run(_ report: inout ApplyReport) throws {
    var prepared = try prepare(&report)
    let book = keepsRecords ? try RecordBook(self) : nil
    if let book { prepared = missing(prepared, book, &report) }
    guard !prepared.isEmpty else { return }
    var styles: [Result<WeightedStyle, Failure>] = []
    let progress = progress(of: prepared)
    defer { progress.clear() }
    let measured = measurement(of: prepared, progress)
    switch target {
    case .styles(let arguments):
      styles = try learn(arguments, beside: measured, progress, &report)
      prepared = usable(prepared, styles, progress, &report)
    case .features(let path): report.featuresIn = path
    case .change(let restyling, let path):
      report.noteChange(restyling, path, anchoring)
      let lines = report.changeWarningLines
      if printsClips { progress.print { for line in lines { Console.warning(line) } } }
    }
    let batch = Batch(
      job: self, clips: prepared, styles: styles.map { try? $0.get() }, measured: measured, book: book,
      progress: progress, report: report)
    defer { report = batch.finish() }
    if let like {
      try batch.restyleStems(of: like)
    } else if isTogether {
      try batch.restyleTogether()
    } else {
      batch.restyle()
    }
  }

  /// The style of a clip in a grid; `nil` for clips that go towards all styles.
  func style(of clip: PlannedClip) -> StyleArgument? {
    guard case .styles(let styles) = target else { return nil }
    return clip.style.map { styles[$0] }
  }

  /// The style that dynamics are taken from; `nil` for the styles' own.
  var dynamicsStyle: StyleArgument? {
    guard case .styles(let styles) = target else { return nil }
    return styles.first(where: \.isDynamics)
  }

  /// A report on a clip that is skipped or was not begun.
  func other(_ clip: PlannedClip) -> ApplyReport.OtherClip {
    ApplyReport.OtherClip(content: clip.content, output: clip.output, style: style(of: clip)?.path)
  }

  /// A report on a clip that failed.
  func failed(_ clip: PlannedClip, _ failure: Failure, file: String? = nil) -> ApplyReport.FailedClip {
    ApplyReport.FailedClip(
      content: clip.content, output: clip.output, style: style(of: clip)?.path, file: file ?? clip.content,
      status: failure.status, message: failure.message)
  }
}

/// The steps before any clip is restyled.
extension ApplyJob {
  /// Opens all contents and checks that their results can be written.
  private func prepare(_ report: inout ApplyReport) throws -> [PreparedClip] {
    var refused: [String: Failure] = [:]
    for clip in clips where clip.output != Paths.standardStream {
      if clip.isInFolder { try FileSystemView.createFolder(Paths.folder(clip.output)) }
      do throws(SoundFileError) {
        // Beside records, a file is looked at when its clip's turn has come: packs are the same with it (`begin`).
        try OutputFile.check(path: clip.output, overwrites: output.overwrites || keepsRecords)
      } catch {
        guard let failure = refusal(of: clip, error) else { throw error }
        refused[clip.output] = failure
      }
    }
    TemporaryFiles.removeLeftovers(
      besides: clips.map(\.output) + (keepsRecords ? clips.map { OutputRecord.path(of: $0.output) } : []))
    // Standard input and pipes can be opened only once.
    let contents = Array(Set(clips.map(\.content).filter { !Paths.isStream($0) }))
    let input = SoundInput(isStrict: output.isStrict, isQuiet: isQuiet)
    let mix = try shapeOfMix()
    let opened = Workers.map(contents.count, jobs: jobCount) { try input.open(contents[$0]).info }
    let infos = Dictionary(uniqueKeysWithValues: zip(contents, opened))
    var prepared: [PreparedClip] = []
    for clip in clips {
      do {
        if let refusal = refused[clip.output] { throw refusal }
        var next = try prepare(clip, infos[clip.content].flatMap(\.self)?.get(), mix)
        next.piece = prepared.count
        prepared.append(next)
      } catch {
        guard let failure = Failure(error), failure.concerns(only: clip.content, error) else { throw error }
        report.failures.append(failed(clip, failure))
      }
    }
    try checkQuality(prepared.map(\.format))
    markPack(&prepared)
    return prepared
  }

  /// The failure of one clip whose output is refused; `nil` where the refusal concerns all clips.
  ///
  /// Beside records a file that is there concerns its own clip. So does a name that is too long. An existing file
  /// without records, and a folder that cannot be written, stop all clips before any work.
  func refusal(of clip: PlannedClip, _ error: SoundFileError) -> Failure? {
    let isAlone =
      keepsRecords && Paths.exists(clip.output) || FileSystemView.isNameTooLong(clip.output)
    return isAlone
      ? Failure(error).map { Failure($0.status, $0.message, concernsOneClip: true) } : nil
  }

  /// The shape that all stems must have; `nil` where there is no mix.
  func shapeOfMix() throws -> StemShape? {
    try like.map { StemShape(try SoundInput(isStrict: output.isStrict, isQuiet: isQuiet).open($0).info) }
  }

  private func prepare(_ clip: PlannedClip, _ info: SoundFileInfo?, _ mix: StemShape?) throws -> PreparedClip
  {
    guard let info else { return PreparedClip(clip: clip, output: output) }
    try mix?.check(stem: StemShape(info))
    let (options, format) = try output.fitted(to: clip, like: info.format)
    try format.check(
      sampleRate: info.sampleRate, channelCount: info.channelCount, frameCount: info.frameCount,
      path: clip.output)
    return PreparedClip(
      clip: clip, output: options, format: format, duration: Double(info.frameCount) / Double(info.sampleRate)
    )
  }

  /// The progress bar for all styles and clips.
  private func progress(of clips: [PreparedClip]) -> BatchProgress {
    let costs = WorkCosts(options: options, isTogether: isTogether)
    var styles: [PieceOfWork] = []
    if case .styles(let arguments) = target {
      styles = arguments.map { style in
        costs.style(duration: isQuiet ? 0 : style.files.reduce(0) { $0 + duration(ofStyle: $1) })
      }
    }
    var measured: Set<String> = []
    return BatchProgress(
      styles: styles,
      clips: clips.map {
        like != nil
          ? costs.stem(duration: $0.duration)
          : costs.clip(duration: $0.duration, isMeasured: !measured.insert($0.clip.content).inserted)
      },
      // A mix lasts as long as its stems.
      mix: like.flatMap { _ in clips.first.map { costs.clip(duration: $0.duration) } },
      name: clips.count == 1 ? clips[0].name : "", isWanted: !isQuiet)
  }

  /// The duration of a style in seconds; 0 for profiles, for pipes, and without a terminal for the bar.
  private func duration(ofStyle path: String) -> Double {
    guard Console.isTerminal, Paths.isRegularFile(path), !StyleProfile.isProfile(path),
      let info = try? SoundFileReader(path: path).info
    else { return 0 }
    return Double(info.frameCount) / Double(info.sampleRate)
  }

  /// The measurement of a single content, which can run while styles are learned.
  ///
  /// It is `nil` where this would not save time, and for pipes, which can be opened only once.
  private func measurement(
    of clips: [PreparedClip], _ progress: BatchProgress
  ) -> Once<ContentMeasurement>? {
    guard case .styles(let styles) = target,
      styles.contains(where: { $0.files.contains { !StyleProfile.isProfile($0) } }),
      clips.count == 1, let only = clips.first, !isTogether, like == nil, threads != 1,
      !options.changesNothing,
      Paths.isRegularFile(only.clip.content)
    else { return nil }
    return Once { [self] in
      try FileRestyler(options: options, output: only.output, threads: threads).measure(
        only.clip.content, progress: { progress.update(0, $0, $1) })
    }
  }

  /// Learns every style once, beside the measurement of a content.
  ///
  /// - Throws: The error of a style that cannot be used; in a grid such a style is left out instead.
  private func learn(
    _ styles: [StyleArgument], beside measured: Once<ContentMeasurement>?, _ progress: BatchProgress,
    _ report: inout ApplyReport
  ) throws -> [Result<WeightedStyle, Failure>] {
    // An error of the measurement is thrown again, and reported, with the clip.
    let learned = Workers.run(beside: { _ = try? measured?.get() }) { load(styles, progress) }
    var made: [Result<WeightedStyle, Failure>] = []
    var dynamics: DynamicsStyle?
    for (style, result) in zip(styles, learned) {
      do {
        let loaded = try result.get()
        if printsClips {
          progress.print {
            for (path, warning) in loaded.warnings { Console.warning("\(path): \(warning)") }
          }
        }
        report.styles.append(
          ApplyReport.Style(
            path: style.path, weight: style.weight, isDynamics: style.isDynamics ? true : nil,
            clipCount: loaded.profile.sources.count, loudness: loaded.profile.loudness,
            fileWarnings: loaded.warnings.map(\.warning)))
        if style.isDynamics {
          dynamics = DynamicsStyle(loaded.profile, name: style.path)
        } else {
          made.append(.success(WeightedStyle(loaded.profile, weight: style.weight, name: style.path)))
        }
      } catch {
        guard let failure = Failure(error),
          style.files.contains(where: { failure.concerns(only: $0, error) }),
          !style.isDynamics, clips.contains(where: { $0.style != nil })
        else { throw error }
        made.append(.failure(failure))
      }
    }
    return made.map { result in
      result.map { style in
        var style = style
        style.dynamics = dynamics
        return style
      }
    }
  }

  /// A learned style, and the warnings about its files.
  private struct LearnedStyle {
    var profile: StyleProfile
    var warnings: [(path: String, warning: SoundFileWarning)] = []
  }

  /// Learns every file of the styles; the files of a folder are pooled in order, as `learn` does.
  private func load(
    _ styles: [StyleArgument], _ progress: BatchProgress
  ) -> [Result<LearnedStyle, any Error>] {
    let files = styles.enumerated().flatMap { index, style in style.files.map { (style: index, path: $0) } }
    let learner = Restyler(options: options, threads: threads(forClips: files.count)).learner
    let parts = Workers.map(files.count, jobs: jobCount) { number in
      let (style, path) = files[number]
      let loaded = try StyleProfile.load(path, learner: learner, isStrict: output.isStrict) {
        ProgressSource($0) { progress.update(style: style, $0) }
      }
      return LearnedStyle(
        profile: loaded.profile, warnings: (loaded.info?.warnings ?? []).map { (path, $0) })
    }
    var next = 0
    return styles.enumerated().map { index, style in
      defer { progress.finish(style: index) }
      let own = parts[next..<next + style.files.count]
      next += style.files.count
      return Result {
        var all: LearnedStyle?
        for part in own {
          guard let part = try part?.get() else { preconditionFailure("all files are begun") }
          try all?.profile.merge(part.profile)
          all?.warnings += part.warnings
          if all == nil { all = part }
        }
        guard let all, all.profile.hasActiveSound else { throw RestyleError.silentStyle(style.path) }
        return all
      }
    }
  }

  /// The clips whose styles could be learned; the others are noted as failed.
  private func usable(
    _ clips: [PreparedClip], _ styles: [Result<WeightedStyle, Failure>], _ progress: BatchProgress,
    _ report: inout ApplyReport
  ) -> [PreparedClip] {
    clips.filter { prepared in
      guard let style = prepared.clip.style, case .failure(let failure) = styles[style] else { return true }
      report.failures.append(failed(prepared.clip, failure, file: self.style(of: prepared.clip)?.path))
      progress.finish(prepared.piece)
      return false
    }
  }
}
