import Foundation
import Restylings
import StyleProfiles

/// How likely it is that two recordings do not hold the same voice or piece, whatever their tone and level.
///
/// Two things are told by what was recorded, and hardly by equipment: whether frames choose each other once the tone curve
/// has moved them (``MatchedTone/mutualShare``), and whether the lines agree that notes and voices draw into a
/// ``FineSpectrum``. A filter moves the shapes of all frames alike, and a gain none.
struct Unlikeness {
  /// The share m of frames that choose each other.
  let mutualShare: Double
  /// How far the lines of the two fine spectra agree; `nil` where it is not known.
  let lines: LineCorrelation?
  /// How much the levels of both move as those of speech do, from 0 to 1.
  var speechlikeness = 0.0

  /// The probability that the two are different sources, from 0 to 1: 1/(1 + exp(o)).
  ///
  /// With a coefficient r of the lines, o = 16 r + 30 m − 8; without lines, o = 45 m − 5; in between by the weight of the
  /// lines. Two logistic regressions on 240 pairs of halves of 5.5 s of one clip and 240 of clips of different sources, half of
  /// them speech and half music, made 1.75 and 1.3 times as steep: results are measured by absolute errors, which ask for a
  /// decision rather than for a mean. Speech is given odds of e² : 1 beforehand: there a like style that is doubted costs more
  /// than an unlike one that is believed, as another voice's tone is nearer than another piece's.
  var doubt: Double {
    let unknown = Self.mutualSlope.alone * mutualShare - Self.offset.alone
    var odds = unknown
    if let lines {
      let known =
        Self.lineSlope * lines.coefficient + Self.mutualSlope.withLines * mutualShare - Self.offset.withLines
      odds += lines.weight * (known - unknown)
    }
    return 1 / (1 + exp(odds + Self.speechPrior * speechlikeness))
  }

  private static let speechPrior = 2.0
  private static let lineSlope = 16.0
  private static let mutualSlope = (withLines: 30.0, alone: 45.0)
  private static let offset = (withLines: 8.0, alone: 5.0)
}

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
