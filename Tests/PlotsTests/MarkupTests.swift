import Foundation
import Testing

@testable import Plots

@Suite struct MarkupTests {
  private static let hostile =
    "</script><img src=x onerror=\"alert('1')\">&amp;\u{0}\u{1B}\u{202E}\u{2028}<!--"

  @Test func textStaysText() {
    let escaped = Markup.escaped(Self.hostile)
    #expect(!escaped.contains { "<>\"'\u{0}\u{1B}\u{202E}".contains($0) })
    #expect(
      escaped.hasPrefix("&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;"))
    #expect(Markup.escaped("Käse → 1\n\t") == "Käse → 1\n\t")
  }

  /// SVG with names from outside is well-formed XML, in which they are text.
  @Test func drawingsAreXML() throws {
    var chart = Chart(Self.hostile, x: .frequency(), y: .decibels(-6...6), summary: Self.hostile)
    chart.series = [Chart.Series(Self.hostile, [(20, 0), (20_000, 1)], .init(.first))]
    for theme in [Drawing.SVGTheme.automatic, .page, .fixed(.dark)] {
      let svg = chart.drawing().svg(theme: theme, id: Self.hostile)
      let counts = try #require(TagReader(svg))
      #expect(counts.names.subtracting(["svg", "title", "desc", "style", "path", "text"]).isEmpty)
    }
  }

  @Test func dataStayTheirValues() throws {
    let values = ["name": Self.hostile, "other": "a < b && c > d \u{2029}"]
    let json = String(decoding: try JSONEncoder().encode(values), as: UTF8.self)
    let data = Markup.scriptData(json: json)
    #expect(!data.contains("<") && !data.contains(">") && !data.contains("&") && !data.contains("\u{2028}"))
    #expect(try JSONDecoder().decode([String: String].self, from: Data(data.utf8)) == values)
  }

  @Test func numbersAreShort() {
    let numbers = [0, -0.001, 1.005, -2.5, 3.14159, 100, 1e13, .nan, 0.05]
    #expect(numbers.map(Markup.number) == ["0", "0", "1", "-2.5", "3.14", "100", "0", "0", "0.05"])
  }
}

/// The tags of a text, where each is closed in order and all quotes end.
private struct TagReader {
  var names: Set<String> = []

  init?(_ text: String) {
    var open: [String] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      guard !rest[..<start].contains(">"), let end = rest[start...].firstIndex(of: ">") else { return nil }
      let tag = rest[rest.index(after: start)..<end]
      guard tag.count(where: { $0 == "\"" }) % 2 == 0, !tag.contains("<") else { return nil }
      let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter })
      names.insert(name)
      if tag.hasPrefix("/") {
        guard open.popLast() == name else { return nil }
      } else if !tag.hasSuffix("/") {
        open.append(name)
      }
      rest = rest[rest.index(after: end)...]
    }
    guard open.isEmpty else { return nil }
  }
}
