import AudioFeatures
import Foundation
import StyleProfiles

/// The tone of a style that need not be alike: from the content's long-term spectrum to the style's, in third octaves.
///
///     g = smooth(S − C − l)    S, C mean powers where each recording sounds, in dB; l keeps the loudness of C
///
/// Only what both have counts: bands within both Nyquist frequencies in which the content has more than noise. A band is noise
/// where its level lies under 10 dB over its pauses, and the clip has real pauses or the band hardly moves. Noise is never
/// raised, and sound near it no further than three times what it has above it; nor are pauses of one band raised by more than
/// 6 dB over those of all bands, unless they stay 50 dB under the sound.
struct StyleTone: Sendable {
  /// The gain in dB of each third octave.
  let curve: [Double]
  /// Which third octaves the content has sound in, and both recordings can have.
  let isUsable: [Bool]
  /// The highest gain in dB of each third octave.
  let highest: [Double]
  /// Which third octaves of the content hold nothing but noise.
  let isNoise: [Bool]

  /// Compares two recordings.
  ///
  /// - Parameters:
  ///   - content: The content's spectrum.
  ///   - hasPauses: Whether the level of its pauses is steady.
  ///   - spread: The spread in dB of its levels at each third octave.
  ///   - style: The style's spectrum.
  ///   - nyquist: The lower Nyquist frequency in Hz.
  ///   - smoothing: The standard deviation of the Gaussian that smooths the curve, in octaves.
  ///   - frequencies: Where the tone may change, in Hz; `nil` for everywhere.
  ///   - numbers: What counts as noise, and the bounds of gains.
  init(
    from content: LongTermSpectrum, hasPauses: Bool, spread: [Double], to style: LongTermSpectrum,
    nyquist: Double, smoothing: Double, frequencies: ClosedRange<Double>?, numbers: MatchNumbers.StyleTone
  ) {
    let (own, other, pauses) = (content.soundLevels, style.soundLevels, content.pauseLevels)
    let hasPauses = hasPauses && content.soundOverPauses > LongTermSpectrum.realPauses
    let strongest = own.max() ?? 0
    let bands = own.indices
    let judged = bands.map { hasPauses || spread[$0] < numbers.steadySpread }
    let noise = bands.map { own[$0] - pauses[$0] < numbers.heard && judged[$0] }
    let usable = bands.map {
      ThirdOctaves.frequencies[$0] < numbers.passband * nyquist && !noise[$0]
        && own[$0] > strongest - numbers.range
    }
    // What the pauses of one band may be raised to, K-weighted.
    let room = max(
      LongTermSpectrum.weightedLevel(pauses) + max(0, content.soundOverPauses - style.soundOverPauses)
        + numbers.pauseRoom,
      LongTermSpectrum.weightedLevel(own) - numbers.unheard)
    highest = bands.map {
      if noise[$0] { return 0 }
      guard judged[$0] else { return numbers.gains.upperBound }
      let bySound = numbers.raise * (own[$0] - pauses[$0] - numbers.heard)
      let byPauses = hasPauses ? room - pauses[$0] - KWeightingResponse.thirdOctaves[$0] : .infinity
      return min(max(min(bySound, byPauses), 0), numbers.gains.upperBound)
    }
    (isNoise, isUsable) = (noise, usable)
    let differences = bands.map { usable[$0] ? other[$0] - own[$0] : 0 }
    // The loudness of what is usable stays, so 0 dB is no raise.
    let sound = bands.map { usable[$0] ? own[$0] : -200 }
    let moved = bands.map { sound[$0] + differences[$0] }
    let louder = LongTermSpectrum.weightedLevel(moved) - LongTermSpectrum.weightedLevel(sound)
    // What is not compared gets what lies beside it, as far as that is no raise.
    let known = bands.filter { usable[$0] }
    let tidy = bands.map { band -> Double in
      if usable[band] { return differences[band] - louder }
      guard let nearest = known.min(by: { abs($0 - band) < abs($1 - band) }) else { return 0 }
      return min(0, differences[nearest] - louder)
    }
    let smooth = ToneMatcher.smoothed(tidy, width: 3 * smoothing)
    let limits = (frequencies, numbers.gains)
    let tops = highest
    curve = bands.map { band in
      let isInside = limits.0?.contains(ThirdOctaves.frequencies[band]) ?? true
      return isInside ? min(max(smooth[band], limits.1.lowerBound), tops[band]) : 0
    }
  }

