import ArgumentParser
import AudioRestyle

/// What is read beside the contents, and how strictly.
struct InputArguments: ParsableArguments {
  @OptionGroup(title: "Common") var first: StyleOptions
  @OptionGroup(title: "Input") var others: OtherInputs

  var style: [String] { first.style }
  var dynamicsStyle: String? { others.dynamicsStyle }
  var list: [String] { others.list }
  var styleList: [String] { others.styleList }
  var featuresIn: String? { others.featuresIn }
  var like: String? { others.like }
  var strict: Bool { others.strict }
}

/// The styles that are given one by one.
struct StyleOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A sound file, a profile, or a folder of them whose style to take, with its weight among several; at least one, or --features-in.",
      valueName: "style[=weight]"))
  var style: [String] = []
}

/// What is read besides, and how strictly.
struct OtherInputs: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A text file with one more content a line (or each ended by NUL); - for standard input.",
      valueName: "file"))
  var list: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A text file with one more style a line, as --list.", valueName: "file"))
  var styleList: [String] = []

  @Option(
    help: ArgumentHelp(
      "A sound file, profile or folder whose dynamics to take (spread of levels, loudness range, peaks), in the place of --style's; tone and loudness stay --style's.",
      valueName: "style"))
  var dynamicsStyle: String?

  @Option(
    help: ArgumentHelp(
      "A feature file, made by 'restyle extract' and changed, whose levels to take instead of a style's.",
      valueName: "features"))
  var featuresIn: String?

  @Option(
    help: ArgumentHelp(
      "The mix that the contents are stems of: what is done is worked out on it, and its gains act on every stem, so that the results sum to the restyled mix.",
      valueName: "mix"))
  var like: String?

  @Flag(help: "Take a truncated file for an error (65) instead of using what is there.")
  var strict = false
}

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

/// A page that shows what was done.
struct PageArguments: ParsableArguments {
  @Option(
    name: .customLong("report"),
    help: ArgumentHelp(
      "Write a page (HTML) that shows what was done: players, pictures, numbers; it needs no network.",
      valueName: "page"))
  var page: String?

  @Option(
    name: .customLong("report-audio"),
    help: ArgumentHelp(
      "How many seconds of each sound the page holds, 0 to 3600; longer clips are there in excerpts. "
        + "(default: 20, for several clips 6 to 20)",
      valueName: "seconds"))
  var audioSeconds: Double?

  func validate() throws {
    guard let audioSeconds else { return }
    guard page != nil else {
      throw ValidationError("--report-audio: expected --report beside it, found --report-audio alone")
    }
    guard (0...3600).contains(audioSeconds) else {
      throw ValidationError("--report-audio: expected 0 to 3600, found \(audioSeconds)")
    }
  }
}
