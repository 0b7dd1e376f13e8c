import AudioFeatures
import Foundation

/// What a musician reads of a profile: the tone by octave, the dynamics, the noise, the stereo picture.
///
/// Spectra are those of the long-term spectrum: mean powers in third octaves where the recording sounds. A profile
/// that was learned without frames, or by an older version, has none; what follows from it is missing then.
public struct ProfileSummary: Hashable, Codable, Sendable {
  /// The level of each octave in dB, relative to the whole spectrum; empty where it is not known.
  public var octaves: [Octave]
  /// From the 10th to the 95th percentile of the momentary loudness (400 ms) over what sounds, in LU.
  public var momentaryRange: Double?
  /// The true peak over the loudness, in LU.
  public var peakToLoudness: Double?
  /// By how many dB sound lies over pauses, K-weighted; `nil` where the recording has no pauses.
  public var soundOverPauses: Double?
  /// The side over the middle in dB, K-weighted: 0 is as wide as it is deep, −∞ is mono; `nil` but for two channels.
  public var width: Double?
  /// The upper edge in Hz of the highest third octave that lies within 60 dB of the strongest.
  public var bandwidth: Double?

  /// The level of an octave.
  public struct Octave: Hashable, Codable, Sendable {
    /// The centre frequency in Hz.
    public var frequency: Double
    /// The level in dB, relative to the whole spectrum.
    public var level: Double

    /// Joins a frequency and a level.
    public init(frequency: Double, level: Double) {
      (self.frequency, self.level) = (frequency, level)
    }
  }

  /// How far under the strongest third octave others still count, in dB.
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
    }
    if let mid = profile.longTermSpectra[.mid], let side = profile.longTermSpectra[.side], mid.sound.count > 0
    {
      let level = { (levels: [Double]) in LongTermSpectrum.weightedLevel(levels) }
      // A side that never sounds has no frames of its own.
      width = side.sound.count > 0 ? level(side.soundLevels) - level(mid.soundLevels) : -.infinity
    }
  }

  /// The sums of three third octaves each, about 31.5 Hz to 16 kHz, relative to the sum of all.
  private static func octaves(_ levels: [Double], known: [Int]) -> [Octave] {
    let powers = levels.map { pow(10, $0 / 10) }
    let total = known.reduce(0) { $0 + powers[$1] }
    guard total > 0 else { return [] }
    // 1 kHz is the 16th third octave; the octaves' middles stand three apart.
    return stride(from: 0, to: levels.count, by: 3).compactMap { middle in
      let parts = known.filter { abs($0 - middle) <= 1 }
      guard known.contains(middle) else { return nil }
      let power = parts.reduce(0) { $0 + powers[$1] }
      return Octave(
        frequency: ThirdOctaves.frequencies[middle], level: 10 * log10(max(power / total, 1e-20)))
    }
  }
}
