import AudioFeatures
import Foundation
import StyleProfiles

/// The tone towards an unlike style: from the content's long-term spectrum to the style's, in third octaves.
///
///     g = smooth(S − C − l)    S, C: mean powers over the sound of style and content in dB; l keeps the loudness of C
///
/// Bands are compared where both recordings have them (within both Nyquist frequencies) and the content has more than
/// noise. A band holds nothing but noise where its level is less than 10 dB over its pauses, provided that the content
/// has steady real pauses or the band itself is steady. The gain of a band has three upper bounds:
/// - 0 dB for a band of noise;
/// - 3 · (level over pauses − 10 dB) for a band whose noise is known;
/// - where the content has pauses, the gain that raises the band's pauses to 6 dB over the allowed pauses of all bands,
///   or to 50 dB under the sound, whichever is higher, K-weighted.
struct StyleTone: Sendable {
  /// The gain in dB of each third octave.
  let curve: [Double]
  /// Which third octaves are compared: the content has sound in them, and they lie within both Nyquist frequencies.
  let isUsable: [Bool]
  /// The highest gain in dB of each third octave.
  let highest: [Double]
  /// Which third octaves of the content hold nothing but noise.
  let isNoise: [Bool]

  /// Compares two recordings.
  ///
  /// - Parameters:
  ///   - content: The content's spectrum.
  ///   - overPauses: By how many dB sound lies over real pauses, in content and style; `nil` without real pauses.
  ///   - spread: The spread of the content's levels at each third octave, in dB.
  ///   - style: The style's spectrum.
  ///   - nyquist: The lower Nyquist frequency in Hz.
  ///   - smoothing: The standard deviation of the Gaussian that smooths the curve, in octaves.
  ///   - frequencies: The frequencies in Hz between which the tone may change; `nil` for all.
  ///   - numbers: The thresholds of noise and the bounds of gains.
  init(
    from content: LongTermSpectrum, overPauses: (content: Double?, style: Double?), spread: [Double],
    to style: LongTermSpectrum, nyquist: Double, smoothing: Double, frequencies: ClosedRange<Double>?,
    numbers: MatchNumbers.StyleTone
  ) {
    let (own, other, pauses) = (content.soundLevels, style.soundLevels, content.pauseLevels)
    let hasPauses = overPauses.content != nil
    let fall = overPauses.content.flatMap { own in overPauses.style.map { max(0, own - $0) } } ?? 0
    let strongest = own.max() ?? 0
    let bands = own.indices
    let judged = bands.map { hasPauses || spread[$0] < numbers.steadySpread }
    let noise = bands.map { own[$0] - pauses[$0] < numbers.leastOverPauses && judged[$0] }
    let usable = bands.map {
      ThirdOctaves.frequencies[$0] < numbers.passband * nyquist && !noise[$0]
        && own[$0] > strongest - numbers.range
    }
    // The level to which the pauses of one band may be raised, K-weighted, in dB.
    let room = max(
      LongTermSpectrum.weightedLevel(pauses) + fall + numbers.pauseRoom,
      LongTermSpectrum.weightedLevel(own) - numbers.unheard)
    highest = bands.map {
      if noise[$0] { return 0 }
      guard judged[$0] else { return numbers.gains.upperBound }
      let bySound = numbers.raise * (own[$0] - pauses[$0] - numbers.leastOverPauses)
      let byPauses = hasPauses ? room - pauses[$0] - KWeightingResponse.thirdOctaves[$0] : .infinity
      return min(max(min(bySound, byPauses), 0), numbers.gains.upperBound)
    }
    (isNoise, isUsable) = (noise, usable)
    let differences = bands.map { usable[$0] ? other[$0] - own[$0] : 0 }
    // The loudness of the usable bands stays, so 0 dB means no raise.
    let sound = bands.map { usable[$0] ? own[$0] : -200 }
    let moved = bands.map { sound[$0] + differences[$0] }
    let louder = LongTermSpectrum.weightedLevel(moved) - LongTermSpectrum.weightedLevel(sound)
    // Bands that are not compared get the gain of the nearest compared one, at most 0 dB.
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

  /// The lowest and the highest frequency in Hz at which the content has more than noise; `nil` where no band is noise,
  /// or all are.
  var soundingBand: ClosedRange<Double>? {
    guard isNoise.contains(true), let first = isNoise.firstIndex(of: false),
      let last = isNoise.lastIndex(of: false)
    else { return nil }
    let lowest = first == 0 ? 0 : ThirdOctaves.frequencies[first] * pow(2, -1.0 / 6)
    let highest = last == isNoise.count - 1 ? 1e6 : ThirdOctaves.upperEdge(last)
    return lowest...highest
  }
}

/// The typical shape of the mean levels of recordings, and their spread about it.
///
/// It separates the effect of the equipment of a recording without another recording of the same source. With x the
/// deviation of its mean shape from the typical one and σ the spread of clean recordings in a band, a share s of x
/// counts as the effect of the equipment:
///
///     s = max(E²/(E² + σ²), 1 − 2²/q²)      E = 4 dB, q² the mean of (x/σ)² in the bands around
///
/// The first term is the best linear estimate where equipment has a spread of E (after Wiener). The second, after James
/// and Stein (1961), takes nearly all of a deviation that no clean recording has, such as the missing bands of a
/// telephone.
enum TypicalLevels {
  /// The tone curve of a recording's equipment, estimated from the recording alone.
  ///
  /// - Parameters:
  ///   - shape: The mean level in dB over active frames, one value for each of `channels`; a common offset does not
  ///     matter.
  ///   - channels: The indices of the standard bands, ascending.
  ///   - nyquist: The Nyquist frequency in Hz: bands that it cuts off take the value of the highest band below.
  ///   - numbers: The typical levels and the spread of equipment.
  /// - Returns: A curve in dB; `nil` for channels that are no standard bands, and where `nyquist` cuts off all of them.
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

/// The tone curve where it is uncertain whether two recordings are of one source.
///
///     c = (1 − p) · e + p · d,    d = smooth(0.1 · e + 0.9 · a)
///
/// p: probability of different sources; e: measured tone curve; d: fallback curve. For different sources e also holds
/// the difference of what was recorded. So d rests on a, on which two estimates agree: a is the smaller one of e and
/// the equipment's curve where their signs are equal, otherwise 0. The smoothing over a band removes narrow details,
/// which are not reliable for different sources.
struct ToneInDoubt {
  /// e: the measured tone curve in dB.
  var matched: [Double]
  /// The curve of the style's equipment in dB (``TypicalLevels``); `nil` if unknown.
  var equipment: [Double]?
  /// The share of e in d, and the smoothing of d.
  var numbers = MatchNumbers.standard.equipment

  /// The curve in dB; its mean is 0.
  func curve(doubt: Double) -> [Double] {
    let agreed = equipment.map { zip(matched, $0).map(Self.agreement) } ?? matched.map { _ in 0 }
    let share = numbers.matchedShare
    let unlike = ToneMatcher.smoothed(
      zip(matched, agreed).map { share * $0 + (1 - share) * $1 }, width: numbers.smoothing)
    return zip(matched, unlike).map { $0 + doubt * ($1 - $0) }.centered
  }

  /// The number of smaller magnitude where both have the same sign, otherwise 0.
  private static func agreement(_ a: Double, _ b: Double) -> Double {
    guard a * b > 0 else { return 0 }
    return abs(a) < abs(b) ? a : b
  }
}
