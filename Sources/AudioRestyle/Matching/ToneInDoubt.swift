/// The tone curve that is taken where it is not sure whether two recordings are of one source.
///
/// With p the probability that they are of different sources, e what their frames differ by and d what is taken of it then, it is
/// the mean (1 − p) · e + p · d. Of different sources e also holds what was recorded, so d goes as far as two witnesses agree: where
/// the style's own deviation from typical recordings and e have the same sign it is nine tenths of the smaller of the two, and
/// everywhere a tenth of e besides, smoothed over a band: no narrow detail can be told then.
struct ToneInDoubt {
  /// What the frames differ by in dB, e.
  var matched: [Double]
  /// What the style's equipment did in dB (``TypicalLevels``); `nil` where it is not known.
  var equipment: [Double]?

  /// The share of e that is taken whatever the style's equipment did.
  private static let matchedShare = 0.1
  /// The width in bands of the Gaussian that smooths d.
  private static let smoothing = 1.0

  /// The curve in dB; its mean is 0.
  func curve(doubt: Double) -> [Double] {
    let agreed = equipment.map { zip(matched, $0).map(Self.agreement) } ?? matched.map { _ in 0 }
    let unlike = ToneMatcher.smoothed(
      zip(matched, agreed).map { Self.matchedShare * $0 + (1 - Self.matchedShare) * $1 },
      width: Self.smoothing)
    return zip(matched, unlike).map { $0 + doubt * ($1 - $0) }.centered
  }

  /// What two numbers of one sign have in common, else 0.
  private static func agreement(_ a: Double, _ b: Double) -> Double {
    guard a * b > 0 else { return 0 }
    return abs(a) < abs(b) ? a : b
  }
}
