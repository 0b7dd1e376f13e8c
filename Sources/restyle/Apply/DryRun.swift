import AudioRestyle
import Foundation
import SoundFiles

/// The description of what a job would do, from names and headers alone; nothing is written.
struct DryRun: Encodable {
  private let program = "restyle \(RestyleCommand.version)"
  private let dryRun = true
  private let options: OptionsReport
  private let featuresIn: String?
  private let changeApplied: String?
  private let like: String?
  private let styles: [Style]
  fileprivate let clips: [Clip]
  private let failures: [ApplyReport.FailedClip]
  /// The clips whose results exist, according to records.
  private let skipped: [ApplyReport.OtherClip]
  private let leftOut: LeftOutFiles
  /// The error that would stop the whole job; `nil` for none.
  private let stop: String?

  private let stopFailure: Failure?
  private let isTogether: Bool
  private let isGrid: Bool
  private let clipCount: Int
  private let changes: [String]
  /// The effect of the options in words; `nil` without styles.
  private let meaning: String?
  /// The duration of all clips in seconds.
  private let duration: Double
  /// The estimated time of the work in seconds.
  private let estimatedTime: Double
  /// What the headers of contents and styles say of damage, grouped by kind.
  private let warnings: WarningTally

  private enum CodingKeys: CodingKey {
    case program, dryRun, options, featuresIn, changeApplied, like, styles, clips, failures, skipped, leftOut,
      stop, duration, estimatedTime
  }

  /// A style.
  private struct Style: Encodable {
    var path: String
    var weight: Double
    /// Whether only dynamics are taken from it; `nil` for no.
    var isDynamics: Bool?
    /// The warnings about its files, as far as their headers show them.
    var warnings: [String]
  }

  /// A clip that would be restyled.
  fileprivate struct Clip: Encodable {
    var content: String
    var output: String
    var style: String?
    /// The format of the result; `nil` for standard input, which can be opened only once.
    var format: String?
    /// Whether an existing file would be replaced.
    var replaces: Bool
    /// The warnings about the content, as far as its header shows them.
    var warnings: [String]
  }

  /// Checks all files of a job.
  init(_ job: ApplyJob) {
    options = OptionsReport(job.options)
    leftOut = job.leftOut
    isTogether = job.isTogether
    isGrid = job.clips.contains { $0.style != nil }
    clipCount = job.clips.count
    changes = options.changes
    var estimate = TimeEstimate(options: job.options, isTogether: job.isTogether)
    var styles: [Style] = []
    var broken: [String: Failure] = [:]
    var tally = WarningTally()
    switch job.target {
    case .styles(let arguments):
      for style in arguments {
        var warnings: [String] = []
        for path in style.files {
          broken[path] = Self.failure {
            let info = try job.check(style: path)
            estimate.addStyle(duration: info?.duration ?? 0)
            for warning in info?.warnings ?? [] { tally.add(.file(warning), about: path) }
            warnings += (info?.warnings ?? []).map(\.description)
          }
        }
        styles.append(
          Style(
            path: style.path, weight: style.weight, isDynamics: style.isDynamics ? true : nil,
            warnings: warnings))
      }
      (featuresIn, changeApplied) = (nil, nil)
    case .features(let path):
      (featuresIn, changeApplied) = (path, nil)
      broken[path] = Paths.exists(path) ? nil : Failure(.noInput, "\(path): no such file")
    case .change(_, let path): (featuresIn, changeApplied) = (nil, path)
    }
    self.styles = styles
    like = job.like
    var mix: StemShape?
    let mixFailure = Self.failure { mix = try job.shapeOfMix() }
    var clips: [Clip] = []
    var failures: [ApplyReport.FailedClip] = []
    var formats: [SoundFileFormat?] = []
    let book = job.keepsRecords ? try? RecordBook(job) : nil
    var skipped: [ApplyReport.OtherClip] = []
    // Without a grid every clip needs all styles; in a grid every clip needs the style of dynamics.
    let needed = isGrid ? job.dynamicsStyle?.files ?? [] : job.target.paths
    var stop = needed.compactMap { broken[$0] }.first ?? (isGrid ? nil : mixFailure)
    for clip in job.clips {
      let own = job.style(of: clip)?.path
      if let own, let failure = broken[own] {
        failures.append(job.failed(clip, failure, file: own))
        continue
      }
      do {
        let (format, info) = try job.facts(of: clip, mix)
        formats.append(format)
        if let book, let state = job.state(of: clip, book) {
          if state == .done {
            skipped.append(job.other(clip))
            continue
          }
          try job.check(state, of: clip)
        }
        for warning in info?.warnings ?? [] { tally.add(.file(warning), about: clip.content) }
        estimate.addClip(duration: info?.duration ?? 0, isStem: job.like != nil)
        clips.append(
          Clip(
            content: clip.content, output: clip.output, style: own, format: format?.name,
            replaces: clip.output != Paths.standardStream && Paths.exists(clip.output),
            warnings: (info?.warnings ?? []).map(\.description)))
      } catch {
        let failure = Failure(error) ?? Failure(.software, "\(error)")
        failures.append(job.failed(clip, failure))
        if !failure.concerns(only: clip.content, error) { stop = stop ?? failure }
      }
    }
    stop = stop ?? Self.failure { try job.checkQuality(formats) }
    (self.clips, self.failures, self.skipped) = (clips, failures, skipped)
    if case .styles = job.target { meaning = SettingsText(job.options).sentence } else { meaning = nil }
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let threads = clips.count > 1 ? min(clips.count, job.jobCount) : job.threads ?? processors
    duration = estimate.sound
    estimatedTime = estimate.seconds(threads: min(threads, processors))
    (stopFailure, self.stop) = (stop, stop?.message)
    warnings = tally
  }

