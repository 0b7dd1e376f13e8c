import AudioRestyle
import Foundation
import SoundFiles

/// Checks of the options of `restyle apply` against each other and against the files that they name.
extension ApplyCommand {
  /// Throws where more than one argument is standard input, which can be read only once.
  func checkStandardInput() throws(UsageError) {
    try StandardStreams.checkInput(
      contents + input.list + input.styleList + input.style
        + [input.dynamicsStyle, input.featuresIn, input.like].compactMap(\.self))
  }

  /// The files that list contents and styles.
  var lists: [String] { input.list + input.styleList }

  /// Throws for `--skip-existing` with options or streams for which there are no records.
  func checkRecords(_ clips: [PlannedClip], _ target: ApplyJob.Target) throws(UsageError) {
    guard batch.skipExisting else { return }
    for (option, isThere) in [("--save-change", change.saveChange != nil), ("--report", page.page != nil)]
    where isThere {
      throw UsageError("--skip-existing: expected no \(option) beside it, as skipped results have none")
    }
    let all = clips.flatMap { [$0.content, $0.output] } + target.paths + [input.like].compactMap(\.self)
    if let stream = all.first(where: Paths.isStream) {
      throw UsageError("--skip-existing: expected files, found the stream \(stream)")
    }
  }

  /// Throws for `--save-change` unless there is one change to save and its file can be created.
  func checkSavedChange(_ clips: [PlannedClip], _ target: ApplyJob.Target) throws {
    guard let path = change.saveChange else { return }
    guard path != Paths.standardStream else {
      throw UsageError("--save-change -: expected the name of a file, found standard output")
    }
    let others = clips.flatMap { [$0.content, $0.output] } + target.paths + [input.like].compactMap(\.self)
    try refuse(path, "--save-change", toReplace: others + lists, what: "the change")
    guard clips.count == 1 || batch.together && !batch.grid || input.like != nil else {
      throw UsageError(
        "--save-change: expected one content, or several with --together or --like, found \(clips.count) contents"
      )
    }
    guard input.featuresIn == nil, change.applyChange != nil || !method.options.changesNothing else {
      throw UsageError("--save-change: expected a change towards a style, found none that can be saved")
    }
    try checkNew(path, beside: clips)
  }

  /// Throws where a file cannot be created; a file in a folder that is yet to be created for the results passes.
  private func checkNew(_ path: String, beside clips: [PlannedClip]) throws {
    let folder = Paths.folder(path)
    if !folder.isEmpty, !Paths.exists(folder) {
      let identity = Paths.identity(folder)
      let isMade = clips.contains { clip in
        let own = Paths.identity(Paths.folder(clip.output))
        return clip.isInFolder && (own == identity || own.hasPrefix(identity + "/"))
      }
      if isMade { return }
    }
    try OutputFile.check(path: path, overwrites: output.force)
  }

  /// Throws for `--like` unless the mix is a file and the other options allow one change for all stems.
  func checkMix() throws(UsageError) {
    guard let mix = input.like else { return }
    guard !Paths.isStream(mix) else {
      throw UsageError(
        "--like \(mix): expected a file, as the mix is read once for every stem, found a stream")
    }
    guard !batch.grid, !batch.together, input.featuresIn == nil else {
      throw UsageError(
        "--like: expected none of --grid, --together and --features-in beside it, as the stems get what is done to "
          + "one mix")
    }
    guard !output.form.loudnessTags else {
      throw UsageError(
        "--loudness-tags: expected no --like beside it, as stems are no programmes of their own")
    }
    guard method.detail.features != .waveform else {
      throw UsageError(
        "--like: expected --features bands or spectrum, whose changes are gains, found waveform")
    }
  }

  /// Throws for `--report` unless the page can be written and all that it shows can be read again.
  func checkPage(_ clips: [PlannedClip], _ target: ApplyJob.Target) throws {
    guard let path = page.page else { return }
    guard path != Paths.standardStream else {
      throw UsageError("--report -: expected the name of a file, found standard output")
    }
    let all = clips.flatMap { [$0.content, $0.output] } + target.paths + [input.like].compactMap(\.self)
    guard !all.contains(where: { $0 == Paths.standardStream || Paths.isStream($0) }) else {
      throw UsageError(
        "--report: expected files that can be read again, found standard input or output, or a pipe")
    }
    let others = all + [change.saveChange].compactMap(\.self) + lists
    try refuse(path, "--report", toReplace: others, what: "the page")
    try checkNew(path, beside: clips)
  }

  /// Throws where a file would replace another one that is read or written.
  private func refuse(
    _ path: String, _ option: String, toReplace others: [String], what: String
  ) throws(UsageError) {
    let identity = Paths.identity(path)
    let named = others.filter { $0 != Paths.standardStream && !Paths.isStream($0) }
    if let file = named.first(where: { Paths.identity($0) == identity }) {
      throw UsageError("\(option) \(path): \(what) would replace '\(file)'; choose another name")
    }
  }
}
