import ArgumentParser
import AudioRestyle

/// The inputs beside the contents, and the strictness of reading.
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
      "A sound file, a profile, or a folder of them: the style, with its weight among several styles. At least one, or --features-in.",
      valueName: "style[=weight]"))
  var style: [String] = []
}

/// The other inputs, and the strictness of reading.
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
      "A sound file, profile or folder whose dynamics (spread of levels, loudness range, peaks) replace those of --style; tone and loudness stay those of --style.",
      valueName: "style"))
  var dynamicsStyle: String?

  @Option(
    help: ArgumentHelp(
      "A changed feature file of 'restyle extract'; the result gets its levels instead of a style's.",
      valueName: "features"))
  var featuresIn: String?

  @Option(
    help: ArgumentHelp(
      "The mix whose stems the contents are: the change is made from the mix and applied to every stem, so that the results sum to the restyled mix.",
      valueName: "mix"))
  var like: String?

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false
}

/// Saving and applying the change of a clip.
struct ChangeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Save the change of the clip (with --together, of all clips) as JSON, for --apply-change.",
      valueName: "file"))
  var saveChange: String?

  @Option(
    help: ArgumentHelp(
      "Apply a saved change instead of a style.",
      valueName: "file"))
  var applyChange: String?

  @Option(
    help:
      "Thresholds of --apply-change. own: they follow each clip's loudness; absolute: they keep their dBFS. (default: own)"
  )
  var changeLevels: Anchoring.Levels?

  @Option(
    help:
      "Loudness with --apply-change. target: every clip gets the target of the first clip; gain: every clip gets the same change of loudness as the first clip. (default: target)"
  )
  var changeLoudness: Anchoring.Loudness?

  @Flag(help: "With --json: list the requested gains, frame by frame.")
  var gains = false

  func validate() throws {
    guard applyChange == nil else { return }
    for (name, isGiven) in [
      ("--change-levels", changeLevels != nil), ("--change-loudness", changeLoudness != nil),
    ] where isGiven {
      throw ValidationError("\(name): expected --apply-change beside it, found \(name) alone")
    }
  }

  /// The way in which a saved change is moved to a clip's level.
  var anchoring: Anchoring {
    var anchoring = Anchoring()
    if let changeLevels { anchoring.levels = changeLevels }
    if let changeLoudness { anchoring.loudness = changeLoudness }
    return anchoring
  }
}

/// The page that shows the changes.
struct PageArguments: ParsableArguments {
  @Option(
    name: .customLong("report"),
    help: ArgumentHelp(
      "Write a page (HTML) with players, pictures and figures of the change; it needs no network.",
      valueName: "page"))
  var page: String?

  @Option(
    name: .customLong("report-audio"),
    help: ArgumentHelp(
      "Seconds of each sound in the page, 0 to 3600; longer clips are represented by excerpts. "
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
