/// The part of a drawing that holds the data, with its axes.
public struct Frame: Sendable {
  /// The rectangle of the data.
  public let box: Box
  /// The axis to the right.
  public let x: Axis
  /// The axis upwards.
  public let y: Axis

  /// The sizes of fonts, in units.
  static let (titleSize, labelSize) = (13.0, 11.0)
  private static let (left, bottom, right) = (46.0, 36.0, 12.0)
  private static let lineHeight = 16.0

  /// Creates the frame within a drawing.
  ///
  /// - Parameters:
  ///   - width: The drawing's width.
  ///   - height: The drawing's height.
  ///   - lines: The number of lines of title and legend above the data.
  ///   - margin: The width that is left free at the right.
  init(x: Axis, y: Axis, width: Double, height: Double, lines: Int, margin: Double = 0) {
    let top = 14 + Self.lineHeight * Double(lines)
    box = Box(
      left: Self.left, top: top, width: max(10, width - Self.left - Self.right - margin),
      height: max(10, height - top - Self.bottom))
    (self.x, self.y) = (x, y)
  }

  /// The point of a pair of values.
  public func point(_ x: Double, _ y: Double) -> Point {
    Point(
      box.left + self.x.scale.share(of: x) * box.width, box.bottom - self.y.scale.share(of: y) * box.height)
  }

  /// The lines behind the data, with numbers, and the titles of the axes.
  func marks(hasGrid: Bool = true) -> [Drawing.Mark] {
    var marks: [Drawing.Mark] = []
    let number = Drawing.TextStyle(.muted, size: Self.labelSize, anchor: .middle)
    for value in x.ticks(atMost: max(2, Int(box.width / 36))) {
      let place = point(value, y.scale.lower).x
      if hasGrid { marks.append(.line([Point(place, box.top), Point(place, box.bottom)], .init(.grid))) }
      marks.append(.text(x.label(value), at: Point(place, box.bottom + 14), number))
    }
    var side = number
    side.anchor = .end
    for value in y.ticks(atMost: max(2, Int(box.height / 18))) {
      let place = point(x.scale.lower, value).y
      if hasGrid { marks.append(.line([Point(box.left, place), Point(box.right, place)], .init(.grid))) }
      marks.append(.text(y.label(value), at: Point(box.left - 5, place + 4), side))
    }
    marks.append(.text(x.title, at: Point(box.left + box.width / 2, box.bottom + 30), number))
    var upright = number
    upright.isUpright = true
    marks.append(.text(y.title, at: Point(12, box.top + box.height / 2), upright))
    return marks
  }

  /// The title of a drawing.
  static func title(_ text: String) -> Drawing.Mark {
    .text(text, at: Point(8, 17), .init(size: titleSize, isBold: true))
  }
}