  private static func failure(_ work: () throws -> Void) -> Failure? {
    do {
      try work()
      return nil
    } catch {
      return Failure(error) ?? Failure(.software, "\(error)")
    }
  }

  /// The error that the job would end with; `nil` for none.
  var failure: Failure? {
    if let stopFailure {
      return Failure(
        stopFailure.status,
        clipCount == 1 ? stopFailure.message : "nothing would be done: \(stopFailure.message)")
    }
    guard let first = failures.first else { return nil }
    return clipCount == 1
      ? Failure(first.status, first.message)
      : Failure(first.status, "\(failures.count) of \(Wording.count(clipCount, "clip")) would fail")
  }

  /// The most clips, failures and kinds of warnings that are listed.
  private static let (namedClips, namedFailures, namedWarnings) = (5, 3, 3)

  /// The warnings about contents and styles, one line for each kind.
  func warningLines(isDetailed: Bool) -> [String] {
    warnings.lines(atMost: isDetailed ? .max : Self.namedWarnings)
  }

  /// The description in at most a dozen lines, or with a line for every clip.
  func lines(isDetailed: Bool) -> [String] {
    var first = "would restyle \(clips.count) of \(Wording.count(clipCount, "clip"))"
    if isTogether { first += " together" }
    if !skipped.isEmpty { first += ", \(skipped.count) existing," }
    first += " " + goal
    if duration > 0 {
      first += ": \(Wording.time(duration)) of sound, \(TimeEstimate.words(estimatedTime))"
    }
    var lines = [first]
    let what = [changes.isEmpty ? nil : "with " + changes.joined(separator: ", "), meaning].compactMap(\.self)
    if !what.isEmpty { lines.append(what.joined(separator: ": ")) }
    lines += curveHint
    lines += BatchSummary.shortened(clips.map(\.line), atMost: isDetailed ? .max : Self.namedClips) {
      "\($0) more (--verbose lists all)"
    }
    if let text = leftOut.text { lines.append(text) }
    if clipCount > 1 {
      lines += BatchSummary.shortened(
        failures.map { "would fail: \($0.file): \($0.message)" },
        atMost: isDetailed ? .max : Self.namedFailures
      ) { "\($0) more would fail (--verbose lists all)" }
    }
    return lines
  }

  /// A hint at the command that shows the change of a single clip.
  private var curveHint: [String] {
    guard clips.count == 1, styles.count == 1, like == nil, !isTogether,
      let content = clips.first?.content, content != Paths.standardStream
    else { return [] }
    let options = changes.filter { !$0.hasSuffix("RMS") }
    let command = ["restyle export --from \(content) --to \(styles[0].path)"] + options
    return ["'\(command.joined(separator: " "))' prints its tone and dynamics, and writes nothing"]
  }

  private var goal: String {
    return towards + (like.map { ", as stems of \($0)" } ?? "")
  }

