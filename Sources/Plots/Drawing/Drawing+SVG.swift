import Foundation

extension Drawing {
  /// How the colours of an SVG are chosen.
  public enum SVGTheme: Hashable, Sendable {
    /// The colours of one theme.
    case fixed(Theme)
    /// Light colours, and dark ones where the reader prefers them.
    case automatic
    /// Light colours, with classes (`fill-first`, `line-first` …) for which the page around the picture has rules.
    case page
  }

  /// The picture as SVG.
  ///
  /// - Parameters:
  ///   - theme: How colours are chosen.
  ///   - id: A name that is unique on its page; it links the title for screen readers.
  public func svg(theme: SVGTheme = .automatic, id: String = "picture") -> String {
    let colors: Theme
    if case .fixed(let fixed) = theme { colors = fixed } else { colors = .light }
    let isInPage = theme == .page
    var out = SVGText(colors: colors, hasClasses: theme != .fixed(colors))
    let (title, id) = (Markup.escaped(title), Markup.escaped(id))
    out.text += "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Markup.number(width)) "
    out.text += "\(Markup.number(height))\""
    if !isInPage { out.text += " width=\"\(Markup.number(width))\" height=\"\(Markup.number(height))\"" }
    if isStretched { out.text += " preserveAspectRatio=\"none\"" }
    out.text += " role=\"img\" aria-labelledby=\"\(id)-title\(summary.isEmpty ? "" : " \(id)-summary")\""
    out.text += " font-family=\"system-ui, sans-serif\">"
    out.text += "<title id=\"\(id)-title\">\(title)</title>"
    if !summary.isEmpty { out.text += "<desc id=\"\(id)-summary\">\(Markup.escaped(summary))</desc>" }
    if theme == .automatic {
      out.text += "<style>@media (prefers-color-scheme: dark) {\(Self.rules(theme: .dark))}</style>"
    }
    if !isInPage {
      out.fill(Box(left: 0, top: 0, width: width, height: height).corners, .paper, opacity: 1)
    }
    for mark in marks { out.add(mark) }
    out.text += "</svg>"
    return out.text
  }

  /// The rules of a style sheet that give the classes of inks the colours of a theme.
  public static func rules(theme: Theme) -> String {
    Ink.allCases.map { ink in
      let color = ink.color(in: theme).hex
      return ".fill-\(ink.rawValue){fill:\(color)}.line-\(ink.rawValue){stroke:\(color)}"
    }.joined()
  }
}

/// The text of an SVG under construction.
private struct SVGText {
  let colors: Theme
  let hasClasses: Bool
  var text = ""

  mutating func add(_ mark: Drawing.Mark) {
    switch mark {
    case .line(let points, let stroke): line(points, stroke)
    case .area(let points, let ink, let opacity): fill(points, ink, opacity: opacity)
    case .text(let string, let point, let style): write(string, point, style)
    case .image(let image, let box):
      text += "<image x=\"\(Markup.number(box.left))\" y=\"\(Markup.number(box.top))\" "
      text += "width=\"\(Markup.number(box.width))\" height=\"\(Markup.number(box.height))\" "
      text += "preserveAspectRatio=\"none\" image-rendering=\"auto\" "
      text += "href=\"data:image/png;base64,\(Data(PNG.encode(image)).base64EncodedString())\"/>"
    }
  }

  private func paint(_ kind: String, _ attribute: String, _ ink: Ink) -> String {
    (hasClasses ? " class=\"\(kind)-\(ink.rawValue)\"" : "")
      + " \(attribute)=\"\(ink.color(in: colors).hex)\""
  }

  private mutating func line(_ points: [Point], _ stroke: Drawing.Stroke) {
    guard points.count > 1 else { return }
    text += "<path fill=\"none\"" + paint("line", "stroke", stroke.ink)
    if stroke.width != 1 { text += " stroke-width=\"\(Markup.number(stroke.width))\"" }
    if !stroke.dashes.isEmpty {
      text += " stroke-dasharray=\"\(stroke.dashes.map(Markup.number).joined(separator: " "))\""
    }
    text += " stroke-linejoin=\"round\" d=\"" + Self.path(points) + "\"/>"
  }

  mutating func fill(_ points: [Point], _ ink: Ink, opacity: Double) {
    guard points.count > 2 else { return }
    text += "<path" + paint("fill", "fill", ink)
    if opacity < 1 { text += " fill-opacity=\"\(Markup.number(opacity))\"" }
    text += " d=\"" + Self.path(points) + "Z\"/>"
  }

  private mutating func write(_ string: String, _ point: Point, _ style: Drawing.TextStyle) {
    let (x, y) = (Markup.number(point.x), Markup.number(point.y))
    text += "<text x=\"\(x)\" y=\"\(y)\"" + paint("fill", "fill", style.ink)
    text += " font-size=\"\(Markup.number(style.size))\""
    if style.anchor != .start { text += " text-anchor=\"\(style.anchor.rawValue)\"" }
    if style.isBold { text += " font-weight=\"600\"" }
    if style.isUpright { text += " transform=\"rotate(-90 \(x) \(y))\"" }
    text += ">\(Markup.escaped(string))</text>"
  }

  private static func path(_ points: [Point]) -> String {
    var result = ""
    for (index, point) in points.enumerated() {
      result += (index == 0 ? "M" : index == 1 ? "L" : " ") + Markup.number(point.x) + " "
      result += Markup.number(point.y)
    }
    return result
  }
}
