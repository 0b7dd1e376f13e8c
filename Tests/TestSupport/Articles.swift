import Foundation

/// The Swift code in a module's documentation articles, and whether a file of tests holds it word for word.
public struct Articles {
  /// The number of code blocks.
  public private(set) var blockCount = 0
  /// The blocks that the tests do not hold, with the article's name before each.
  public private(set) var untested: [String] = []

  /// Reads the catalog of a module.
  ///
  /// - Parameters:
  ///   - module: The module's name.
  ///   - tests: The path of the file of tests, two folders below the package's root; indentation does not matter there.
  public init(of module: String, testedBy tests: String) throws {
    let file = URL(fileURLWithPath: tests)
    let root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let catalog = root.appendingPathComponent("Sources/\(module)/\(module).docc")
    let code = Self.withoutIndentation(try String(contentsOf: file, encoding: .utf8))
    for name in try FileManager.default.contentsOfDirectory(atPath: catalog.path).sorted() {
      let article = try String(contentsOf: catalog.appendingPathComponent(name), encoding: .utf8)
      for part in article.components(separatedBy: "```swift\n").dropFirst() {
        let lines = part.components(separatedBy: "\n```")[0].components(separatedBy: "\n")
        // Imports stand at the top of the tests.
        let statements = lines.drop { $0.hasPrefix("import ") || $0.isEmpty }.joined(separator: "\n")
        let block = Self.withoutIndentation(statements)
        blockCount += 1
        if !code.contains(block) { untested.append("\(name): \(block)") }
      }
    }
  }

  private static func withoutIndentation(_ text: String) -> String {
    text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
  }
}
