/// How much of a style's dynamics is taken, from like to unlike recordings.
struct Trust {
  /// The exponent of the slopes of the level map.
  var exponent: Double
  /// The share of the difference of peaks that is taken.
  var peaks: Double
  /// The share of what could be left to envelopes that is.
  var envelopes: Double
}

extension Trust {
  private static let like = Trust(exponent: 0.7, peaks: 0.5, envelopes: 1)
  private static let unlike = Trust(exponent: 0.2, peaks: 0, envelopes: 0)

  /// What frames and envelopes leave to the momentary loudness (``LoudnessRestyling``).
  private static let another = Trust(exponent: 0, peaks: 1, envelopes: 0)

  /// - Parameters:
  ///   - doubt: From 0 for like to 1 for unlike recordings.
  ///   - aim: What is taken of unlike ones.
  init(doubt: Double, aim: RestyleAim = .equipment) {
    func between(_ like: Double, _ unlike: Double) -> Double { like + doubt * (unlike - like) }
    let unlike = aim == .equipment ? Self.unlike : Self.another
    self.init(
      exponent: between(Self.like.exponent, unlike.exponent), peaks: between(Self.like.peaks, unlike.peaks),
      envelopes: between(Self.like.envelopes, unlike.envelopes))
  }
}
