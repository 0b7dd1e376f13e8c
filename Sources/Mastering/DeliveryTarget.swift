import Foundation
public import Restylings

/// The requirements of a publisher or platform for a file, with their source; <doc:DeliveryTargets> has the table.
public struct DeliveryTarget: Hashable, Sendable {
  /// The name on the command line.
  public let name: String
  /// The publisher or platform, in a few words.
  public let title: String
  /// The integrated loudness in LUFS that a file should have, as meters read it; `nil` for any.
  public let loudness: Double?
  /// The loudness in LUFS that a file of one channel should have; `nil` where it is ``loudness``.
  public let monoLoudness: Double?
  /// The tolerance of the loudness below and above, in LU.
  public let tolerance: (below: Double, above: Double)
  /// Whether the source states the tolerance; otherwise this program chose it.
  public let toleranceIsStated: Bool
  /// The highest true peak in dBTP; `nil` for any, as with the limits below.
  public let truePeak: Double?
  /// The highest true peak in dBTP of a file that is louder than ``loudness``; `nil` where it is ``truePeak``.
  public let truePeakWhenLouder: Double?
  /// The highest sample in dBFS.
  public let samplePeak: Double?
  /// The highest short-term loudness in LUFS.
  public let shortTerm: Double?
  /// The range of the level over the whole file in dBFS, unweighted.
  public let level: ClosedRange<Double>?
  /// The highest noise floor in dBFS: the level of the quietest 400 ms.
  public let noiseFloor: Double?
  /// The required file format; `nil` for any.
  public let file: FileRequirement?
  /// The source of the numbers.
  public let source: Source
  /// A remark for the user; `nil` for none.
  public let note: String?

  /// The requirements for a file's format.
  public struct FileRequirement: Hashable, Sendable {
    /// Whether it has to be MP3.
    public var isMP3: Bool
    /// The sample rate in Hz.
    public var sampleRate: Int
    /// The lowest mean bit rate in kbit/s.
    public var leastBitRate: Double
    /// The longest duration in seconds.
    public var longest: Double
    /// The largest number of channels.
    public var mostChannels: Int
  }

  /// The source of a target's numbers.
  public struct Source: Hashable, Codable, Sendable {
    /// The document.
    public var text: String
    /// Its address.
    public var address: String
    /// The date of the document, or the date on which it was read.
    public var date: String
  }

  private init(
    _ name: String, _ title: String, loudness: Double? = nil, mono: Double? = nil,
    tolerance: (below: Double, above: Double) = (1, 1), toleranceIsStated: Bool = false,
    truePeak: Double? = nil,
    truePeakWhenLouder: Double? = nil, samplePeak: Double? = nil, shortTerm: Double? = nil,
    level: ClosedRange<Double>? = nil, noiseFloor: Double? = nil, file: FileRequirement? = nil,
    source: (String, String, String), note: String? = nil
  ) {
    (self.name, self.title, self.loudness, monoLoudness) = (name, title, loudness, mono)
    (self.tolerance, self.toleranceIsStated) = (tolerance, toleranceIsStated)
    (self.truePeak, self.truePeakWhenLouder, self.samplePeak) = (truePeak, truePeakWhenLouder, samplePeak)
    (self.shortTerm, self.level, self.noiseFloor, self.file) = (shortTerm, level, noiseFloor, file)
    self.source = Source(text: source.0, address: source.1, date: source.2)
    self.note = note
  }

