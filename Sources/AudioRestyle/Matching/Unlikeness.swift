/// How unlike the sounds of two recordings are, whatever their tone and level.
///
/// A filter moves the shapes of all frames alike, and a gain moves no shape: neither changes how far the bands of the shapes
/// spread about their means. Another voice, another instrument or another piece does. So the spreads of two recordings,
/// band by band, tell them apart where means cannot.
enum Unlikeness {
  /// The root mean square over the bands of σ_style − σ_content in dB, of the frames' shapes; 0 without frames.
  static func decibels(content: FrameRows, style: FrameRows) -> Double {
    guard content.count > 0, style.count > 0, content.width > 0 else { return 0 }
    let squares = zip(content.shapes.spread, style.shapes.spread).map { ($1 - $0) * ($1 - $0) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  /// From 0, fully trusted, to 1, for a number of ``decibels(content:style:)``.
  static func doubt(_ decibels: Double) -> Double {
    (range.nearest(to: decibels) - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// Halves of the same recordings lie mostly below, and other voices and pieces above the middle of it.
  private static let range = 1.8...3.0
}
