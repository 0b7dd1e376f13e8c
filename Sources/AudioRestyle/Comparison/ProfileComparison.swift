import AudioFeatures
import Foundation
import Mastering
import StyleProfiles

/// The differences of two recordings, by the measures of the benchmarks.
///
///     distance of the spectra = √(mean (d − mean d)²)    d = b − a
///
/// a and b are the levels in dB of the long-term spectra in third octaves, over the bands that both recordings have. A
/// gain of all bands does not change the distance. The other measures are differences, second less first.
public struct ProfileComparison: Hashable, Codable, Sendable {
  /// The distance of the spectra in dB; `nil` where one has none, or no band is common.
  public var spectralDistance: Double?
  /// The third octaves that both have, with their differences at equal level.
  public var bands: [Band]
  /// The difference of the integrated loudness in LU.
  public var loudness: Double?
  /// The difference of the true peaks in dB.
  public var truePeak: Double?
  /// The difference of the peak-to-loudness ratios in LU.
  public var peakToLoudness: Double?
  /// The difference of the ranges of the momentary loudness in LU, from the 10th to the 95th percentile.
  public var momentaryRange: Double?
  /// The difference of the loudness ranges in LU (EBU Tech 3342); `nil` where not both are sound files.
  public var loudnessRange: Double?
  /// The difference of the level differences between sound and pauses in dB.
  public var soundOverPauses: Double?
  /// The difference of the level differences between side and middle in dB.
  public var width: Double?
  /// The mean of |σb − σa| over the bands that both have, with the spreads σ of their levels in dB.
  public var spreadDistance: Double?

  /// A third octave.
  public struct Band: Hashable, Codable, Sendable {
    /// The centre frequency in Hz.
    public var frequency: Double
    /// The difference in dB, second less first, less the mean difference.
    public var difference: Double
  }

  /// The distance in dB under the strongest third octave from which on a third octave is left out.
  private static let leastLevel = 100.0

  /// Compares two profiles.
  ///
  /// - Parameters:
  ///   - first: One of them.
  ///   - second: The other one.
  ///   - measured: The delivery measurements of both, where both are sound files.
  public init(
    _ first: StyleProfile, _ second: StyleProfile, measured: (DeliveryMeasurement, DeliveryMeasurement)? = nil
  ) {
    let (a, b) = (ProfileSummary(first), ProfileSummary(second))
    bands = Self.bands(first, second)
    spectralDistance = Self.distance(bands)
    func change(_ a: Double?, _ b: Double?) -> Double? {
      guard let a, let b, a.isFinite, b.isFinite else { return nil }
      return b - a
    }
    loudness = change(first.loudness, second.loudness)
    truePeak = change(first.truePeak, second.truePeak)
    peakToLoudness = change(a.peakToLoudness, b.peakToLoudness)
    momentaryRange = change(a.momentaryRange, b.momentaryRange)
    loudnessRange = change(measured?.0.loudnessRange, measured?.1.loudnessRange)
    soundOverPauses = change(a.soundOverPauses, b.soundOverPauses)
    width = change(a.width, b.width)
    spreadDistance = Self.spreadDistance(first, second)
  }

  private static func bands(_ first: StyleProfile, _ second: StyleProfile) -> [Band] {
    guard let a = first.longTermSpectrum(of: .linked), let b = second.longTermSpectrum(of: .linked),
      a.sound.count > 0, b.sound.count > 0
    else { return [] }
    return bands(a.soundLevels, b.soundLevels, below: min(first.nyquist, second.nyquist))
  }

  /// The differences of the levels of third octaves that both have, below a Nyquist frequency in Hz.
  fileprivate static func bands(_ levelsA: [Double], _ levelsB: [Double], below nyquist: Double) -> [Band] {
    let (topA, topB) = (levelsA.max() ?? 0, levelsB.max() ?? 0)
    let common = (0..<min(levelsA.count, levelsB.count)).filter {
      ThirdOctaves.upperEdge($0) <= nyquist && levelsA[$0] > topA - leastLevel
        && levelsB[$0] > topB - leastLevel
    }
    let differences = common.map { levelsB[$0] - levelsA[$0] }
    let mean = differences.reduce(0, +) / Double(max(1, differences.count))
    return zip(common, differences).map {
      Band(frequency: ThirdOctaves.frequencies[$0], difference: $1 - mean)
    }
  }

  fileprivate static func distance(_ bands: [Band]) -> Double? {
    guard !bands.isEmpty else { return nil }
    return (bands.reduce(0) { $0 + $1.difference * $1.difference } / Double(bands.count)).squareRoot()
  }

