/// What one format can hold: one row of the published table.
///
/// The rows were found by writing and reading back every combination with libsndfile, and the tests do so again.
public struct FormatCapability: Hashable, Sendable, CustomStringConvertible {
  /// Which sample rates a format takes.
  public enum SampleRates: Hashable, Sendable {
    /// Any whole rate in a range, in Hz.
    case range(ClosedRange<Int>)
    /// Only these, in Hz.
    case list([Int])

    /// Whether a rate is among them.
    public func contains(_ rate: Int) -> Bool {
      switch self {
      case .range(let range): range.contains(rate)
      case .list(let rates): rates.contains(rate)
      }
    }
  }

  /// Container and encoding.
  public let format: SoundFileFormat
  /// The largest number of channels that is vouched for; every smaller number works, too.
  public let maximumChannelCount: Int
  /// The sample rates.
  public let sampleRates: SampleRates
  /// Whether a file without frames can be written and read back.
  public let holdsZeroFrames: Bool
  /// The text fields that can be written and read back.
  public let fields: Set<SoundMetadata.Field>
  /// The largest number of bytes of sound data, or nil where there is no limit.
  public let maximumByteCount: Int?

  /// The format's name.
  public var description: String { format.name }

  /// Whether samples come back exactly.
  public var isLossless: Bool { format.encoding.isLossless }

  /// The row of a format, whatever its byte order, or nil where it is not in the table.
  public static func of(_ format: SoundFileFormat) -> FormatCapability? {
    all.first { $0.format.container == format.container && $0.format.encoding == format.encoding }
  }

  /// All rows: the ten main containers with their encodings.
  public static let all: [FormatCapability] =
    rows(.wav, linear8Unsigned, fields: riffFields, limit: fourGigabytes)
    + rows(.wavex, linear8Unsigned, fields: riffFields, limit: fourGigabytes)
    + rows(.rf64, linear8Unsigned, fields: riffFields)
    + rows(.w64, linear8Unsigned)
    + rows(
      .aiff, [.pcmS8, .pcmU8, .pcm16, .pcm24, .pcm32, .ulaw, .alaw], fields: aiffFields, limit: fourGigabytes)
    + rows(.aiff, [.float32, .float64], zero: false, fields: aiffFields, limit: fourGigabytes)
    + rows(.caf, linear8Signed, fields: allFields)
    + rows(.caf, [.alac16], fields: allFields)
    // libsndfile 1.2 damages blocks that do not compress: those of stereo pairs at 20 and 24 bits, all at 32 bits.
    + rows(.caf, [.alac20, .alac24], channels: 1, fields: allFields)
    + rows(.au, linear8Signed, limit: fourGigabytes)
    + rows(.flac, [.pcmS8, .pcm16, .pcm24], zero: false, fields: allFields)
    + rows(.ogg, [.vorbis], fields: allFields)
    + rows(.ogg, [.opus], rates: .list([8000, 12000, 16000, 24000, 48000]), zero: false, fields: allFields)
    + rows(
      .mp3, [.mpegLayer3], channels: 2,
      rates: .list([8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]), zero: false,
      fields: id3Fields)

  private static let linear8Unsigned: [SoundEncoding] = [
    .pcmU8, .pcm16, .pcm24, .pcm32, .float32, .float64, .ulaw, .alaw,
  ]
  private static let linear8Signed: [SoundEncoding] = [
    .pcmS8, .pcm16, .pcm24, .pcm32, .float32, .float64, .ulaw, .alaw,
  ]

  /// Chunk lengths have 32 bits; a megabyte is left for the header and the text.
  private static let fourGigabytes = 0xFFFF_FFFF - 0x10_0000

  private static let allFields = Set(SoundMetadata.Field.allCases)
  private static let riffFields = allFields.subtracting([.license])
  private static let aiffFields: Set<SoundMetadata.Field> = [
    .title, .copyright, .software, .artist, .comment,
  ]
  private static let id3Fields: Set<SoundMetadata.Field> = [
    .title, .artist, .comment, .date, .album, .trackNumber, .genre,
  ]

  private static func rows(
    _ container: SoundContainer, _ encodings: [SoundEncoding], channels: Int = 8,
    rates: SampleRates = .range(8000...192_000), zero: Bool = true, fields: Set<SoundMetadata.Field> = [],
    limit: Int? = nil
  ) -> [FormatCapability] {
    encodings.map {
      FormatCapability(
        format: SoundFileFormat(container, $0), maximumChannelCount: channels, sampleRates: rates,
        holdsZeroFrames: zero, fields: fields, maximumByteCount: limit)
    }
  }
}

/// The capability table as text.
extension FormatCapability {
  /// All rows as a Markdown table; rows of a container that differ in the encoding alone are one line.
  public static var markdownTable: String {
    var lines = [
      "| format | encodings | channels | sample rates | text fields | limits |",
      "|---|---|---|---|---|---|",
    ]
    var groups: [[FormatCapability]] = []
    for row in all {
      if let last = groups.last?.first, last.isLike(row) {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
    for group in groups {
      guard let row = group.first else { continue }
      let encodings = group.map(\.format.encoding.name).joined(separator: ", ")
      let channels = row.maximumChannelCount == 1 ? "1" : "1–\(row.maximumChannelCount)"
      let cells = [
        row.format.container.name, encodings, channels, row.sampleRates.text, row.fieldsText, row.limitsText,
      ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func isLike(_ other: FormatCapability) -> Bool {
    format.container == other.format.container && maximumChannelCount == other.maximumChannelCount
      && sampleRates == other.sampleRates && holdsZeroFrames == other.holdsZeroFrames
      && fields == other.fields
      && maximumByteCount == other.maximumByteCount
  }

  private var fieldsText: String {
    if fields.isEmpty { return "none" }
    let all = SoundMetadata.Field.allCases
    let missing = all.filter { !fields.contains($0) }.map(\.name)
    if missing.isEmpty { return "all" }
    let kept = all.filter { fields.contains($0) }.map(\.name)
    return missing.count < kept.count
      ? "all but " + missing.joined(separator: ", ") : kept.joined(separator: ", ")
  }

  private var limitsText: String {
    var limits: [String] = []
    if maximumByteCount != nil { limits.append(format.canBecomeRF64 ? "RF64 beyond 4.2 GB" : "4.2 GB") }
    if !holdsZeroFrames { limits.append("at least 1 frame") }
    return limits.isEmpty ? "–" : limits.joined(separator: "; ")
  }
}