  /// Whether both are the same target.
  public static func == (a: DeliveryTarget, b: DeliveryTarget) -> Bool { a.name == b.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The target with a name; `nil` where there is none.
  public init?(name: String) {
    guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// The loudness in LUFS that a file with a number of channels should have, as meters read it; `nil` for any.
  public func loudness(channelCount: Int) -> Double? {
    channelCount == 1 ? monoLoudness ?? loudness : loudness
  }

  /// The loudness target of restyling: the loudness, or the middle of the levels that pass.
  public var aim: LoudnessTarget {
    if let loudness { return .metered(loudness, mono: monoLoudness ?? loudness) }
    return level.map { .level(($0.lowerBound + $0.upperBound) / 2) } ?? .keep
  }

  /// The ceiling of restyling in dBTP.
  ///
  /// For a lossy format it lies a margin under the limit, as encoding changes peaks.
  public var ceiling: Double {
    let limit = truePeak ?? samplePeak ?? LevelAim.defaultCeiling
    return file?.isMP3 == true ? limit - Self.encodingMargin : limit
  }

  /// The margin in dB under the limit of peaks before a lossy encoder.
  private static let encodingMargin = 0.5
}

extension DeliveryTarget {
  /// All targets.
  public static let all: [DeliveryTarget] = [
    DeliveryTarget(
      "podcast", "Apple Podcasts", loudness: -16, mono: -19, tolerance: (1, 1), toleranceIsStated: true,
      truePeak: -1,
      source: (
        "Apple Podcasts for Creators, Audio requirements",
        "https://podcasters.apple.com/support/893-audio-requirements",
        "read about in 2026"
      ),
      note: "-19 LUFS of one channel sound from two loudspeakers as -16 LUFS of two"),
    DeliveryTarget(
      "spotify", "Spotify, volume Normal", loudness: -14, truePeak: -1, truePeakWhenLouder: -2,
      source: (
        "Spotify for Artists, Loudness normalization",
        "https://support.spotify.com/artists/article/loudness-normalization/", "read about in 2025"
      ),
      note: "the player brings every song to -14 LUFS; a louder one is not refused"),
    DeliveryTarget(
      "apple-music", "Apple Music, Sound Check", loudness: -16, truePeak: -1,
      source: (
        "Production Expert, Apple Choose -16LUFS Loudness Level For Apple Music",
        "https://www.production-expert.com/production-expert-1/apple-choose-16lufs-loudness-level-for-apple-music-heres-why",
        "2022"
      ),
      note: "Apple publishes no number; the player brings songs to this loudness"),
    DeliveryTarget(
      "youtube", "YouTube", loudness: -14, truePeak: -1,
      source: (
        "Production Expert, Apple Choose -16LUFS Loudness Level For Apple Music (its list of platforms)",
        "https://www.production-expert.com/production-expert-1/apple-choose-16lufs-loudness-level-for-apple-music-heres-why",
        "2022"
      ),
      note: "observed, as YouTube publishes no number; the player lowers louder videos, and raises none"),
    DeliveryTarget(
      "alexa", "Amazon Alexa, skills and flash briefings", loudness: -14, tolerance: (5, 5),
      toleranceIsStated: true,
      truePeak: -2,
      source: (
        "Amazon, Normalizing the Loudness of Audio Content",
        "https://developer.amazon.com/en-US/docs/alexa/flashbriefing/normalizing-the-loudness-of-audio-content.html",
        "read in 2026"
      ),
      note: "under -19 and over -9 LUFS a skill may be refused"),
    DeliveryTarget(
      "acx", "ACX and Audible, audiobooks", samplePeak: -3, level: -23 ... -18, noiseFloor: -60,
      file: FileRequirement(
        isMP3: true, sampleRate: 44_100, leastBitRate: 192, longest: 7200, mostChannels: 2),
      source: (
        "ACX Audio Submission Requirements",
        "https://www.acx.com/help/acx-audio-submission-requirements/201456300", "read about in 2026"
      ),
      note:
        "the noise floor is measured as by ACX Check 2.4 of Audacity; that the bit rate is constant, and the silence "
        + "before and after, are not checked"),
    DeliveryTarget(
      "ebu-r128", "EBU R 128, broadcasting in Europe", loudness: -23, tolerance: (0.5, 0.5),
      toleranceIsStated: true,
      truePeak: -1,
      source: (
        "EBU R 128, version 3.0 (since 4.0, August 2020: ±1 LU in production)",
        "https://tech.ebu.ch/publications/r128", "June 2014"
      )),
    DeliveryTarget(
      "ebu-r128-s1", "EBU R 128 s1, advertisements and trailers", loudness: -23, tolerance: (0.5, 0.5),
      toleranceIsStated: true, truePeak: -1, shortTerm: -18,
      source: (
        "EBU R 128 s1, version 2.0",
        "https://www.ibc.org/trends/ebu-loudness-specification-changes-/993.article", "2016"
      )),
    DeliveryTarget(
      "atsc-a85", "ATSC A/85, television in the United States", loudness: -24, tolerance: (2, 2),
      toleranceIsStated: true, truePeak: -2,
      source: (
        "ATSC A/85:2013",
        "https://www.atsc.org/atsc-documents/a85-techniques-for-establishing-and-maintaining-audio-loudness/",
        "12 March 2013"
      ),
      note: "in long programmes the standard measures dialogue; here all sound is measured"),
    DeliveryTarget(
      "aes-speech", "AES TD1008, speech and mixed programmes on the internet", loudness: -18,
      tolerance: (2, 2),
      toleranceIsStated: true, truePeak: -1,
      source: (
        "AES TD1008.1.21-9",
        "https://www.radioworld.com/tech-and-gear/tech-tips/streaming-audio-loudness-guidelines-explained",
        "September 2021"
      )),
    DeliveryTarget(
      "aes-music", "AES TD1008, music on the internet, track by track", loudness: -16, truePeak: -1,
      source: (
        "AES TD1008.1.21-9",
        "https://www.radioworld.com/tech-and-gear/tech-tips/streaming-audio-loudness-guidelines-explained",
        "September 2021"
      )),
  ]
}