  private static func spreadDistance(_ first: StyleProfile, _ second: StyleProfile) -> Double? {
    guard first.layout == second.layout, let a = first.statistics(of: .linked),
      let b = second.statistics(of: .linked)
    else { return nil }
    let common = zip(a.presentChannels, b.presentChannels).enumerated().filter { $1.0 && $1.1 }.map(\.offset)
    guard !common.isEmpty else { return nil }
    let (spreadA, spreadB) = (a.moments.spread, b.moments.spread)
    return common.reduce(0) { $0 + abs(spreadB[$1] - spreadA[$1]) } / Double(common.count)
  }
}

extension LongTermLevels {
  /// ``ProfileComparison/spectralDistance`` of two spectra, below the lower Nyquist frequency in Hz.
  package func spectralDistance(to other: LongTermLevels, below nyquist: Double) -> Double? {
    ProfileComparison.distance(ProfileComparison.bands(sound, other.sound, below: nyquist))
  }
}

/// A summary of a profile for musicians: tone by octave, dynamics, noise and stereo width.
///
/// The tone comes from the long-term spectrum: mean powers in third octaves over the sound. A profile that was learned
/// without frames, or by an older version, has no long-term spectrum and lacks the figures that follow from it.
public struct ProfileSummary: Hashable, Codable, Sendable {
  /// The level of each octave in dB, relative to the whole spectrum; empty if unknown.
  public var octaves: [Octave]
  /// The range of the momentary loudness (400 ms) over the sound, from the 10th to the 95th percentile, in LU.
  public var momentaryRange: Double?
  /// The ratio of true peak to loudness in LU.
  public var peakToLoudness: Double?
  /// The level difference between sound and pauses in dB, K-weighted; `nil` where the recording has no real pauses.
  public var soundOverPauses: Double?
  /// The level of the side less that of the middle in dB, K-weighted; −∞ for equal channels, `nil` but for two
  /// channels.
  public var width: Double?
  /// The upper edge in Hz of the highest third octave that lies within 60 dB of the strongest.
  public var bandwidth: Double?

  /// The level of an octave.
  public struct Octave: Hashable, Codable, Sendable {
    /// The centre frequency in Hz.
    public var frequency: Double
    /// The level in dB, relative to the whole spectrum.
    public var level: Double

    /// Creates a level at a frequency.
    public init(frequency: Double, level: Double) {
      (self.frequency, self.level) = (frequency, level)
    }
  }

  /// The distance in dB under the strongest third octave up to which others count.
  static let audibleRange = 60.0

  /// Describes a profile.
  public init(_ profile: StyleProfile) {
    peakToLoudness = profile.peakRatio
    momentaryRange = profile.momentary?.sound()?.range
    guard let spectrum = profile.longTermSpectrum(of: .linked), spectrum.sound.count > 0 else {
      octaves = []
      return
    }
    let levels = spectrum.soundLevels
    let known = ThirdOctaves.frequencies.indices.filter { ThirdOctaves.frequencies[$0] < profile.nyquist }
    octaves = Self.octaves(levels, known: known)
    let top = levels.max() ?? 0
    bandwidth = known.last { levels[$0] > top - Self.audibleRange }
      .map { min(profile.nyquist, ThirdOctaves.upperEdge($0)) }
    if spectrum.pauses.count > 0, spectrum.soundOverPauses > LongTermSpectrum.realPauses {
      soundOverPauses = spectrum.soundOverPauses
    } else {
      soundOverPauses = profile.statistics(of: .linked)?.soundOverRealPauses(spectrum)
    }
    if let mid = profile.longTermSpectra[.mid], let side = profile.longTermSpectra[.side], mid.sound.count > 0
    {
      let level = { (levels: [Double]) in LongTermSpectrum.weightedLevel(levels) }
      // A silent side has no frames of sound.
      width = side.sound.count > 0 ? level(side.soundLevels) - level(mid.soundLevels) : -.infinity
    }
  }

  /// The sums of three third octaves each, about 31.5 Hz to 16 kHz, relative to the sum of all.
  private static func octaves(_ levels: [Double], known: [Int]) -> [Octave] {
    let powers = levels.map { pow(10, $0 / 10) }
    let total = known.reduce(0) { $0 + powers[$1] }
    guard total > 0 else { return [] }
    // 1 kHz is the 16th third octave; the centres of octaves are three third octaves apart.
    return stride(from: 0, to: levels.count, by: 3).compactMap { middle in
      let parts = known.filter { abs($0 - middle) <= 1 }
      guard known.contains(middle) else { return nil }
      let power = parts.reduce(0) { $0 + powers[$1] }
      return Octave(
        frequency: ThirdOctaves.frequencies[middle], level: 10 * log10(max(power / total, 1e-20)))
    }
  }
}
