/// Pixels in true colour, on which lines, areas and images are drawn with smoothed edges.
public struct Raster: Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// Red, green and blue of each pixel, row by row from the top.
  public private(set) var components: [UInt8]

  /// Creates pixels of one colour.
  ///
  /// - Precondition: There is at least one pixel.
  public init(width: Int, height: Int, color: Color) {
    precondition(width > 0 && height > 0, "a raster needs pixels: \(width) × \(height)")
    (self.width, self.height) = (width, height)
    components = [UInt8](repeating: 0, count: 3 * width * height)
    for index in 0..<width * height { set(index, color) }
  }

  /// The colour of a pixel.
  public func color(x: Int, y: Int) -> Color {
    let start = 3 * (y * width + x)
    return Color(
      UInt32(components[start]) << 16 | UInt32(components[start + 1]) << 8 | UInt32(components[start + 2]))
  }

  private mutating func set(_ index: Int, _ color: Color) {
    components[3 * index] = color.red
    components[3 * index + 1] = color.green
    components[3 * index + 2] = color.blue
  }

  private mutating func blend(_ index: Int, _ color: Color, _ share: Float) {
    guard share > 0 else { return }
    func mix(_ place: Int, _ target: UInt8) {
      let value = Float(components[place])
      components[place] = UInt8((value + min(1, share) * (Float(target) - value)).rounded())
    }
    mix(3 * index, color.red)
    mix(3 * index + 1, color.green)
    mix(3 * index + 2, color.blue)
  }

  /// Draws lines with round ends; each pixel takes the colour once, by the share of it that the nearest line covers.
  public mutating func stroke(_ lines: [[Point]], color: Color, width lineWidth: Double) {
    let half = lineWidth / 2
    let all = lines.flatMap(\.self)
    guard let box = pixels(around: all, by: half + 1) else { return }
    let columns = box.x.count
    var cover = [Float](repeating: 0, count: columns * box.y.count)
    for line in lines {
      let ends = line.count == 1 ? [(line[0], line[0])] : Array(zip(line, line.dropFirst()))
      for (a, b) in ends {
        guard let near = pixels(around: [a, b], by: half + 1) else { continue }
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let square = dx * dx + dy * dy
        for y in near.y {
          for x in near.x {
            let (px, py) = (Double(x) + 0.5 - a.x, Double(y) + 0.5 - a.y)
            let along = square > 0 ? min(1, max(0, (px * dx + py * dy) / square)) : 0
            let (ex, ey) = (px - along * dx, py - along * dy)
            let distance = (ex * ex + ey * ey).squareRoot()
            let share = Float(min(1, max(0, half + 0.5 - distance)) * min(1, lineWidth))
            let place = (y - box.y.lowerBound) * columns + x - box.x.lowerBound
            cover[place] = max(cover[place], share)
          }
        }
      }
    }
    for y in box.y {
      for x in box.x {
        let share = cover[(y - box.y.lowerBound) * columns + x - box.x.lowerBound]
        blend(y * width + x, color, share)
      }
    }
  }

  /// Fills a polygon by the even-odd rule, each pixel by the share of it that is inside.
  public mutating func fill(_ points: [Point], color: Color, opacity: Double = 1) {
    guard points.count > 2, let box = pixels(around: points, by: 0) else { return }
    var cover = [Float](repeating: 0, count: box.x.count)
    let edges = Array(zip(points, points.dropFirst() + [points[0]])).filter { $0.y != $1.y }
    for y in box.y {
      for index in cover.indices { cover[index] = 0 }
      for part in 0..<Self.parts {
        let level = Double(y) + (Double(part) + 0.5) / Double(Self.parts)
        let crossings = edges.compactMap { a, b -> Double? in
          guard (a.y <= level) != (b.y <= level) else { return nil }
          return a.x + (level - a.y) / (b.y - a.y) * (b.x - a.x)
        }.sorted()
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          cover.add(from: crossings[pair], to: crossings[pair + 1], firstColumn: box.x.lowerBound)
        }
      }
      for (index, x) in box.x.enumerated() {
        blend(y * width + x, color, cover[index] / Float(Self.parts) * Float(opacity))
      }
    }
  }

  /// The number of scan lines per pixel.
  private static let parts = 4

  /// Draws an image into a box; each pixel takes the nearest pixel of the image.
  public mutating func draw(_ image: IndexedImage, in box: Box) {
    let edges = box.corners.map { Point($0.x.rounded(), $0.y.rounded()) }
    let (left, top, right, bottom) = (Int(edges[0].x), Int(edges[0].y), Int(edges[2].x), Int(edges[2].y))
    guard right > left, bottom > top else { return }
    for y in max(0, top)..<max(max(0, top), min(height, bottom)) {
      let row = (2 * (y - top) + 1) * image.height / (2 * (bottom - top))
      for x in max(0, left)..<max(max(0, left), min(width, right)) {
        let column = (2 * (x - left) + 1) * image.width / (2 * (right - left))
        set(y * width + x, image.color(x: column, y: row))
      }
    }
  }

  /// The pixels within a margin around points; nil where there are none.
  private func pixels(around points: [Point], by margin: Double) -> (x: Range<Int>, y: Range<Int>)? {
    func range(_ values: [Double], _ count: Int) -> Range<Int>? {
      guard let low = values.min(), let high = values.max(), low.isFinite, high.isFinite else { return nil }
      let lower = max(0, (low - margin).rounded(.down))
      let upper = min(Double(count), (high + margin).rounded(.up))
      return lower < upper ? Int(lower)..<Int(upper) : nil
    }
    guard let x = range(points.map(\.x), width), let y = range(points.map(\.y), height) else { return nil }
    return (x, y)
  }
}

extension [Float] {
  /// Adds to each column the length of a horizontal piece within it.
  fileprivate mutating func add(from start: Double, to end: Double, firstColumn: Int) {
    let low = Swift.max(0, start - Double(firstColumn))
    let high = Swift.min(Double(count), end - Double(firstColumn))
    guard low < high else { return }
    for column in Int(low)..<Swift.min(count, Int(high.rounded(.up))) {
      self[column] += Float(Swift.min(high, Double(column + 1)) - Swift.max(low, Double(column)))
    }
  }
}
