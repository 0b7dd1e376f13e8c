/// A point of a drawing: x to the right, y downwards, in units of about a pixel.
public struct Point: Hashable, Sendable {
  /// The distance to the right.
  public var x: Double
  /// The distance downwards.
  public var y: Double

  /// Creates a point.
  public init(_ x: Double, _ y: Double) {
    (self.x, self.y) = (x, y)
  }
}

/// A rectangle of a drawing.
public struct Box: Hashable, Sendable {
  /// The left edge.
  public var left: Double
  /// The upper edge.
  public var top: Double
  /// The extent to the right.
  public var width: Double
  /// The extent downwards.
  public var height: Double

  /// Creates a rectangle.
  public init(left: Double, top: Double, width: Double, height: Double) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  /// The right edge.
  public var right: Double { left + width }
  /// The lower edge.
  public var bottom: Double { top + height }

  /// The corners, clockwise.
  public var corners: [Point] {
    [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]
  }
}

/// A picture as marks, before it is written as SVG or PNG.
public struct Drawing: Sendable {
  /// The width in units.
  public var width: Double
  /// The height in units.
  public var height: Double
  /// The name of the picture in a few words, for screen readers.
  public var title: String
  /// A description of the picture in a sentence, for screen readers.
  public var summary: String
  /// Whether an SVG fills the space around it, at the cost of its proportions.
  public var isStretched = false
  /// The marks; the first one is at the back.
  public var marks: [Mark] = []

  /// Creates an empty drawing.
  public init(width: Double, height: Double, title: String, summary: String = "") {
    (self.width, self.height, self.title, self.summary) = (width, height, title, summary)
  }

  /// A mark of a drawing.
  public enum Mark: Sendable {
    /// Straight lines from point to point.
    case line([Point], Stroke)
    /// A filled polygon.
    case area([Point], Ink, opacity: Double)
    /// Text whose baseline lies at a point.
    case text(String, at: Point, TextStyle)
    /// An image that fills a box.
    case image(IndexedImage, in: Box)
  }

  /// How a line is drawn.
  public struct Stroke: Hashable, Sendable {
    /// The role of the line's colour.
    public var ink: Ink
    /// The line's width in units.
    public var width: Double
    /// The lengths of dashes and gaps in turn, in units; empty for a solid line.
    public var dashes: [Double]

    /// Creates a stroke.
    public init(_ ink: Ink, width: Double = 1, dashes: [Double] = []) {
      (self.ink, self.width, self.dashes) = (ink, width, dashes)
    }
  }

  /// How a text is set.
  public struct TextStyle: Hashable, Sendable {
    /// The role of the text's colour.
    public var ink: Ink
    /// The size of the font in units.
    public var size: Double
    /// The part of the text that is at its point.
    public var anchor: Anchor
    /// Whether the text is bold.
    public var isBold: Bool
    /// Whether the text runs upwards.
    public var isUpright: Bool

    /// Creates a style.
    public init(
      _ ink: Ink = .text, size: Double = 12, anchor: Anchor = .start, isBold: Bool = false,
      isUpright: Bool = false
    ) {
      (self.ink, self.size, self.anchor, self.isBold) = (ink, size, anchor, isBold)
      self.isUpright = isUpright
    }
  }

  /// The part of a text that is at its point.
  public enum Anchor: String, Hashable, Sendable {
    /// The text's start.
    case start
    /// The text's middle.
    case middle
    /// The text's end.
    case end
  }
}

/// An image of at most 256 colours.
public struct IndexedImage: Hashable, Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// The index of each pixel's colour, row by row from the top.
  public let pixels: [UInt8]
  /// The colours.
  public let colors: [Color]

  /// Creates an image.
  ///
  /// - Precondition: There are `width · height` pixels, at least one, and 1 to 256 colours; every pixel is an index of
  ///   one.
  public init(width: Int, height: Int, pixels: [UInt8], colors: [Color]) {
    precondition(width > 0 && height > 0, "an image needs pixels: \(width) × \(height)")
    precondition(pixels.count == width * height, "expected \(width * height) pixels, found \(pixels.count)")
    precondition((1...256).contains(colors.count), "expected 1 to 256 colours, found \(colors.count)")
    precondition(pixels.allSatisfy { Int($0) < colors.count }, "a pixel has none of the colours")
    (self.width, self.height, self.pixels, self.colors) = (width, height, pixels, colors)
  }

  /// The colour of a pixel.
  public func color(x: Int, y: Int) -> Color { colors[Int(pixels[y * width + x])] }
}

extension Drawing {
  /// The drawing with another one beneath it.
  public func above(_ other: Drawing) -> Drawing {
    var result = Drawing(
      width: max(width, other.width), height: height + other.height, title: title,
      summary: [summary, other.summary].filter { !$0.isEmpty }.joined(separator: " "))
    result.marks = marks + other.marks.map { $0.moved(down: height) }
    return result
  }
}

extension Drawing.Mark {
  fileprivate func moved(down distance: Double) -> Drawing.Mark {
    func moved(_ points: [Point]) -> [Point] { points.map { Point($0.x, $0.y + distance) } }
    switch self {
    case .line(let points, let stroke): return .line(moved(points), stroke)
    case .area(let points, let ink, let opacity): return .area(moved(points), ink, opacity: opacity)
    case .text(let text, let point, let style): return .text(text, at: moved([point])[0], style)
    case .image(let image, var box):
      box.top += distance
      return .image(image, in: box)
    }
  }
}
