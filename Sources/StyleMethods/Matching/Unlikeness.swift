import AudioFeatures
import Foundation
import Restylings
import StyleProfiles

/// The evidence that two recordings do not hold the same voice or piece, whatever their tone and level.
///
/// Two measurements depend on what was recorded and hardly on the equipment. One is the share of mutually nearest
/// frames after the tone curve was applied (``MatchedTone/mutualShare``): a filter moves the shapes of all frames
/// alike, and a gain moves no shape. The other is the correlation of the lines that notes and voices leave in a
/// ``FineSpectrum``.
struct Unlikeness {
  /// The share m of mutually nearest frames.
  let mutualShare: Double
  /// The correlation of the lines of the two fine spectra; `nil` if unknown.
  let lines: LineCorrelation?
  /// How far the level range of both is that of speech, from 0 to 1.
  var speechlikeness = 0.0
  /// The weights of the evidence as log odds.
  var numbers = MatchNumbers.standard.likeness

  /// The probability that the two are different sources, from 0 to 1: 1/(1 + exp(o)).
  ///
  /// With the correlation r of the lines, o = a r + b m − c. Without lines, o = d m − e. The weight of the lines blends
  /// the two (``MatchNumbers/Likeness``). Speech adds a prior to o: to take the same voice for another costs more there
  /// than the reverse, as the tones of two voices are nearer than those of two pieces.
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

/// The shares of a style's dynamics that are taken, from like to unlike recordings.
struct Trust {
  /// The exponent of the slopes of the level map.
  var exponent: Double
  /// The share of the difference of peaks that is taken.
  var peaks: Double
  /// The share of dynamics that compressors on envelopes may make.
  var envelopes: Double
}

extension Trust {
  /// Interpolates the shares between like and unlike recordings.
  ///
  /// - Parameters:
  ///   - doubt: From 0 for like to 1 for unlike recordings.
  ///   - aim: What is taken over from unlike recordings. For `style` the momentary loudness makes their dynamics
  ///     (``LoudnessRestyling``), not frames and envelopes.
  ///   - numbers: The shares of like and of unlike recordings.
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

/// The correlation of the lines of two fine spectra.
struct LineCorrelation: Equatable {
  /// Pearson's correlation coefficient, −1 to 1.
  var coefficient: Double
  /// The share of the lines that is not chance, 0 to 1: the larger one of the two recordings.
  ///
  /// Noise has no lines to compare.
  var weight: Double
}

extension FineSpectrum {
  /// The sum of squares in dB² up to which lines are mere rounding.
  private static let leastLines = 1e-9

  /// The correlation of the lines of two spectra below the lower Nyquist frequency in Hz.
  ///
  /// Lines are the levels less their broad shape.
  ///
  /// - Returns: `nil` where the two share too few frequencies.
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
  /// √|X| of noise has a standard deviation of 0.28 times its mean. Of four neighbouring frames, which overlap by three
  /// quarters, about two are independent. Only one in eight is counted, as loud frames outweigh others.
  private func weight(ofLines power: Double) -> Double {
    guard frameCount > 0, power > Self.leastLines else { return 0 }
    let deviation = 40 / log(10) * 0.28
    return max(0, 1 - deviation * deviation / (Double(frameCount) / 8) / power)
  }

  /// The lines at the first `count` frequencies: levels in dB less their broad shape and their mean.
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
