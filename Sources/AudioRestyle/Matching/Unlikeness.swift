import Foundation

/// How likely it is that two recordings do not hold the same voice or piece, whatever their tone and level.
///
/// Two things are told by what was recorded, and hardly by equipment: whether frames choose each other once the tone curve
/// has moved them (``MatchedTone/mutualShare``), and whether the lines agree that notes and voices draw into a
/// ``FineSpectrum``. A filter moves the shapes of all frames alike, and a gain none.
struct Unlikeness {
  /// The share of frames that choose each other.
  let mutualShare: Double
  /// How far the lines of the two fine spectra agree; `nil` where it is not known.
  let lines: LineCorrelation?

  /// The probability that the two are different sources, from 0 to 1.
  ///
  /// A logistic regression on 960 pairs of halves of one clip and of clips of different sources, as many of each, half of
  /// them speech and half music.
  var doubt: Double {
    let coefficient = lines.map { Self.neutral + $0.weight * ($0.coefficient - Self.neutral) } ?? Self.neutral
    let odds = Self.lineSlope * coefficient + Self.mutualSlope * mutualShare - Self.offset
    return 1 / (1 + exp(odds))
  }

  private static let lineSlope = 16.0
  private static let mutualSlope = 30.0
  private static let offset = 7.3
  /// The coefficient that says nothing.
  private static let neutral = 0.3
}
