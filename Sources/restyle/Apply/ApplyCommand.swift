import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle apply`: restyles contents towards styles.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Restyle clips (the default subcommand).",
    discussion: """
      A style is a sound file or a profile made by 'restyle learn'. Several styles are mixed by their weights \
      (--style a.wav=2 --style b.wav=1); a file that is really named 'a.wav=2' wins over reading a weight. A folder is \
      one style: its files are pooled, as 'restyle learn FOLDER' pools them.

      With one content the result is NAME.restyled.EXT beside it, or what -o names. Several contents, a \
      folder, a list or a grid need -o FOLDER/; the results keep their names there. '-' is standard input or output. Nothing is \
      replaced without --force, and a result appears only when it is whole.

      With --skip-existing a run that was ended goes on with the same command: each result gets a record \
      (.restyle/NAME.json in its folder), and what a record says to be made of the same content, styles and settings is \
      skipped. What the program made otherwise is made anew; other files, and results of other recordings, are replaced \
      with --force only.

      With --shard K/N a run takes the K-th of N parts of its contents, so that the tasks of a cluster share a list. \
      Results are those of one run with --alone.

      A list (--list, --style-list) names files or folders, one a line, or each ended by NUL as 'find -print0' \
      writes them. A list of styles stands for the files in it. Listed paths below the current folder keep \
      their folders in the output folder.

      With --grid every content goes towards every style by itself, into FOLDER/CONTENT.STYLE.EXT; names that \
      would be equal are numbered. With --together all contents are one programme: one map of dynamics from the \
      statistics of all of them, the tone that each clip needs (--tone-shared: one tone), and loudness that keeps the \
      differences between clips (--relations mapped: as dynamics leave them).

      Sounds of less than 2 s that arrive together are a pack: they get one tone and one gain, made from all of \
      them, so that levels between them, attacks and decays stay. Where most files are that short, those of up \
      to 30 s belong to the pack too.

      With --like the contents are the stems of a mix, with its rate, channels and length. What is done is worked out \
      on the mix, which is not written; every stem gets the mix's gains over time, so that the results sum to the \
      restyled mix (24-bit and float files: to -100 dB and better). The ceiling holds the mix: a stem can pass full \
      scale, which --encoding float32 keeps.

      A clip that fails does not stop the others: it is listed at the end and in the JSON report, and the exit \
      status is that of the first one. Failed writing stops the work. Results are the same for any number of --jobs.

      One clip is told with its warnings; several end in a summary of a dozen lines at most (--verbose tells each, \
      --json all). --dry-run says what would be done, and does nothing.

      EXAMPLES:
        restyle talk.wav --style radio.mp3
        restyle talk.wav --style radio.mp3 --report talk.html
        restyle talk.wav --style radio.mp3 --strength 0.5 --loudness -16 -o talk.flac
        restyle talk.wav --style radio.mp3 --tone 1 --dynamics 0
        restyle takes/ --style master.safetensors -o restyled/
        restyle takes/ --style looks/ --grid -o grid/
        restyle album/*.flac --style reference.flac --together -o mastered/
        restyle pack/ --style tape.flac -o coloured/
        find . -name '*.wav' -print0 | restyle --list - --style radio.mp3 -o restyled/
        restyle corpus/ --style radio.mp3 --skip-existing --shard auto -o restyled/
        restyle - --style radio.mp3 --format wav -o - < talk.wav > new.wav
        restyle monday.wav --style house.wav --save-change house.json
        restyle tuesday.wav --apply-change house.json
        restyle drums.wav bass.wav vocals.wav --like mix.wav --style reference.wav -o stems/

      With --features-in the levels of one content come from a file instead of a style: 'restyle extract' \
      writes it, and any program may change it. The gain of a band in a frame is its level there minus the \
      content's own, times --strength, within the gain limits. Which features and views they are says the file; \
      for .npy files --features and --stereo say it. The loudness follows from the levels unless --loudness is \
      'keep' or a number.

        restyle extract talk.wav -o talk.npz
        restyle talk.wav --features-in talk.npz -o new.wav
      """)

  @Argument(
    help: ArgumentHelp(
      "Sound files to restyle, folders of them, or - for standard input.", valueName: "content"))
  var contents: [String] = []

  @OptionGroup var input: InputArguments
  @OptionGroup var method: MethodArguments
  @OptionGroup(title: "Saved changes") var change: ChangeArguments
  @OptionGroup(title: "Many clips") var batch: BatchArguments
  @OptionGroup var output: OutputArguments
  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments
  @OptionGroup var detail: DetailArguments
  @OptionGroup(title: "Reports") var page: PageArguments

  func validate() throws {
    if report.quiet, detail.verbose {
      throw ValidationError("--quiet and --verbose: expected one of them, found both")
    }
    if change.gains, !report.json {
      throw ValidationError("--gains: expected --json beside it, which lists them, found --gains alone")
    }
  }

  func run() throws {
    try checkStandardInput()
    try checkMix()
    let target = try target()
    let listed = try input.list.flatMap { try PathList.read($0, option: "--list") }
    var leftOut = leftOut(listed)
    let shard = try batch.part
    var clips: [PlannedClip]
    do {
      clips = try plan(target, listed)
    } catch {
      // A folder without sound files may hold other files, which the note lists.
      if !report.quiet, let text = leftOut.text { Console.note(text) }
      throw error
    }
    leftOut.remove(results: clips.map(\.output))
    if let shard {
      // All clips of a content in a grid stay in one part.
      let styleCount = (clips.map { $0.style ?? 0 }.max() ?? 0) + 1
      let part = shard.range(of: clips.count / styleCount)
      clips = Array(clips[part.lowerBound * styleCount..<part.upperBound * styleCount])
    }
    try checkRecords(clips, target)
    var options = method.options
    if case .features = target { try options.validateForFeatures() }
    if case .change = target, !options.isDefault {
      throw UsageError(
        "--apply-change: expected no option of the method beside it, since the file contains all of them")
    }
    try checkSavedChange(clips, target)
    try checkPage(clips, target)
    // Measuring the result takes another analysis, and only the JSON report shows it.
    options.measuresResult = report.json
    options.listsGains = report.json && change.gains
    var stored = output.options(isStrict: input.strict)
    if let file = method.amount.delivery?.target.file, file.isMP3 {
      stored.constantBitRate = 1000 * file.leastBitRate
    }
    let job = ApplyJob(
      clips: clips, target: target, options: options, output: stored,
      threads: speed.threads, isQuiet: report.quiet, album: batch.album, jobCount: batch.jobCount,
      isVerbose: detail.verbose, leftOut: leftOut, like: input.like, anchoring: change.anchoring,
      keepsRecords: batch.skipExisting, plansAlone: batch.alone || shard != nil, shard: shard)
    guard !detail.dryRun else { return try rehearse(job) }
    let result: ApplyReport
    do {
      result = try job.run()
    } catch {
      if report.json { try Console.result(json: error.report) }
      throw error.error
    }
    if report.json { try Console.result(json: result) }
    if clips.count > 1 || shard != nil {
      BatchSummary(result, clipCount: clips.count, isDetailed: detail.verbose).print(isQuiet: report.quiet)
    } else if !report.quiet {
      if let there = result.skipped.first {
        Console.note("\(there.output): exists, made from the same content, styles and settings")
      }
      if let text = leftOut.text { Console.note(text) }
    }
    var failure: (any Error)? = result.failure(ofClips: clips.count)
    if let path = change.saveChange {
      attempt(&failure) { try result.restyling?.write(to: path, overwrites: output.force) }
    }
    if let path = page.page { attempt(&failure) { try write(page: path, on: result, target) } }
    if let failure { throw failure }
    if !report.quiet, page.page == nil, let text = hint(on: clips, target) { Console.note(text) }
  }

  /// A hint at the next commands after a single clip; `nil` without a terminal.
  private func hint(on clips: [PlannedClip], _ target: ApplyJob.Target) -> String? {
    guard Console.isTerminal, clips.count == 1, case .styles(let styles) = target, let style = styles.first,
      clips[0].output != Paths.standardStream
    else { return nil }
    return
      "less or more of it: --strength 0.5 or 1.5; how near it came: restyle compare \(clips[0].output) \(style.path); "
      + "to look at and listen to: --report page.html"
  }

  /// Runs a step after the clips even if something failed before.
  ///
  /// The first error decides on the exit status; later errors are printed.
  private func attempt(_ failure: inout (any Error)?, _ body: () throws -> Void) {
    do {
      try body()
    } catch {
      if failure != nil { Console.error(Failure(error)?.message ?? "\(error)") }
      failure = failure ?? error
    }
  }

  /// Prints what a job would do, and throws the error that it would end with.
  private func rehearse(_ job: ApplyJob) throws {
    let plan = DryRun(job)
    if !report.quiet { for line in plan.warningLines(isDetailed: detail.verbose) { Console.warning(line) } }
    if report.json {
      try Console.result(json: plan)
    } else if !report.quiet {
      for line in plan.lines(isDetailed: detail.verbose) { try Console.result(line) }
    }
    if let failure = plan.failure { throw failure }
  }

  /// The files of folders of contents and styles that are no inputs.
  private func leftOut(_ listed: [String]) -> LeftOutFiles {
    var all = LeftOutFiles(
      folders: (contents + listed).filter(Paths.isFolder), except: FileSystemView.soundSuffixes,
      output: output.output)
    all.add(
      LeftOutFiles(
        folders: input.style.filter(Paths.isFolder), except: FileSystemView.styleSuffixes))
    return all
  }

  /// Writes the page that shows the changes.
  private func write(page path: String, on result: ApplyReport, _ target: ApplyJob.Target) throws {
    var styles: [StyleArgument] = []
    var origin: String?
    switch target {
    case .styles(let arguments):
      styles = arguments.filter { !$0.isDynamics }.sorted { $0.weight > $1.weight }
    case .features(let path): origin = "The levels came from the feature file \(path)."
    case .change(_, let path): origin = "Everything that was done came from the saved change \(path)."
    }
    let options = method.options
    let entries = result.clips.map { clip in
      ReportEntry(
        clip: clip, options: options, styles: clip.style.map { [$0] } ?? styles.flatMap(\.files),
        origin: origin)
    }
    let names = Set(entries.map { Paths.name($0.clip.content) })
    let page = ReportPage(
      entries: entries, report: result,
      title: names.count == 1
        ? "\(names.first ?? ""), restyled" : "\(Wording.count(entries.count, "clip")), restyled",
      audioSeconds: page.audioSeconds)
    let bar = ProgressBar(path, isWanted: !report.quiet)
    defer { bar.clear() }
    try page.write(to: path, overwrites: output.force) { bar.update($0) }
    bar.clear()
    if !report.quiet { Console.note("\(path): a page with players and pictures") }
  }

  private func target() throws -> ApplyJob.Target {
    if let path = change.applyChange {
      guard input.style.isEmpty, input.styleList.isEmpty, input.dynamicsStyle == nil, input.featuresIn == nil
      else {
        throw UsageError("--apply-change: expected neither a style nor --features-in beside it")
      }
      guard !batch.grid, !batch.together else {
        throw UsageError(
          "--apply-change: expected neither --grid nor --together beside it: each clip gets the change")
      }
      return .change(try Restyling(contentsOf: path), path: path)
    }
    guard let path = input.featuresIn else {
      let listed = try input.styleList.flatMap { try PathList.read($0, option: "--style-list") }
      let styles = try StyleArgument.all(input.style + listed, exists: Paths.exists)
        .flatMap {
          try $0.expanded(
            isGrid: batch.grid, isFolder: Paths.isFolder, files: FileSystemView.styleFiles)
        }
      if batch.grid, let style = styles.first(where: { $0.weight != 1 }) {
        throw UsageError("--style \(style.path): expected no weight with --grid, which mixes nothing")
      }
      return .styles(styles + (try dynamicsStyle()))
    }
    guard input.style.isEmpty, input.styleList.isEmpty, input.dynamicsStyle == nil else {
      throw UsageError("--features-in: expected no style beside it, as the levels come from the file")
    }
    guard !batch.grid, !batch.together else {
      throw UsageError(
        "--features-in: expected neither --grid nor --together beside it, as it is made for one clip")
    }
    return .features(path)
  }

  /// The style of dynamics; empty where none is given.
  private func dynamicsStyle() throws(UsageError) -> [StyleArgument] {
    guard let path = input.dynamicsStyle else { return [] }
    guard method.options.method != .mean else {
      throw UsageError("--dynamics-style: has no meaning with --method mean, which keeps all dynamics")
    }
    guard method.options.dynamics != 0 else {
      throw UsageError("--dynamics-style: has no meaning with --dynamics 0, which takes no dynamics")
    }
    return [
      try StyleArgument(dynamics: path, isFolder: Paths.isFolder, files: FileSystemView.styleFiles)
    ]
  }

  private func plan(_ target: ApplyJob.Target, _ listed: [String]) throws -> [PlannedClip] {
    var labels: [String]?
    if batch.grid, case .styles(let styles) = target {
      labels = styles.filter { !$0.isDynamics }.map(\.label)
    }
    let planner = OutputPlanner(
      contents: contents, listed: listed, styles: labels,
      otherInputs: target.paths + [input.like].compactMap(\.self) + lists, output: output.output,
      suffix: output.format?.suffix,
      files: .disk)
    let clips = try planner.plan()
    if let path = input.featuresIn, clips.count > 1 {
      throw UsageError("--features-in \(path): expected one content, found \(clips.count)")
    }
    if clips.contains(where: { $0.output == Paths.standardStream }) {
      if report.json { throw UsageError("--json and -o - would both write to standard output") }
      if Console.isOutputTerminal { throw UsageError("-o -: standard output is a terminal; redirect it") }
    }
    if batch.together, clips.contains(where: { $0.content == Paths.standardStream }) {
      throw UsageError("--together: expected files, found standard input, which can be read once only")
    }
    return clips
  }
}
