import Foundation
import Plots

/// Pieces of HTML, with every text escaped.
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
  ///   - caption: The caption.
  ///   - header: The names of the columns.
  ///   - rows: The cells as HTML; the first of a row is its name.
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

  /// A picture with its caption.
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

/// The style sheet of pages.
enum PageStyle {
  static let text =
    """
    :root{color-scheme:light dark;--paper:\(Ink.paper.color(in: .light).hex);\
    --text:\(Ink.text.color(in: .light).hex);--muted:\(Ink.muted.color(in: .light).hex);\
    --line:\(Ink.grid.color(in: .light).hex);--soft:#f4f6f8;--content:\(Ink.first.color(in: .light).hex);\
    --style:\(Ink.second.color(in: .light).hex);--result:\(Ink.third.color(in: .light).hex);--warn:#fff4d6}
    @media (prefers-color-scheme:dark){:root{--paper:\(Ink.paper.color(in: .dark).hex);\
    --text:\(Ink.text.color(in: .dark).hex);--muted:\(Ink.muted.color(in: .dark).hex);\
    --line:\(Ink.grid.color(in: .dark).hex);--soft:#1f242a;--content:\(Ink.first.color(in: .dark).hex);\
    --style:\(Ink.second.color(in: .dark).hex);--result:\(Ink.third.color(in: .dark).hex);--warn:#3a3014}
    \(Drawing.rules(theme: .dark))}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--text);font:16px/1.5 system-ui,sans-serif;\
    overflow-wrap:anywhere}
    main,header,footer{max-width:1180px;margin:0 auto;padding:0 16px}
    h1{font-size:1.5rem;line-height:1.25;margin:1.2rem 0 .3rem}
    h2{font-size:1.25rem;line-height:1.3;margin:2.2rem 0 .3rem;padding-top:1rem;border-top:1px solid var(--line)}
    h3{font-size:1rem;margin:1.4rem 0 .4rem}
    p{margin:.3rem 0 .6rem;max-width:75ch}
    .muted,figcaption{color:var(--muted);font-size:.9rem}
    a{color:var(--result)}
    .skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--paper);padding:4px 8px}
    :focus-visible{outline:3px solid var(--result);outline-offset:2px}
    .pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:14px}
    .pictures.three{grid-template-columns:repeat(auto-fit,minmax(min(100%,350px),1fr))}
    figure{margin:0;min-width:0;max-width:640px}
    figure svg{display:block;width:100%;height:auto}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%;font-size:.95rem}
    caption{text-align:left;color:var(--muted);font-size:.9rem;padding:2px 0}
    th,td{overflow-wrap:normal;text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
    td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
    td.chosen{font-weight:600}
    .warnings{background:var(--warn);border-radius:6px;padding:8px 12px 8px 30px;margin:.6rem 0}
    .player{background:var(--soft);border-radius:8px;padding:10px 12px;margin:.8rem 0}
    .controls{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center}
    .controls fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:6px}
    .controls legend{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
    button,.track span{font:inherit;color:var(--text);background:var(--paper);border:1px solid var(--muted);\
    border-radius:6px;padding:5px 12px;min-height:36px;cursor:pointer;display:inline-block}
    .play{min-width:6.5rem;font-weight:600}
    .track input{position:absolute;opacity:0;width:1px;height:1px}
    .track input:checked+span{background:var(--ink);border-color:var(--ink);color:var(--paper);font-weight:600}
    .track input:focus-visible+span{outline:3px solid var(--result);outline-offset:2px}
    .seek{width:100%;margin:10px 0 4px;accent-color:var(--result);min-height:24px}
    .time{font-variant-numeric:tabular-nums;min-width:7.5rem}
    .wave{display:grid;grid-template-columns:4.6rem 1fr;align-items:center;gap:8px;margin:4px 0;font-size:.85rem}
    .wave .picture{position:relative;min-width:0;cursor:pointer}
    .wave svg{display:block;width:100%;height:44px}
    .wave .part{position:absolute;top:0;bottom:0;background:var(--result);opacity:.16;border-radius:2px}
    .wave .head{position:absolute;top:0;bottom:0;width:2px;background:var(--text);display:none}
    .hint{font-size:.85rem;color:var(--muted);margin:6px 0 0}
    details{margin:.8rem 0}summary{cursor:pointer;font-weight:600}
    pre{background:var(--soft);padding:10px;max-height:26rem;overflow:auto;font-size:.8rem;overflow-wrap:normal}
    footer{margin-top:2.5rem;padding-bottom:2rem;color:var(--muted);font-size:.9rem}
    @media (max-width:480px){body{font-size:15px}main,header,footer{padding:0 10px}\
    .wave{grid-template-columns:1fr;gap:0}.player{padding:8px}}
    @media print{.player,.skip{display:none}}
    """
}
