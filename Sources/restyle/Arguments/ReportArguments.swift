import ArgumentParser

/// What is told.
struct ReportArguments: ParsableArguments {
  @Flag(help: "Print the results as JSON on standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false
}

/// What is told of many clips, and whether anything is done at all.
struct DetailArguments: ParsableArguments {
  @OptionGroup(title: "Common") var rehearsal: RehearsalArguments
  @OptionGroup(title: "Reports") var clips: ClipReportArguments

  var verbose: Bool { clips.verbose }
  var dryRun: Bool { rehearsal.dryRun }
}

/// Whether anything is done at all.
struct RehearsalArguments: ParsableArguments {
  @Flag(
    help: "Say what would be done, with what and where to, and what would fail; nothing is written.")
  var dryRun = false
}

/// What is told of many clips.
struct ClipReportArguments: ParsableArguments {
  @Flag(help: "With several clips: print a line and the warnings of each, not only a summary.")
  var verbose = false
}
