import AudioFeatures
import Foundation

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

  /// The lowest gain in dB, and the highest where there is no noise.
  static let gains = -30.0...30.0
  /// How far in dB a band lies over its pauses at least where it has sound.
  private static let heard = 10.0
  /// A band whose levels have a smaller spread in dB hardly moves: from the 10th to the 90th percentile it is 4 dB.
  private static let steadySpread = 1.6
  /// How far in dB bands lie under the strongest one at most.
  private static let range = 75.0
  /// By what factor of what a band has above noise it may be raised.
  private static let raise = 3.0
  /// By how many dB the raised pauses of one band may pass those of all bands, K-weighted.
  private static let pauseRoom = 6.0
  /// How far in dB pauses lie under the sound at least where they are not heard.
  private static let unheard = 50.0
  /// The share of a Nyquist frequency that bands may reach.
  static let passband = 0.95

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
  init(
    from content: LongTermSpectrum, hasPauses: Bool, spread: [Double], to style: LongTermSpectrum,
    nyquist: Double, smoothing: Double, frequencies: ClosedRange<Double>?
  ) {
    let (own, other, pauses) = (content.soundLevels, style.soundLevels, content.pauseLevels)
    let hasPauses = hasPauses && content.soundOverPauses > LongTermSpectrum.realPauses
    let strongest = own.max() ?? 0
    let bands = own.indices
    let judged = bands.map { hasPauses || spread[$0] < Self.steadySpread }
    let noise = bands.map { own[$0] - pauses[$0] < Self.heard && judged[$0] }
    let usable = bands.map {
      ThirdOctaves.frequencies[$0] < Self.passband * nyquist && !noise[$0] && own[$0] > strongest - Self.range
    }
    // What the pauses of one band may be raised to, K-weighted.
    let room = max(
      LongTermSpectrum.weightedLevel(pauses) + max(0, content.soundOverPauses - style.soundOverPauses)
        + Self.pauseRoom,
      LongTermSpectrum.weightedLevel(own) - Self.unheard)
    highest = bands.map {
      if noise[$0] { return 0 }
      guard judged[$0] else { return Self.gains.upperBound }
      let bySound = Self.raise * (own[$0] - pauses[$0] - Self.heard)
      let byPauses = hasPauses ? room - pauses[$0] - KWeightingResponse.thirdOctaves[$0] : .infinity
      return min(max(min(bySound, byPauses), 0), Self.gains.upperBound)
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
    let limits = (frequencies, Self.gains)
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

/// Curves over bands and over third octaves.
enum ToneCurves {
  /// The values of a curve over some ascending frequencies at others, straight along their logarithm and held beyond the ends.
  static func values(of curve: [Double], at frequencies: [Double], for wanted: [Double]) -> [Double] {
    wanted.map { frequency in
      guard let upper = frequencies.firstIndex(where: { $0 > frequency }) else { return curve.last ?? 0 }
      guard upper > 0 else { return curve.first ?? 0 }
      let (low, high) = (log(frequencies[upper - 1]), log(frequencies[upper]))
      let share = (log(frequency) - low) / (high - low)
      return curve[upper - 1] + share * (curve[upper] - curve[upper - 1])
    }
  }
}
