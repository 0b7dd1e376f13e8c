import Foundation

/// The metadata of a sound file: text fields, and all other parts as the file stores them.
///
/// Every container has some of the text fields. The other parts are passed on between containers of one family
/// (<doc:Metadata>).
public struct SoundMetadata: Hashable, Sendable, Codable {
  /// A text field.
  public enum Field: String, Hashable, Sendable, CaseIterable, Codable {
    /// The title.
    case title
    /// The copyright notice.
    case copyright
    /// The program that made the file.
    case software
    /// The artist.
    case artist
    /// A comment.
    case comment
    /// The date.
    case date
    /// The album.
    case album
    /// The licence.
    case license
    /// The track number.
    case trackNumber
    /// The genre.
    case genre
  }

  /// The text of each field that is present.
  public var texts: [Field: String]

  /// All parts as the file stores them; nil where the metadata was not read from a file.
  var stored: StoredMetadata?

  /// Creates metadata.
  public init(texts: [Field: String] = [:]) {
    self.texts = texts
  }

  /// Whether there are neither texts nor parts.
  public var isEmpty: Bool { texts.isEmpty && partNames.isEmpty }

  /// The names of the chunks, blocks or tags that the file holds: `bext`, `cue `, `PICTURE` and so on.
  public var partNames: [String] { stored?.parts.map(\.name) ?? [] }

  /// The stored parts for a file of a format, converted where the format is of another family; nil where there are
  /// none.
  func stored(for format: SoundFileFormat) -> StoredMetadata? {
    guard let stored, let family = StoredMetadata.family(of: format) else { return nil }
    return stored.family == family ? stored : stored.converted(to: family)
  }

  /// The text of one field, or nil.
  public subscript(field: Field) -> String? {
    get { texts[field] }
    set { texts[field] = newValue }
  }

  /// A program's name without the “ (libsndfile-1.2.3)” that libsndfile adds on writing.
  static func withoutLibraryName(_ software: String) -> String? {
    if software.hasPrefix("libsndfile-") { return nil }
    guard software.hasSuffix(")"), let range = software.range(of: " (libsndfile-", options: .backwards) else {
      return software
    }
    return String(software[..<range.lowerBound])
  }
}

/// Loudness and peaks of a file's samples, to be written beside them for players and broadcasters (<doc:Metadata>).
///
/// All values are those of meters that count each channel once (ITU-R BS.1770-4). With L the integrated loudness in
/// LUFS and P the true peak in dBTP:
///
///     ReplayGain 2.0    gain = −18 − L dB,  peak = 10^(P/20)
///     R128 of Opus      gain = round(256 · (−23 − L)), in 1/256 dB (RFC 7845, section 5.2.1)
///     bext              round(100 · value) (EBU Tech 3285, version 2)
public struct SoundLoudness: Hashable, Sendable {
  /// Integrated loudness in LUFS; `nil` where no block passes the gates.
  public var integrated: Double?
  /// Loudness range in LU; `nil` where there is none.
  public var range: Double?
  /// The highest true peak in dBTP; `nil` for digital silence.
  public var truePeak: Double?
  /// The highest momentary loudness in LUFS; `nil` where there is none.
  public var highestMomentary: Double?
  /// The highest short-term loudness in LUFS; `nil` where there is none.
  public var highestShortTerm: Double?
  /// The figures of the whole album; nil for a file by itself.
  public var album: Album?

  /// Loudness and peak of all files of an album, as one programme.
  public struct Album: Hashable, Sendable {
    /// Integrated loudness in LUFS.
    public var integrated: Double
    /// The highest true peak in dBTP; `nil` for digital silence.
    public var truePeak: Double?

    /// Creates the figures of an album.
    public init(integrated: Double, truePeak: Double?) {
      (self.integrated, self.truePeak) = (integrated, truePeak)
    }
  }

  /// Creates figures without any values.
  public init() {}
}

extension SoundLoudness {
  /// The form in which a container stores loudness.
  enum Form: Hashable {
    /// Five numbers of the chunk `bext`.
    case broadcast
    /// Comments named `REPLAYGAIN_…`.
    case replayGain
    /// Comments named `R128_…`.
    case r128
    /// ID3 frames `TXXX:replaygain_…`.
    case id3
  }

  /// The form in which a format stores loudness; nil where it has no place for loudness.
  static func form(of format: SoundFileFormat) -> Form? {
    switch format.container {
    case .wav, .wavex, .rf64: format.byteOrder == .big ? nil : .broadcast
    case .flac: .replayGain
    case .ogg: format.encoding == .opus ? .r128 : .replayGain
    case .mp3, .aiff: .id3
    default: nil
    }
  }

  /// The names and values of tags, in the order in which they are written.
  func tags(_ form: Form) -> [(name: String, value: String)] {
    let all =
      [("TRACK", integrated, truePeak)] + (album.map { [("ALBUM", $0.integrated, $0.truePeak)] } ?? [])
    var tags: [(name: String, value: String)] = []
    for (scope, loudness, peak) in all {
      switch form {
      case .broadcast: break
      case .r128:
        if let loudness { tags.append(("R128_\(scope)_GAIN", "\(Self.fixedPoint(-23 - loudness))")) }
      case .replayGain, .id3:
        if let loudness { tags.append(("REPLAYGAIN_\(scope)_GAIN", Self.decibels(-18 - loudness))) }
        if let peak { tags.append(("REPLAYGAIN_\(scope)_PEAK", String(format: "%.6f", pow(10, peak / 20)))) }
      }
    }
    // Players look for these names in small letters in ID3 tags.
    return form == .id3 ? tags.map { ($0.name.lowercased(), $0.value) } : tags
  }

  /// The five numbers of `bext` in the order of the chunk, as 16 bits; 0x7FFF is “not measured”.
  var broadcastNumbers: [Int] {
    [integrated, range, truePeak, highestMomentary, highestShortTerm].map { value in
      guard let value, abs(value) < 99.995 else { return 0x7FFF }
      return Int((100 * value).rounded()) & 0xFFFF
    }
  }

  private static func decibels(_ gain: Double) -> String {
    let text = String(format: "%.2f dB", gain)
    return text == "-0.00 dB" ? "0.00 dB" : text
  }

  /// A gain in 1/256 dB, within 16 bits.
  private static func fixedPoint(_ gain: Double) -> Int {
    Int(min(max((256 * gain).rounded(), -32768), 32767))
  }
}
