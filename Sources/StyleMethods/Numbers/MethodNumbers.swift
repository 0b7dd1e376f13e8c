import Restylings
public import StyleProfiles

/// Every number that the methods rest on, one value for each method and for what several share.
///
/// Restylings use ``standard``. Others are for calibration: the quality benchmark changes them, and nothing else does.
@_spi(Calibration)
public struct MethodNumbers: Hashable, Codable, Sendable {
  /// What holds for ratios of spreads, of `adain`, `efdm` and `transport`.
  var spreads = SpreadNumbers()
  /// The numbers of `match`.
  var match = MatchNumbers()
  /// The numbers of the tone of many short sounds.
  var pool = PoolNumbers()

  /// The numbers of every restyling that does not ask for others.
  public static let standard = MethodNumbers()
}

/// Every number that ratios of spreads rest on, with its unit, its meaning and its origin (see ``MatchNumbers``).
struct SpreadNumbers: Hashable, Codable, Sendable {
  /// Ratios: the bounds of σs/σc, and of the eigenvalues of `transport`.
  ///
  /// A choice: 12 dB either way.
  var limits = 0.25...4.0
  /// Frames: the n₀ in the shrinkage n/(n + n₀) of what a style's dynamics change.
  ///
  /// A choice: the spread of n independent frames has a relative error of about 1/√(2n), so a clip of one second (23
  /// frames) keeps 92 % of a ratio's logarithm.
  var shrinkage = 2.0
  /// Independent frames: with fewer on either side means alone are transferred.
  ///
  /// A choice: spreads are off by a quarter.
  var fewestFrames = 8.0
  /// Factors: how far one round of refinement scales a spread.
  ///
  /// A choice: a trial that misses more is no good guide.
  var refinementSteps = 0.5...2.0
  /// Ratios: the bounds of a refined σs/σc.
  ///
  /// A choice: twice the limits.
  var refinedLimits = 0.1...8.0
  /// A share: bands that the gain limits hold in more of the frames are not refined.
  ///
  /// A choice: it would only bind more.
  var largestLimitedShare = 0.25
}

/// Every number that the tone of many short sounds rests on, with its unit, its meaning and its origin (see
/// ``MatchNumbers``).
struct PoolNumbers: Hashable, Codable, Sendable {
  /// dB: third octaves further under a sound's strongest one are not compared, and of the pool not raised.
  ///
  /// A choice: they are not heard.
  var range = 60.0
  /// A share: so much of the tone towards a long recording is taken.
  ///
  /// A choice: the rest is what is played.
  var longShare = 0.5
  /// Third octaves: the least standard deviation of the Gaussian that smooths the tone towards other sounds.
  ///
  /// A choice: from one draw of sounds to the next the tone differs by 2 to 4 dB a band.
  var leastWidth = 2.0
  /// Rounds: how often sounds choose each other.
  ///
  /// A choice: later rounds change nothing.
  var roundCount = 12
  /// A share: so many of the pairs lie within the distance q of their weights.
  ///
  /// A choice: every sound counts.
  var closeShare = 0.9
}

/// What tells whether two recordings hold one voice or piece (``Unlikeness``), for a calibration.
@_spi(Calibration)
public struct LikenessEvidence: Hashable, Codable, Sendable {
  /// The share of frames that choose each other once the tone curve has moved them.
  public let mutual: Double
  /// The correlation of the lines of both spectra, −1 to 1; 0 where it is not known.
  public let lines: Double
  /// How much of the lines is more than chance, 0 to 1.
  public let weight: Double
  /// How much the levels of both move as those of speech do, 0 to 1.
  public let speech: Double
}

extension StyleProfile {
  /// What tells whether a style holds the same voice or piece; `nil` where the two share no band or have no frames.
  ///
  /// - Throws: ``RestyleError/missingMeasurement(name:view:method:)`` where a profile lacks what `match` needs.
  @_spi(Calibration)
  public func likeness(to style: StyleProfile) throws -> LikenessEvidence? {
    guard let own = try MeasuredView(.linked, of: self, name: "the content", for: .match),
      let other = try MeasuredView(.linked, of: style, name: "the style", for: .match)
    else { return nil }
    let shared = own.statistics.presentChannels.indices.filter {
      own.statistics.shares($0, with: other.statistics)
    }
    guard !shared.isEmpty,
      let found = try MatchMethod().likeness(
        of: own, to: other, TargetRequest(shared: shared, knobs: Knobs()))
    else { return nil }
    return LikenessEvidence(
      mutual: found.mutualShare, lines: found.lines?.coefficient ?? 0, weight: found.lines?.weight ?? 0,
      speech: found.speechlikeness)
  }
}