  private var towards: String {
    if let featuresIn { return "by the levels of \(featuresIn)" }
    if let changeApplied { return "by the saved change \(changeApplied)" }
    let dynamics = styles.first { $0.isDynamics == true }.map { ", with the dynamics of \($0.path)" } ?? ""
    let styles = styles.filter { $0.isDynamics != true }
    if isGrid { return "towards each of \(Wording.count(styles.count, "style"))\(dynamics)" }
    let names = styles.map { $0.weight == 1 ? $0.path : "\($0.path)=\($0.weight)" }
    return "towards "
      + (names.count > 3 ? "a mixture of \(names.count) styles" : names.joined(separator: " and ")) + dynamics
  }
}

extension DryRun.Clip {
  fileprivate var line: String {
    let source = content == Paths.standardStream ? "standard input" : content
    let target = output == Paths.standardStream ? "standard output" : output
    return "\(source) → \(target)" + (format.map { " (\($0))" } ?? "")
      + (replaces ? ", replacing what is there" : "")
  }
}

extension ApplyJob {
  /// Opens a style and returns its properties; `nil` for a profile and for standard input.
  fileprivate func check(style path: String) throws -> SoundFileInfo? {
    guard path != Paths.standardStream else { return nil }
    guard !StyleProfile.isProfile(path) else {
      _ = try StyleProfile.load(path, learner: Restyler(options: options).learner, isStrict: output.isStrict)
      {
        $0
      }
      return nil
    }
    let info = try SoundInput(isStrict: output.isStrict, isQuiet: true).open(path).info
    guard info.frameCount > 0 else { throw RestyleError.emptyClip(path) }
    return info
  }

  /// Checks that a clip can be read and its result can be written.
  ///
  /// - Returns: The result's format and the content's properties; `nil` for standard input.
  fileprivate func facts(
    of clip: PlannedClip, _ mix: StemShape?
  ) throws -> (format: SoundFileFormat?, info: SoundFileInfo?) {
    if clip.output != Paths.standardStream { try checkOutput(clip) }
    guard clip.content != Paths.standardStream else { return (nil, nil) }
    let info = try SoundInput(isStrict: output.isStrict, isQuiet: true).open(clip.content).info
    guard info.frameCount > 0 else { throw RestyleError.emptyClip(clip.content) }
    try mix?.check(stem: StemShape(info))
    let format = try output.fitted(to: clip, like: info.format).format
    try format.check(
      sampleRate: info.sampleRate, channelCount: info.channelCount, frameCount: info.frameCount,
      path: clip.output)
    return (format, info)
  }

  /// The state of a result according to its record; results that are planned with others are unknown beforehand.
  fileprivate func state(of clip: PlannedClip, _ book: RecordBook) -> RecordBook.State? {
    let input = SoundInput(isStrict: output.isStrict, isQuiet: true)
    guard let info = try? input.open(clip.content).info,
      let options = try? output.fitted(to: clip, like: info.format).options
    else { return nil }
    let prepared = PreparedClip(clip: clip, output: options)
    return try? book.state(of: clip, book.origin(of: prepared, self, programme: nil))
  }

  /// Throws where a file has the place of a result and may not be replaced.
  fileprivate func check(_ state: RecordBook.State, of clip: PlannedClip) throws {
    do throws(SoundFileError) {
      try RecordBook.check(state, of: clip, overwrites: output.overwrites)
    } catch {
      if let failure = refusal(of: clip, error) { throw failure }
      throw error
    }
  }

  /// Throws where an output cannot be created, or is there and may not be replaced.
  private func refuse(_ clip: PlannedClip) throws {
    do throws(SoundFileError) {
      try OutputFile.check(path: clip.output, overwrites: output.overwrites)
    } catch {
      if let failure = refusal(of: clip, error) { throw failure }
      throw error
    }
  }

  /// Checks that an output could be created; a missing folder of results would be created too.
  ///
  /// Beside records, ``refuse(_:)`` comes later, as a file that is there may be a result.
  private func checkOutput(_ clip: PlannedClip) throws {
    var folder = Paths.folder(clip.output)
    guard clip.isInFolder, !folder.isEmpty, !Paths.exists(folder) else {
      if !(keepsRecords && Paths.exists(clip.output)) { try refuse(clip) }
      return
    }
    while !folder.isEmpty, !Paths.exists(folder) { folder = Paths.folder(folder) }
    guard !FileSystemView.isNameTooLong(Paths.join(folder, Paths.name(clip.output))) else {
      throw Failure(
        .cannotCreate, "cannot create ‘\(clip.output)’: its name is too long", concernsOneClip: true)
    }
    try OutputFile.check(path: Paths.join(folder, ".restyle"), overwrites: true)
  }
}
