import ArgumentParser

/// How many processors a clip may take.
struct ThreadArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads that work on a clip (default: one for each processor); the result does not depend on it.",
      valueName: "count"))
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("threads: expected 1 or more, found \(threads)")
    }
  }
}
