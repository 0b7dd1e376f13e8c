import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle demo`: restyles the bundled samples and says what to listen for.
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
