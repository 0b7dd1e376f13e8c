import ArgumentParser

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
