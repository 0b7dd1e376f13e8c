extension Drawing {
  /// The picture as PNG.
  ///
  /// - Parameters:
  ///   - theme: The theme of the colours.
  ///   - scale: The number of pixels per unit.
  public func png(theme: Theme = .light, scale: Double = 2) -> [UInt8] {
    PNG.encode(raster(theme: theme, scale: scale))
  }

  /// The picture as pixels.
  public func raster(theme: Theme = .light, scale: Double = 2) -> Raster {
    func scaled(_ points: [Point]) -> [Point] { points.map { Point($0.x * scale, $0.y * scale) } }
    var raster = Raster(
      width: max(1, Int((width * scale).rounded())), height: max(1, Int((height * scale).rounded())),
      color: Ink.paper.color(in: theme))
    for mark in marks {
      switch mark {
      case .line(let points, let stroke):
        let lines = stroke.dashes.isEmpty ? [points] : Self.dashed(points, stroke.dashes)
        raster.stroke(
          lines.map(scaled), color: stroke.ink.color(in: theme), width: stroke.width * scale)
      case .area(let points, let ink, let opacity):
        raster.fill(scaled(points), color: ink.color(in: theme), opacity: opacity)
      case .text(let text, let point, let style):
        raster.stroke(
          StrokeFont.lines(text, at: point, style).map(scaled), color: style.ink.color(in: theme),
          width: style.size * scale * (style.isBold ? 0.125 : 0.085))
      case .image(let image, let box):
        raster.draw(
          image,
          in: Box(
            left: box.left * scale, top: box.top * scale, width: box.width * scale,
            height: box.height * scale))
      }
    }
    return raster
  }

  /// The pieces of lines that dashes cover.
  static func dashed(_ points: [Point], _ dashes: [Double]) -> [[Point]] {
    guard let first = points.first, dashes.allSatisfy({ $0 > 0 }) else { return [points] }
    var pieces: [[Point]] = []
    var (piece, index, left) = ([first], 0, dashes[0])
    for (start, end) in zip(points, points.dropFirst()) {
      let (dx, dy) = (end.x - start.x, end.y - start.y)
      let length = (dx * dx + dy * dy).squareRoot()
      var done = 0.0
      while length - done > left {
        done += left
        let point = Point(start.x + done / length * dx, start.y + done / length * dy)
        // Dashes have even indices, gaps odd ones.
        if index % 2 == 0 { pieces.append(piece + [point]) }
        piece = [point]
        index += 1
        left = dashes[index % dashes.count]
      }
      left -= length - done
      if index % 2 == 0 { piece.append(end) }
    }
    if index % 2 == 0, piece.count > 1 { pieces.append(piece) }
    return pieces
  }
}
