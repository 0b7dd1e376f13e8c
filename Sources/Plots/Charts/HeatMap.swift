import Foundation

/// Values over two axes as colours: a spectrogram.
public struct HeatMap: Sendable {
  /// The name of the picture, above it.
  public var title: String
  /// A description of the picture in a sentence, for screen readers.
  public var summary: String
  /// The axis to the right.
  public var x: Axis
  /// The axis upwards.
  public var y: Axis
  /// The values of the darkest and the brightest colour.
  public var levels: ClosedRange<Double>
  /// The title of the colour bar.
  public var levelTitle: String
  /// The number of columns.
  public let columns: Int
  /// The values, row by row from the top; those that are not finite have the darkest colour.
  public let values: [Float]

  /// Creates a heat map.
  ///
  /// - Precondition: The values make whole rows, at least one, and the levels rise.
  public init(
    _ title: String, columns: Int, values: [Float], x: Axis, y: Axis, levels: ClosedRange<Double>,
    levelTitle: String = "dB", summary: String = ""
  ) {
    precondition(columns > 0 && !values.isEmpty && values.count % columns == 0, "a heat map needs whole rows")
    precondition(levels.lowerBound < levels.upperBound, "the levels of a heat map must rise, found \(levels)")
    (self.title, self.summary, self.x, self.y) = (title, summary, x, y)
    (self.columns, self.values, self.levels, self.levelTitle) = (columns, values, levels, levelTitle)
  }

  /// The number of rows.
  public var rows: Int { values.count / columns }

  /// The values as pixels, in steps of 1/80 of the levels' range, so that files are small.
  public var image: IndexedImage {
    let (lowest, range) = (levels.lowerBound, levels.upperBound - levels.lowerBound)
    let pixels = values.map { value in
      let share = (Double(value) - lowest) / range
      return UInt8(((share.isNaN ? 0 : min(1, max(0, share))) * Double(Self.steps)).rounded())
    }
    return IndexedImage(width: columns, height: rows, pixels: pixels, colors: Self.colors)
  }

  private static let steps = 80
  private static let colors = (0...steps).map { ColorMap.heat.colors[$0 * 255 / steps] }

  /// The frame of the drawing, for the drawing's width and height.
  public func frame(width: Double, height: Double) -> Frame {
    Frame(x: x, y: y, width: width, height: height, lines: 1, margin: Self.barMargin)
  }

  private static let barMargin = 46.0

  /// The values as a drawing, with a bar that explains the colours.
  public func drawing(width: Double = 440, height: Double = 240) -> Drawing {
    var drawing = Drawing(width: width, height: height, title: title, summary: summary)
    let frame = frame(width: width, height: height)
    drawing.marks = [Frame.title(title), .image(image, in: frame.box)]
    drawing.marks += frame.marks(hasGrid: false)
    let bar = Box(left: frame.box.right + 10, top: frame.box.top, width: 10, height: frame.box.height)
    let colors = IndexedImage(
      width: 1, height: Self.steps + 1, pixels: (0...Self.steps).reversed().map(UInt8.init),
      colors: Self.colors)
    drawing.marks.append(.image(colors, in: bar))
    let scale = Scale.linear(levels)
    let axis = Axis(scale, .number, title: levelTitle)
    for value in scale.ticks(atMost: max(2, Int(bar.height / 24))) {
      let y = bar.bottom - scale.share(of: value) * bar.height
      drawing.marks.append(
        .text(axis.label(value), at: Point(bar.right + 4, y + 4), .init(.muted, size: Frame.labelSize)))
    }
    drawing.marks.append(
      .text(
        levelTitle, at: Point(width - 4, 17), .init(.muted, size: Frame.labelSize, anchor: .end)))
    return drawing
  }
}
