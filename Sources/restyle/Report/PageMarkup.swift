import Foundation
import Plots

/// Pieces of HTML; every text is escaped here.
enum PageMarkup {
  /// An element with text.
  static func element(_ name: String, _ text: String, _ attributes: KeyValuePairs<String, String> = [:])
    -> String
  {
    "<\(name)\(list(attributes))>\(Markup.escaped(text))</\(name)>"
  }

  /// Attributes with their values.
  static func list(_ attributes: KeyValuePairs<String, String>) -> String {
    attributes.map { " \($0.key)=\"\(Markup.escaped($0.value))\"" }.joined()
  }

  /// A table.
  ///
  /// - Parameters:
  ///   - caption: What the table shows.
  ///   - header: The names of the columns.
  ///   - rows: Cells of HTML, of which the first is the row's name.
  ///   - numbers: The columns that hold numbers.
  static func table(
    _ caption: String, header: [String], rows: [[String]], numbers: Set<Int> = []
  ) -> String {
    func open(_ tag: String, _ column: Int, _ more: String = "") -> String {
      "<\(tag)\(more)\(numbers.contains(column) ? " class=\"number\"" : "")>"
    }
    let head = header.enumerated().map {
      open("th", $0, " scope=\"col\"") + Markup.escaped($1) + "</th>"
    }.joined()
    let body = rows.map { row in
      "<tr>"
        + row.enumerated().map { column, cell in
          column == 0
            ? "<th scope=\"row\">\(cell)</th>" : open("td", column) + cell + "</td>"
        }.joined() + "</tr>"
    }.joined(separator: "\n")
    return
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(Markup.escaped(caption))\"><table>"
      + element("caption", caption) + "<thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>\n"
  }

  /// A picture with what it shows.
  static func figure(_ drawing: Drawing, id: String, caption: String) -> String {
    "<figure>\(drawing.svg(theme: .page, id: id))" + element("figcaption", caption) + "</figure>\n"
  }

  /// Data that a program can read from the page.
  static func data(_ value: some Encodable, id: String, name: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let json = String(decoding: try encoder.encode(value), as: UTF8.self)
    return
      "<script type=\"application/json\" id=\"\(Markup.escaped(id))\">\(Markup.scriptData(json: json))</script>\n"
      + "<details data-json=\"\(Markup.escaped(id))\"><summary>\(Markup.escaped(name))</summary>"
      + "<pre tabindex=\"0\"></pre></details>\n"
  }

  /// The start of a page.
  static func head(title: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
    <link rel="icon" href="data:,">
    <title>\(Markup.escaped(title))</title>
    <style>\(PageStyle.text)</style>
    </head>
    <body>
    <a class="skip" href="#main">To the content</a>

    """
  }

  /// The end of a page.
  static let foot = "<script>\(PageScript.text)</script>\n</body>\n</html>\n"
}
