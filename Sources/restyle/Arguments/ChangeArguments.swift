import ArgumentParser
import AudioRestyle

/// What is done to a clip, kept and used again.
struct ChangeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Save what is done to the clip (or to all, with --together) as JSON, for --apply-change.",
      valueName: "file"))
  var saveChange: String?

  @Option(
    help: ArgumentHelp(
      "Do what a saved change says instead of going towards a style.",
      valueName: "file"))
  var applyChange: String?

  @Option(
    help:
      "At which levels the gains of --apply-change are given. own: as far from each clip's own loudness as they were from the first clip's; absolute: at the same dBFS. (default: own)"
  )
  var changeLevels: Anchoring.Levels?

  @Option(
    help:
      "What --apply-change keeps of the loudness. target: every clip gets the first one's target; gain: every clip gets louder or quieter by as much as the first one. (default: target)"
  )
  var changeLoudness: Anchoring.Loudness?

  @Flag(help: "With --json: list the gains that are asked for, frame by frame.")
  var gains = false

  func validate() throws {
    guard applyChange == nil else { return }
    for (name, isGiven) in [
      ("--change-levels", changeLevels != nil), ("--change-loudness", changeLoudness != nil),
    ] where isGiven {
      throw ValidationError("\(name): expected --apply-change beside it, found \(name) alone")
    }
  }

  /// How a saved change is brought to a clip's level.
  var anchoring: Anchoring {
    var anchoring = Anchoring()
    if let changeLevels { anchoring.levels = changeLevels }
    if let changeLoudness { anchoring.loudness = changeLoudness }
    return anchoring
  }
}
