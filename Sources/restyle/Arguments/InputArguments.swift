import ArgumentParser

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
