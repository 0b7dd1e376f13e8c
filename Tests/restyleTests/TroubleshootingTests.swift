import Foundation
import Testing

/// The article on troubleshooting quotes messages: all of them are the program's.
@Suite struct TroubleshootingTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The program's texts, with pieces that are joined by `+` joined.
  private static func sources() throws -> String {
    var text = ""
    for module in [
      "SoundFiles", "StyleProfiles", "Restylings", "StyleMethods", "Rendering", "Mastering", "AudioRestyle",
      "restyle",
    ] {
      let folder = root.appendingPathComponent("Sources/\(module)")
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      while let file = files?.nextObject() as? URL {
        if file.pathExtension == "swift" { text += try String(contentsOf: file, encoding: .utf8) }
      }
    }
    return text.replacing(/"\s*\+ "/, with: "")
  }

  /// The messages in the first column of a table.
  private static func messages(under heading: String) throws -> [String] {
    let article = root.appendingPathComponent("Sources/AudioRestyle/AudioRestyle.docc/Troubleshooting.md")
    let text = try String(contentsOf: article, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "## \(heading)\n").last)
    return section.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }.flatMap { line in
      line.components(separatedBy: " | ")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
    }
  }

  @Test func quotedMessagesArePrinted() throws {
    let (messages, sources) = (try Self.messages(under: "What is written"), try Self.sources())
    #expect(messages.count >= 12)
    for message in messages {
      for piece in message.components(separatedBy: "…") {
        let words = piece.trimmingCharacters(in: .whitespaces)
        if words.count > 2 { #expect(sources.contains(words), "\(message): nothing prints “\(words)”") }
      }
    }
  }

  /// Options that are recommended exist.
  @Test func recommendedOptionsExist() throws {
    let article = Self.root.appendingPathComponent(
      "Sources/AudioRestyle/AudioRestyle.docc/Troubleshooting.md")
    let text = try String(contentsOf: article, encoding: .utf8)
    let help = try Workspace().run("help", "apply").text
    let names = Set(text.matches(of: /--[a-z][a-z-]+/).map { String($0.0) })
    #expect(names.count > 5)
    for name in names { #expect(help.contains(name), "\(name)") }
  }
}
