import Restylings
public import StyleProfiles

/// The numbers that the methods rest on.
///
/// Restylings use ``standard``. Only calibrations and the quality benchmark use other values.
@_spi(Calibration)
public struct MethodNumbers: Hashable, Codable, Sendable {
  /// The numbers for ratios of spreads, which `adain`, `efdm` and `transport` share.
  var spreads = SpreadNumbers()
  /// The numbers of `match`.
  var match = MatchNumbers()
  /// The numbers of the tone of many short sounds.
  var pool = PoolNumbers()

  /// The numbers of every restyling that does not ask for others.
  public static let standard = MethodNumbers()
}

/// The numbers that ratios of spreads rest on, each with its unit, its meaning and its origin (see ``MatchNumbers``).
struct SpreadNumbers: Hashable, Codable, Sendable {
  /// Ratios: the bounds of σs/σc, and of the eigenvalues of `transport`.
  ///
  /// A choice: 12 dB either way.
  var limits = 0.25...4.0
  /// Independent frames: n₀ in the factor n/(n + n₀) that shrinks the exponent of a ratio of spreads.
  ///
  /// A choice: the spread of n independent frames has a relative error of about 1/√(2n), so a clip of one second (23
  /// frames) keeps 92 % of a ratio's logarithm.
  var shrinkage = 2.0
  /// Independent frames: with fewer on either side, only means are transferred.
  ///
  /// A choice: the spread of 8 frames has an error of a quarter.
  var fewestFrames = 8.0
  /// Factors: the bounds of the change of a spread in one round of refinement.
  ///
  /// A choice: a trial that misses more is no good guide.
  var refinementSteps = 0.5...2.0
  /// Ratios: the bounds of a refined σs/σc.
  ///
  /// A choice: about twice the limits.
  var refinedLimits = 0.1...8.0
  /// A share: a band that the gain limits hold in a larger share of the active frames is not refined.
  ///
  /// A choice: a refinement would only run into the limits.
  var largestLimitedShare = 0.25
}

/// The numbers that the tone of many short sounds rests on, each with its unit, its meaning and its origin (see
/// ``MatchNumbers``).
struct PoolNumbers: Hashable, Codable, Sendable {
  /// dB: third octaves this far under a sound's strongest one are not compared, and under the pool's not raised.
  ///
  /// A choice: they are not heard.
  var range = 60.0
  /// A share: this part of the tone towards a long recording is taken.
  ///
  /// A choice: the rest comes from what is played.
  var longShare = 0.5
  /// Third octaves: the least standard deviation of the Gaussian that smooths the tone towards other sounds.
  ///
  /// A choice: from one draw of sounds to the next the tone differs by 2 to 4 dB a band.
  var leastWidth = 2.0
  /// Rounds of matching.
  ///
  /// A choice: later rounds change nothing.
  var roundCount = 12
  /// A share: the distance q of the weights is such that this share of the pairs lies within it.
  ///
  /// A choice: nearly every sound counts.
  var closeShare = 0.9
}

/// The evidence whether two recordings hold one voice or piece (``Unlikeness``), for a calibration.
@_spi(Calibration)
public struct LikenessEvidence: Hashable, Codable, Sendable {
  /// The share of mutually nearest frames after the tone curve was applied (`MatchedTone.mutualShare`).
  public let mutual: Double
  /// The correlation of the lines of both spectra, −1 to 1; 0 if unknown.
  public let lines: Double
  /// The share of the lines that is not chance, 0 to 1.
  public let weight: Double
  /// How far the level range of both is that of speech, 0 to 1.
  public let speech: Double
}

extension StyleProfile {
  /// The evidence whether a style holds the same voice or piece; `nil` where the two share no band or have no frames.
  ///
  /// - Throws: ``RestyleError/missingMeasurement(name:view:method:needs:)`` where a profile lacks what `match` needs.
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
