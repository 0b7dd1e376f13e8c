/// A chart of curves over two axes.
public struct Chart: Sendable {
  /// The name of the picture, above it.
  public var title: String
  /// A description of the picture in a sentence, for screen readers.
  public var summary: String
  /// The axis to the right.
  public var x: Axis
  /// The axis upwards.
  public var y: Axis
  /// Areas between two curves, behind all curves.
  public var bands: [Band] = []
  /// The curves; the first one is at the back.
  public var series: [Series] = []
  /// A value of y that a stronger line marks.
  public var base: Double?

  /// Creates a chart without curves.
  public init(_ title: String, x: Axis, y: Axis, summary: String = "") {
    (self.title, self.summary, self.x, self.y) = (title, summary, x, y)
  }

  /// A curve.
  public struct Series: Sendable {
    /// The name in the legend; a curve with an empty name is not in the legend.
    public var name: String
    /// Pairs of values in rising order of x; the curve is broken where one is not finite.
    public var values: [(x: Double, y: Double)]
    /// How the curve is drawn.
    public var stroke: Drawing.Stroke

    /// Creates a curve.
    public init(_ name: String, _ values: [(x: Double, y: Double)], _ stroke: Drawing.Stroke) {
      (self.name, self.values, self.stroke) = (name, values, stroke)
    }
  }

  /// An area between two curves.
  public struct Band: Sendable {
    /// The name in the legend; an area with an empty name is not in the legend.
    public var name: String
    /// Values of x in rising order, with the lower and upper ends of the area there.
    public var values: [(x: Double, low: Double, high: Double)]
    /// The role of the area's colour.
    public var ink: Ink
    /// The opacity of the area, 0 to 1.
    public var opacity: Double

    /// Creates an area.
    public init(
      _ name: String, _ values: [(x: Double, low: Double, high: Double)], _ ink: Ink, opacity: Double = 0.18
    ) {
      (self.name, self.values, self.ink, self.opacity) = (name, values, ink, opacity)
    }
  }

  /// The frame of the drawing, for the drawing's width and height.
  public func frame(width: Double, height: Double) -> Frame {
    Frame(x: x, y: y, width: width, height: height, lines: 1 + legend(width: width).lines)
  }

  /// The chart as a drawing.
  public func drawing(width: Double = 440, height: Double = 260) -> Drawing {
    var drawing = Drawing(width: width, height: height, title: title, summary: summary)
    let frame = frame(width: width, height: height)
    drawing.marks = [Frame.title(title)] + frame.marks()
    if let base, base > y.scale.lower, base < y.scale.upper {
      drawing.marks.append(
        .line([frame.point(x.scale.lower, base), frame.point(x.scale.upper, base)], .init(.muted)))
    }
    for band in bands {
      for values in Self.runs(band.values, isWhole: { ($0.x + $0.low + $0.high).isFinite }) {
        let upper = values.map { frame.point($0.x, held($0.high)) }
        let lower = values.reversed().map { frame.point($0.x, held($0.low)) }
        drawing.marks.append(.area(upper + lower, band.ink, opacity: band.opacity))
      }
    }
    for series in series {
      for values in Self.runs(series.values, isWhole: { ($0.x + $0.y).isFinite }) {
        for line in clipped(values) {
          drawing.marks.append(.line(line.map { frame.point($0.x, $0.y) }, series.stroke))
        }
      }
    }
    drawing.marks += legend(width: width).marks
    return drawing
  }

  private func held(_ value: Double) -> Double { min(y.scale.upper, max(y.scale.lower, value)) }

  private static func runs<Value>(_ values: [Value], isWhole: (Value) -> Bool) -> [[Value]] {
    values.split(whereSeparator: { !isWhole($0) }).map(Array.init)
  }

  /// The parts of a line that lie within the axes.
  private func clipped(_ values: [(x: Double, y: Double)]) -> [[(x: Double, y: Double)]] {
    var lines: [[(x: Double, y: Double)]] = []
    var current: [(x: Double, y: Double)] = []
    for (a, b) in zip(values, values.dropFirst()) {
      guard let part = inside(a, b) else {
        if current.count > 1 { lines.append(current) }
        current = []
        continue
      }
      if let last = current.last, last == part.0 {
        current.append(part.1)
      } else {
        if current.count > 1 { lines.append(current) }
        current = [part.0, part.1]
      }
    }
    if current.count > 1 { lines.append(current) }
    return lines
  }

  /// The part of a straight piece, from a to b, that lies within the axes; nil where there is none.
  private func inside(
    _ a: (x: Double, y: Double), _ b: (x: Double, y: Double)
  ) -> ((x: Double, y: Double), (x: Double, y: Double))? {
    var (start, end) = (0.0, 1.0)
    for (scale, from, to) in [(x.scale, a.x, b.x), (y.scale, a.y, b.y)] {
      let (p, q) = (scale.share(of: from), scale.share(of: to))
      if p == q {
        guard p >= -1e-9, p <= 1 + 1e-9 else { return nil }
        continue
      }
      let (zero, one) = ((0 - p) / (q - p), (1 - p) / (q - p))
      start = max(start, min(zero, one))
      end = min(end, max(zero, one))
    }
    guard start < end else { return nil }
    func between(_ share: Double) -> (x: Double, y: Double) {
      func value(_ scale: Scale, _ from: Double, _ to: Double) -> Double {
        let (p, q) = (scale.share(of: from), scale.share(of: to))
        return scale.value(at: p + share * (q - p))
      }
      return (value(x.scale, a.x, b.x), value(y.scale, a.y, b.y))
    }
    return (start == 0 ? a : between(start), end == 1 ? b : between(end))
  }

  /// The legend, with a sample and the name of each curve and area, and the number of its lines.
  private func legend(width: Double) -> (marks: [Drawing.Mark], lines: Int) {
    var marks: [Drawing.Mark] = []
    var (left, line) = (8.0, 0)
    let named =
      series.filter { !$0.name.isEmpty }.map { ($0.name, $0.stroke, nil as Band?) }
      + bands.filter { !$0.name.isEmpty }.map { ($0.name, Drawing.Stroke($0.ink), $0 as Band?) }
    for (name, stroke, band) in named {
      // System fonts are narrower than the stroke font, whose widths are used here.
      let needed = 26 + StrokeFont.width(name, size: Frame.labelSize) + 14
      if left > 8, left + needed > width {
        (left, line) = (8, line + 1)
      }
      let y = 33 + 16 * Double(line)
      if let band {
        let box = Box(left: left, top: y - 8, width: 20, height: 8)
        marks.append(.area(box.corners, band.ink, opacity: max(0.3, band.opacity)))
      } else {
        marks.append(.line([Point(left, y - 4), Point(left + 20, y - 4)], stroke))
      }
      marks.append(.text(name, at: Point(left + 25, y), .init(size: Frame.labelSize)))
      left += needed
    }
    return (marks, named.isEmpty ? 0 : line + 1)
  }
}
