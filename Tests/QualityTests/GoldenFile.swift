import Foundation
import Testing

/// The stored figures of all golden runs.
struct GoldenFile: Codable {
  /// What the figures are, and how they were made.
  var about: String
  /// The figures by name of the run.
  var runs: [String: Figures]

  /// The variable that names the file to be written; `Scripts/golden` sets it.
  static let variable = "ADAIN_GOLDEN"

  /// The file to be written, if any.
  static var output: String? { ProcessInfo.processInfo.environment[variable] }

  /// Reads the stored figures.
  static func load() throws -> GoldenFile {
    let url = try #require(
      Bundle.module.url(forResource: "golden", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: url))
  }

  /// The file's text: one line for each row of figures, so that a change shows as a change of lines.
  var text: String {
    func list(_ values: [Double]) -> String { "[" + values.map { "\($0)" }.joined(separator: ",") + "]" }
    let runs = runs.sorted { $0.key < $1.key }.map { name, figures in
      let views = figures.bands.sorted { $0.key < $1.key }.map { view, bands in
        "\"\(view)\": {\n\"mean\": \(list(bands.mean)),\n\"spread\": \(list(bands.spread))}"
      }
      return """
        "\(name)": {
        "frameCount": \(figures.frameCount), "loudness": \(figures.loudness), "truePeak": \(figures.truePeak), \
        "rms": \(figures.rms), "crest": \(figures.crest),
        "bands": {\(views.joined(separator: ",\n"))}}
        """
    }
    return "{\"about\": \"\(about)\",\n\"runs\": {\n\(runs.joined(separator: ",\n"))}}\n"
  }
}