  /// The lowest and the highest frequency in Hz at which the content has more than noise; `nil` where noise is nowhere.
  var soundingBand: ClosedRange<Double>? {
    guard isNoise.contains(true), let first = isNoise.firstIndex(of: false),
      let last = isNoise.lastIndex(of: false)
    else { return nil }
    let lowest = first == 0 ? 0 : ThirdOctaves.frequencies[first] * pow(2, -1.0 / 6)
    let highest = last == isNoise.count - 1 ? 1e6 : ThirdOctaves.upperEdge(last)
    return lowest...highest
  }
}

/// What recordings have in common, whatever was recorded: the shape of their mean levels, and how far they stand about it.
///
/// Of a recording whose like is not at hand it tells what its equipment did. With x the deviation of its mean shape from the
/// typical one and σ the spread of clean recordings in a band, a share of x is taken for the equipment's:
///
///     s = max(E²/(E² + σ²), 1 − 2²/q²)      E = 4 dB, q² the mean of (x/σ)² in the bands around
///
/// The first term is the best linear estimate where equipment has a spread of E (after Wiener); the second, after James and
/// Stein (1961), takes nearly all of what no clean recording has, such as what a telephone leaves out.
enum TypicalLevels {
  /// What the equipment of a recording did to its tone, as far as it shows without another recording of the same source.
  ///
  /// - Parameters:
  ///   - shape: The mean level in dB of each of some channels over active frames; an offset common to all does not matter.
  ///   - channels: These channels of the standard bands, ascending.
  ///   - nyquist: Half the sample rate: a band that it cuts off takes the value of the next lower one.
  ///   - numbers: The typical levels, and what equipment does.
  /// - Returns: A curve in dB; `nil` for channels that are no standard bands, and where Nyquist cuts off all of them.
  static func equipmentCurve(
    of shape: [Double], channels: [Int], nyquist: Double,
    numbers: MatchNumbers.Equipment = MatchNumbers.standard.equipment
  ) -> [Double]? {
    let (means, spreads) = (numbers.means, numbers.spreads)
    guard let highest = channels.last, highest < means.count else { return nil }
    let whole = channels.prefix { BandLayout.standard.upperEdge(ofBand: $0) <= nyquist }.count
    guard whole > 0 else { return nil }
    let deviation = (0..<whole).map { shape[$0] - means[channels[$0]] }.centered
    let powers = deviation.indices.map {
      let ratio = deviation[$0] / spreads[channels[$0]]
      return ratio * ratio
    }
    let around = ToneMatcher.smoothed(powers, width: numbers.neighbourhood)
    let (power, largest) = (numbers.spread * numbers.spread, numbers.largestDeviation)
    let curve = deviation.indices.map { index in
      let spread = spreads[channels[index]]
      let linear = power / (power + spread * spread)
      let outlying = 1 - largest * largest / max(around[index], .leastNormalMagnitude)
      return max(linear, outlying) * deviation[index]
    }
    return curve + Array(repeating: curve[whole - 1], count: channels.count - whole)
  }
}

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
  /// The share of e that is taken whatever the style's equipment did, and how far d is smoothed.
  var numbers = MatchNumbers.standard.equipment

  /// The curve in dB; its mean is 0.
  func curve(doubt: Double) -> [Double] {
    let agreed = equipment.map { zip(matched, $0).map(Self.agreement) } ?? matched.map { _ in 0 }
    let share = numbers.matchedShare
    let unlike = ToneMatcher.smoothed(
      zip(matched, agreed).map { share * $0 + (1 - share) * $1 }, width: numbers.smoothing)
    return zip(matched, unlike).map { $0 + doubt * ($1 - $0) }.centered
  }

  /// What two numbers of one sign have in common, else 0.
  private static func agreement(_ a: Double, _ b: Double) -> Double {
    guard a * b > 0 else { return 0 }
    return abs(a) < abs(b) ? a : b
  }
}
