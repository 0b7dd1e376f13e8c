import AudioFeatures
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
  /// The log odds of each.
  var numbers = MatchNumbers.standard.likeness

  /// The probability that the two are different sources, from 0 to 1: 1/(1 + exp(o)).
  ///
  /// With a coefficient r of the lines, o = a r + b m − c; without lines, o = d m − e; in between by the weight of the lines
  /// (``MatchNumbers/Likeness``). Speech is given odds beforehand: there a like style that is doubted costs more than an
  /// unlike one that is believed, as another voice's tone is nearer than another piece's.
  var doubt: Double {
    let unknown = numbers.mutualSlopeAlone * mutualShare - numbers.offsetAlone
    var odds = unknown
    if let lines {
      let known =
        numbers.lineSlope * lines.coefficient + numbers.mutualSlope * mutualShare - numbers.offset
      odds += lines.weight * (known - unknown)
    }
    return 1 / (1 + exp(odds + numbers.speechPrior * speechlikeness))
  }
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
  /// - Parameters:
  ///   - doubt: From 0 for like to 1 for unlike recordings.
  ///   - aim: What is taken of unlike ones: for the style's sound, frames and envelopes leave dynamics to the momentary
  ///     loudness (``LoudnessRestyling``).
  ///   - numbers: What is taken of like and of unlike ones.
  init(
    doubt: Double, aim: RestyleAim = .equipment,
    numbers: MatchNumbers.Dynamics = MatchNumbers.standard.dynamics
  ) {
    func between(_ like: Double, _ unlike: Double) -> Double { like + doubt * (unlike - like) }
    let isStyle = aim == .style
    self.init(
      exponent: between(numbers.exponent, isStyle ? 0 : numbers.unlikeExponent),
      peaks: between(numbers.peakShare, isStyle ? numbers.stylePeakShare : numbers.unlikePeakShare),
      envelopes: between(numbers.envelopeShare, 0))
  }
}

/// How far the lines of two fine spectra agree.
struct LineCorrelation: Equatable {
  /// Pearson's correlation coefficient, −1 to 1.
  var coefficient: Double
  /// How much of the lines is more than chance, 0 to 1, in the recording that has more of it: noise has no lines to compare.
  var weight: Double
}

extension FineSpectrum {
  /// The least sum of squares in dB² that is more than rounding.
  private static let leastLines = 1e-9

  /// How far two spectra agree in what they are without their broad shape, below the lower Nyquist frequency.
  ///
  /// - Returns: `nil` where they share too few frequencies.
  func correlation(
    with other: FineSpectrum, nyquist: Double,
    numbers: MatchNumbers.Likeness = MatchNumbers.standard.likeness
  ) -> LineCorrelation? {
    let count = Self.frequencies.prefix { $0 <= numbers.linePassband * nyquist }.count
    guard count >= numbers.fewestLines else { return nil }
    let bounds = -numbers.largestLine...numbers.largestLine
    func bounded(_ spectrum: FineSpectrum) -> [Double] {
      spectrum.lines(count, smoothing: numbers.lineSmoothing).map { bounds.nearest(to: $0) }.centered
    }
    let (mine, theirs) = (bounded(self), bounded(other))
    let product = zip(mine, theirs).reduce(0) { $0 + $1.0 * $1.1 }
    let (own, foreign) = (mine.reduce(0) { $0 + $1 * $1 }, theirs.reduce(0) { $0 + $1 * $1 })
    return LineCorrelation(
      coefficient: min(own, foreign) > Self.leastLines ? product / (own * foreign).squareRoot() : 0,
      weight: max(weight(ofLines: own / Double(count)), other.weight(ofLines: foreign / Double(count))))
  }

  /// The share of the lines' mean square in dB² that is not chance.
  ///
  /// √|X| of noise has a standard deviation of 0.28 times its mean. Of four neighbouring frames, which overlap by three quarters,
  /// about two are independent; counting one in eight leaves room for loud frames that outweigh others.
  private func weight(ofLines power: Double) -> Double {
    guard frameCount > 0, power > Self.leastLines else { return 0 }
    let deviation = 40 / log(10) * 0.28
    return max(0, 1 - deviation * deviation / (Double(frameCount) / 8) / power)
  }

  /// The first levels in dB without their broad shape and their mean.
  private func lines(_ count: Int, smoothing: Double) -> [Double] {
    let levels = sums.prefix(count).map { 40 * log10(Double(max(1, $0))) }
    let step = Self.frequencies[1] - Self.frequencies[0]
    let reach = Int(3 * smoothing / step)
    let weights = (-reach...reach).map { exp(-0.5 * pow(Double($0) * step / smoothing, 2)) }
    return levels.indices.map { index in
      var (sum, total) = (0.0, 0.0)
      for neighbour in max(0, index - reach)...min(count - 1, index + reach) {
        let weight = weights[neighbour - index + reach]
        sum += weight * levels[neighbour]
        total += weight
      }
      return levels[index] - sum / total
    }.centered
  }
}
