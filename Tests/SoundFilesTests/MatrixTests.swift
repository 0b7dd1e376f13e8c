import Foundation
import SoundFiles
import Testing

@Suite struct MatrixTests {
  /// The article's table of formats is the one that the code goes by.
  @Test func theArticleShowsTheMatrix() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let article = root.appendingPathComponent("Sources/SoundFiles/SoundFiles.docc/FileFormats.md")
    let page = try String(contentsOf: article, encoding: .utf8)
    let start = try #require(page.range(of: "<!-- matrix -->\n")).upperBound
    let end = try #require(page.range(of: "\n<!-- end of matrix -->")).lowerBound
    let table = start <= end ? String(page[start..<end]) : ""
    #expect(table == FormatCapability.markdownTable.trimmingCharacters(in: .newlines))
  }
}
