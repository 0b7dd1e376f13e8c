import AudioFeatures
import Foundation

/// How far two recordings are apart, by the measures of the benchmarks.
///
/// With the levels a and b of their long-term spectra in third octaves, d = b − a over the bands that both have, the
/// distance of the spectra is the spread of d: √(mean (d − mean d)²), in dB. A gain of all bands does not count. The
/// other measures are differences, b less a.
public struct ProfileComparison: Hashable, Codable, Sendable {
  /// The distance of the spectra in dB; `nil` where one has none, or no band is common.
  public var spectralDistance: Double?
  /// The third octaves, with the difference of the two at equal level.
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
  /// The difference of sound over pauses in dB.
  public var soundOverPauses: Double?
  /// The difference of the side over the middle in dB.
  public var width: Double?
  /// The mean over the bands that both have of |σb − σa|, the difference of the spreads of their levels, in dB.
  public var spreadDistance: Double?

  /// A third octave.
  public struct Band: Hashable, Codable, Sendable {
    /// The centre frequency in Hz.
    public var frequency: Double
    /// The difference in dB, second less first, less the mean difference.
    public var difference: Double
  }

  /// Third octaves under −100 dB of the strongest are nothing.
  private static let leastLevel = 100.0

  /// Compares two profiles.
  ///
  /// - Parameters:
  ///   - first: One of them.
  ///   - second: The other one.
  ///   - measured: What was measured for delivery, where both are sound files.
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

  /// The differences of the levels of third octaves that both have, below half a sample rate.
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
  /// ``ProfileComparison/spectralDistance`` of two spectra, below half the lower sample rate.
  package func spectralDistance(to other: LongTermLevels, below nyquist: Double) -> Double? {
    ProfileComparison.distance(ProfileComparison.bands(sound, other.sound, below: nyquist))
  }
}
