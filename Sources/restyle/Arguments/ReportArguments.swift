import ArgumentParser

/// What is told.
struct ReportArguments: ParsableArguments {
  @Flag(help: "Print the results as JSON on standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  func validate() {
    Console.isQuiet.with { $0 = quiet }
  }
}
