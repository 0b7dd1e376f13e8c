import Foundation

/// How natural written clips of speech sound, by `Scripts/naturalness.py` (DNSMOS, 1 to 5).
enum Naturalness {
  static let column = "DNSMOS"

  /// The mean score of each treatment over all pairs whose clips are in a folder.
  ///
  /// - Returns: `nil` where the script cannot run; it says why on standard error.
  static func means(of treatments: [Treatment], pairCount: Int, in folder: String) throws -> [String: Double]?
  {
    let paths = treatments.map { treatment in
      (0..<pairCount).map { PairWorker.path(folder, $0, treatment.name) }
    }
    guard let scores = try scores(of: paths.flatMap(\.self)) else { return nil }
    return Dictionary(
      uniqueKeysWithValues: zip(treatments, paths).map { treatment, paths in
        (treatment.name, paths.reduce(0) { $0 + (scores[$1] ?? .nan) } / Double(max(1, paths.count)))
      })
  }

  private struct Line: Decodable {
    let file: String
    let score: Double

    enum CodingKeys: String, CodingKey {
      case file
      case score = "DNSMOS"
    }
  }

  private static func scores(of paths: [String]) throws -> [String: Double]? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let python = ProcessInfo.processInfo.environment["PYTHON"] ?? "python3"
    process.arguments = [python, "Scripts/naturalness.py"] + paths
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    let lines = try data.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Line.self, from: $0)
    }
    return Dictionary(lines.map { ($0.file, $0.score) }, uniquingKeysWith: { first, _ in first })
  }
}
