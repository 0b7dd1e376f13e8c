/// A waveform: the extent of samples over time, as one area about a middle line.
public struct Waveform: Sendable {
  /// The name of the picture for screen readers.
  public var title: String
  /// The lowest and highest sample of each column, within ±1.
  public var columns: [ClosedRange<Float>]
  /// The role of the area's colour.
  public var ink: Ink
  /// The magnitude of samples at the picture's upper and lower edges.
  public var fullScale: Float

  /// Creates a waveform.
  public init(_ title: String, columns: [ClosedRange<Float>], ink: Ink, fullScale: Float = 1) {
    (self.title, self.columns, self.ink, self.fullScale) = (title, columns, ink, max(fullScale, 1e-9))
  }

  /// The picture, without axes.
  public func drawing(width: Double = 400, height: Double = 48) -> Drawing {
    var drawing = Drawing(width: width, height: height, title: title)
    drawing.isStretched = true
    guard !columns.isEmpty else { return drawing }
    func y(_ sample: Float) -> Double {
      let share = Double(min(1, max(-1, sample / fullScale)))
      return height / 2 - share * (height / 2 - 1)
    }
    let step = width / Double(columns.count)
    let middles = columns.indices.map { (Double($0) + 0.5) * step }
    // The area is at least half a unit thick, so that silence is a line.
    let upper = zip(middles, columns).map { Point($0, min(y($1.upperBound), height / 2 - 0.25)) }
    let lower = zip(middles, columns).map { Point($0, max(y($1.lowerBound), height / 2 + 0.25)) }
    drawing.marks = [.area(upper + lower.reversed(), ink, opacity: 1)]
    return drawing
  }
}
