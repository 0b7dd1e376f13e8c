import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle demo`: restyles the bundled samples and prints what to listen for.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Restyle the bundled samples in several ways and say what to listen for.")

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder for the results.", valueName: "folder"))
  var output = "demo-output"

  @Option(
    help: ArgumentHelp(
      "The folder of the samples. (default: Samples/audio of the checkout)", valueName: "folder"))
  var samples: String?

  func run() throws {
    let folder = try SampleFolder.find(given: samples)
    try FileSystemView.createFolder(output)
    var entries: [ReportEntry] = []
    for (index, recipe) in DemoRecipe.all.enumerated() {
      let clip = try render(recipe, samples: folder)
      try Console.result("\(index + 1). \(clip.output)")
      try Console.result("   \(recipe.title)")
      try Console.result("   Listen for: \(recipe.listenFor)")
      try Console.result("   Measured: \(DemoMeasurement(clip.result).text)\n")
      entries.append(
        ReportEntry(
          clip: clip, options: recipe.options,
          styles: recipe.styles.map { Paths.join(folder, $0.name + ".flac") }, title: recipe.title,
          notes: ["Listen for: \(recipe.listenFor)"]))
    }
    let page = Paths.join(output, "report.html")
    try ReportPage(entries: entries, title: "The samples, restyled").write(to: page, overwrites: true)
    try Console.result("To look at and listen to, in a browser: \(page)")
    try Console.result("The recordings before: \(folder)")
  }

  private func render(_ recipe: DemoRecipe, samples folder: String) throws -> ApplyReport.Clip {
    var output = OutputOptions()
    output.overwrites = true
    output.isStrict = true
    let content = Paths.join(folder, recipe.content + ".flac")
    let job = ApplyJob(
      clips: [PlannedClip(content: content, output: Paths.join(self.output, recipe.name + ".flac"))],
      target: .styles(
        recipe.styles.map {
          StyleArgument(path: Paths.join(folder, $0.name + ".flac"), weight: $0.weight)
        }),
      options: recipe.options, output: output, isQuiet: true)
    let report = try job.run()
    guard let clip = report.clips.first else {
      throw Failure(report.failures.first?.status ?? .software, report.failures.first?.message ?? content)
    }
    return clip
  }
}

/// One restyling of the demo.
struct DemoRecipe: Sendable {
  /// The result's name without extension.
  var name: String
  /// The content's name.
  var content: String
  /// The styles' names and weights.
  var styles: [(name: String, weight: Double)]
  /// The options.
  var options = RestyleOptions()
  /// The restyling in one sentence.
  var title: String
  /// The audible changes.
  var listenFor: String

  private init(
    _ name: String, _ content: String, _ styles: [(name: String, weight: Double)], _ title: String,
    listenFor: String, change: (inout RestyleOptions) -> Void = { _ in }
  ) {
    self.name = name
    self.content = content
    self.styles = styles
    self.title = title
    self.listenFor = listenFor
    change(&options)
  }

  /// All restylings, in the best order for listening.
  static let all: [DemoRecipe] = [
    DemoRecipe(
      "voice-old-radio", "voice", [("old-radio", 1)],
      "The reader, as an announcer on an old radio.",
      listenFor: "the bass is gone, and the middle stands forward."),
    DemoRecipe(
      "voice-old-radio-equipment", "voice", [("old-radio", 1)],
      "The same with --aim equipment, which takes only what the recording chain did.",
      listenFor: "less bass, too, but the reader is as lively as in the recording.",
      change: { $0.aim = .equipment }),
    DemoRecipe(
      "voice-old-radio-adain", "voice", [("old-radio", 1)],
      "The same with --method adain: mean and spread of the levels of every band.",
      listenFor: "quiet syllables are as near as loud ones in every band.",
      change: { $0.method = .adain }),
    DemoRecipe(
      "voice-bright-broadcast", "voice", [("bright-broadcast", 1)], "The reader, in a bright broadcast.",
      listenFor: "a crisp top, and a level that hardly moves."),
    DemoRecipe(
      "melody-dark-tape", "plucked-melody", [("dark-tape", 1)], "The guitar, with the tone of a worn tape.",
      listenFor: "soft, dark plucks; the notes and their timing are the same."),
    DemoRecipe(
      "drums-bright-broadcast", "drum-loop", [("bright-broadcast", 1)], "The drums, in a bright broadcast.",
      listenFor: "a much fuller middle; the tails between the hits come up."),
    DemoRecipe(
      "drums-bright-broadcast-tone-only", "drum-loop", [("bright-broadcast", 1)],
      "The same with --dynamics 0: the tone of the broadcast without its compression.",
      listenFor: "the same fuller middle, but hits as hard as in the recording before.",
      change: { $0.dynamics = 0 }),
    DemoRecipe(
      "pad-half-old-radio", "pad", [("old-radio", 1)], "The pad, half way to the old radio (--strength 0.5).",
      listenFor: "a narrower sound that still has some of its bass.", change: { $0.strength = 0.5 }),
    DemoRecipe(
      "pad-between", "pad", [("bright-broadcast", 1), ("dark-tape", 1)],
      "The pad, between the bright broadcast and the dark tape.",
      listenFor: "more top than in the recording before, and less bass."),
    DemoRecipe(
      "melody-away-from-radio", "plucked-melody", [("old-radio", 1)],
      "The guitar, away from the old radio (--strength -0.3).",
      listenFor: "more bass and more brilliance than in the recording before.",
      change: {
        $0.strength = -0.3
        $0.loudness = .keep
      }),
  ]
}

/// The measured changes of a restyling, in words: tone in three ranges less its mean, dynamics, loudness.
struct DemoMeasurement {
  private let report: RestyleReport

  init(_ report: RestyleReport) {
    self.report = report
  }

  /// The changes in one line.
  var text: String {
    var parts: [String] = []
    let changes = Self.ranges.map { name, range in
      (name, meanChange(range, { ($0.mean ?? $0.requestedMean) - $0.contentMean }))
    }
    let known = changes.compactMap(\.1)
    let mean = known.reduce(0, +) / Double(max(1, known.count))
    for case (let name, let change?) in changes { parts.append("\(name) \(Wording.gain(change - mean))") }
    if !parts.isEmpty { parts[0] = "level aside, " + parts[0] }
    let ratio = report.restyling.flatMap { ChangeSummary($0).ratio }.map(ResultLine.dynamics)
    parts.append(ratio ?? "dynamics as before")
    parts.append(
      "loudness \(Wording.level(report.contentLoudness, "LUFS")) → \(Wording.level(report.loudness, "LUFS"))")
    return parts.joined(separator: ", ")
  }

  private static let ranges: [(String, Range<Double>)] = [
    ("bass (to 250 Hz)", 0..<250), ("middle (to 4 kHz)", 250..<4000), ("treble", 4000..<20_000),
  ]

  /// The mean of a change over the shared channels whose centres lie in a range.
  private func meanChange(
    _ range: Range<Double>, _ change: (RestyleReport.ChannelReport) -> Double
  ) -> Double? {
    let channels = report.views.flatMap(\.channels).filter { $0.isShared && range.contains($0.frequency) }
    guard !channels.isEmpty else { return nil }
    return channels.reduce(0) { $0 + change($1) } / Double(channels.count)
  }
}

/// The folder of the bundled samples.
enum SampleFolder {
  /// The folder of the samples in a checkout.
  static let name = "Samples/audio"

  /// Finds the folder.
  ///
  /// The search covers the current folder and the folders above it, the folders above the program (a build of a
  /// checkout), and `share/restyle` beside the program's `bin` (an installation).
  ///
  /// - Throws: ``Failure`` (66) where there is none.
  static func find(given folder: String?) throws(Failure) -> String {
    if let folder {
      guard Paths.isFolder(folder) else {
        throw Failure(.noInput, "cannot open the folder of samples '\(folder)'")
      }
      return folder
    }
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? ""
    let current = FileManager.default.currentDirectoryPath
    let candidates =
      [name] + folders(above: current).map { Paths.join($0, name) }
      + folders(above: program).map { Paths.join($0, name) }
      + folders(above: program).map { Paths.join($0, "share/restyle/samples") }
    guard let found = candidates.first(where: Paths.isFolder) else {
      throw Failure(
        .noInput, "the samples are not here: expected the folder \(name) of the checkout (--samples FOLDER)")
    }
    return found
  }

  /// The folders that contain a path, the innermost first.
  static func folders(above path: String) -> [String] {
    var result: [String] = []
    var folder = Paths.folder(path)
    while !folder.isEmpty, result.last != folder {
      result.append(folder)
      folder = Paths.folder(folder)
    }
    return result
  }
}
