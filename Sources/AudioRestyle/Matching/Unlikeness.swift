/// How unlike the sounds of two recordings are, whatever their tone and level.
///
/// Two things are told by what was recorded, and hardly by equipment. A filter moves the shapes of all frames alike, and a gain
/// moves no shape: neither changes how far the bands of the shapes spread about their means. And neither moves the lines that
/// notes and voices draw into a ``FineSpectrum``. Another voice, another instrument or another piece does both.
struct Unlikeness {
  /// The root mean square over the bands of σ_style − σ_content in dB, of the frames' shapes; 0 without frames.
  let decibels: Double
  /// How far the lines of the two fine spectra agree; `nil` where it is not known.
  let lines: LineCorrelation?

  init(decibels: Double, lines: LineCorrelation?) {
    self.decibels = decibels
    self.lines = lines
  }

  init(content: FrameRows, style: FrameRows, lines: LineCorrelation?) {
    self.init(decibels: Self.decibels(content: content, style: style), lines: lines)
  }

  private static func decibels(content: FrameRows, style: FrameRows) -> Double {
    guard content.count > 0, style.count > 0, content.width > 0 else { return 0 }
    let squares = zip(content.shapes.spread, style.shapes.spread).map { ($1 - $0) * ($1 - $0) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  /// From 0, fully trusted, to 1.
  var doubt: Double {
    guard let lines else { return Self.spreadRange.part(of: decibels) }
    let coefficient = Self.neutral + lines.weight * (lines.coefficient - Self.neutral)
    // The logarithm of the odds that both are of one recording, as a logistic regression over pairs of clips has it.
    let odds = Self.slope * coefficient - min(decibels, Self.largestDifference)
    return 1 - Self.oddsRange.part(of: odds)
  }

  private static let slope = 3.9
  /// The coefficient that says nothing.
  private static let neutral = 0.5
  /// Differences beyond it say no more.
  private static let largestDifference = 4.0
  private static let oddsRange = -1.6...0.2
  /// Without a correlation: halves of the same recording lie mostly below, and other voices and pieces above the middle of it.
  private static let spreadRange = 1.8...3.0
}
