import ArgumentParser

/// What is done to a clip, kept and used again.
struct ChangeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Save what is done to the clip (or to all, with --together) as JSON, for --apply-change.",
      valueName: "file"))
  var saveChange: String?

  @Option(
    help: ArgumentHelp(
      "Do what a saved change says instead of going towards a style; its curves follow each clip's loudness.",
      valueName: "file"))
  var applyChange: String?

  @Flag(help: "With --json: list the gains that are asked for, frame by frame.")
  var gains = false
}
