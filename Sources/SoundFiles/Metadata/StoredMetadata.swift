/// The parts that a file holds besides its samples, as they are stored; libsndfile reads none or only some of them.
///
/// A file of the same family gets every part unchanged, without those facts that a change of the samples makes wrong.
/// For other families, parts that cannot be converted are named as losses.
struct StoredMetadata: Hashable, Sendable, Codable {
  /// Containers that share one form of metadata.
  enum Family: String, Hashable, Sendable, Codable {
    /// Chunks of WAV, RF64 and BW64, and chunks of the big-endian RIFX.
    case riff, rifx
    /// Chunks of AIFF.
    case aiff
    /// Chunks of CAF.
    case caf
    /// Vorbis comments and pictures, of FLAC and Ogg.
    case comments
    /// ID3v2 tags.
    case id3
  }

  /// A chunk, a metadata block or a tag: its name and its content.
  struct Part: Hashable, Sendable, Codable {
    var name: String
    var bytes: [UInt8]
  }

  let family: Family
  var parts: [Part] = []
  /// The channel mask of an extensible format chunk, or of the comments of FLAC.
  var channelMask: Int?
  /// Whether an extensible format chunk says that the samples are ambisonic B-format; nil where it does not.
  var isAmbisonic: Bool?
  /// Phrases for parts that were too large to keep, or are of a kind that is not passed on.
  var omitted: [String] = []
  /// The mean bit rate of a lossy file, in bit/s.
  var bitRate: Double?
  /// The text fields that libsndfile found among the parts.
  var texts: [SoundMetadata.Field: String] = [:]

  /// The largest number of bytes that are kept of one file.
  static let byteLimit = 64 << 20

  /// The number of bytes of all parts, while they are read.
  private var keptByteCount = FileNumber(0)

  init(_ family: Family) { self.family = family }

  private enum CodingKeys: CodingKey {
    case family, parts, channelMask, isAmbisonic, omitted, bitRate, texts
  }

  /// Reads the parts of a file; nil for containers that hold none.
  static func read(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, _ format: SoundFileFormat, hasLayout: Bool
  ) -> StoredMetadata? {
    let first = ofFirstPart(source, probe, format, hasLayout: hasLayout)
    guard let family = family(of: format), hasFurtherTags(source, probe, format, than: first) else {
      return first
    }
    var stored = first ?? StoredMetadata(family)
    stored.omitted.append("the tags of further parts of the file")
    return stored
  }

  private static func ofFirstPart(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, _ format: SoundFileFormat, hasLayout: Bool
  ) -> StoredMetadata? {
    switch family(of: format) {
    case .riff: riff(source, probe, .riff)
    case .rifx: riff(source, probe, .rifx)
    case .aiff: aiff(source, probe, hasLayout: hasLayout)
    case .caf: caf(source, probe, hasLayout: hasLayout)
    case .comments where format.container == .flac: probe.streams.first.map { flac(source, $0, probe) }
    case .comments: oggOfAnyKind(source)
    case .id3: id3(source)
    case nil: other(source, probe, format)
    }
  }

  /// Whether a further part of a joined file or a chain has other tags than the first one.
  private static func hasFurtherTags(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, _ format: SoundFileFormat,
    than first: StoredMetadata?
  ) -> Bool {
    if probe.hasInnerTags { return true }
    guard family(of: format) == .comments else { return false }
    for layout in probe.streams.dropFirst() {
      let part =
        if format.container == .flac {
          flac(source, layout, probe)
        } else if case .file(let range)? = layout.pieces.first {
          ogg(source, from: range.lowerBound)
        } else {
          StoredMetadata?.none
        }
      if let part, !part.tags.isEmpty, part.tags != first?.tags { return true }
    }
    return false
  }

  /// All comments and pictures, without the names of encoders.
  private var tags: [[UInt8]] {
    parts.filter { [Self.comment, Self.picture].contains($0.name) }
      .flatMap { isText($0) ? VorbisComments($0.bytes)?.comments ?? [] : [$0.bytes] }
  }

  /// The family of a format; nil where there is none.
  static func family(of format: SoundFileFormat) -> Family? {
    switch format.container {
    case .wav, .wavex, .rf64: format.byteOrder == .big ? .rifx : .riff
    case .aiff: .aiff
    case .caf: .caf
    case .flac, .ogg: .comments
    case .mp3: .id3
    default: nil
    }
  }

  /// Keeps a part of `count` bytes at an offset of the file, or notes that it is too large.
  mutating func take(
    _ name: String, _ source: borrowing SoundSource, at offset: FileNumber, count: FileNumber
  ) {
    guard hasRoom(name, at: offset, count: count, of: source.byteCount) else { return }
    parts.append(Part(name: name, bytes: source.bytes(at: offset, count: count.value)))
  }

  /// Keeps a part of `count` bytes at an offset of a view, or notes that it is too large.
  mutating func take(_ name: String, _ view: FileView, at offset: FileNumber, count: FileNumber) {
    guard hasRoom(name, at: offset, count: count, of: view.length ?? 0) else { return }
    parts.append(Part(name: name, bytes: view.bytes(at: offset, count: count.value)))
  }

  private mutating func hasRoom(
    _ name: String, at offset: FileNumber, count: FileNumber, of byteCount: Int
  ) -> Bool {
    guard offset + count <= FileNumber(byteCount) else {
      omitted.append(Self.phrase(name) + Self.cutPhrase)
      return false
    }
    guard keptByteCount + count <= FileNumber(Self.byteLimit) else {
      omitted.append(Self.phrase(name) + " (over 64 MB)")
      return false
    }
    keptByteCount += count
    return true
  }

  /// Whether a part holds text fields that libsndfile reads and writes as well.
  func isText(_ part: Part) -> Bool {
    switch family {
    case .riff, .rifx: part.name == "LIST" && HeaderBytes.text(part.bytes, 0, 4) == "INFO"
    case .aiff:
      part.name == "APPL"
        ? HeaderBytes.text(part.bytes, 0, 4) == Self.libraryMark
        : ["NAME", "AUTH", "(c) ", "ANNO"].contains(part.name)
    case .caf: part.name == "info"
    case .comments: part.name == Self.comment
    case .id3: true
    }
  }

  /// The metadata without facts that changed samples make wrong: loudness, gains, checksums, identities of the
  /// material.
  func withoutMeasurements() -> StoredMetadata {
    var changed = self
    changed.parts = parts.compactMap { part in
      var part = part
      switch (family, part.name) {
      case (.riff, "bext"), (.rifx, "bext"):
        part.bytes = BroadcastExtension.withoutMeasurements(part.bytes, bigEndian: family == .rifx)
      case (.riff, "iXML"), (.rifx, "iXML"):
        part.bytes = BroadcastExtension.withoutMeasurements(iXML: part.bytes)
      case (.riff, "id3 "), (.riff, "ID3 "), (.rifx, "id3 "), (.rifx, "ID3 "), (.aiff, "ID3 "), (.id3, _):
        part.bytes = ID3Tag.withoutMeasurements(part.bytes)
      case (.comments, Self.comment):
        guard var comments = VorbisComments(part.bytes) else { return nil }
        comments.removeGains()
        part.bytes = comments.encoded()
      case (.caf, "umid"), (.riff, "umid"), (.rifx, "umid"): return nil
      default: break
      }
      return part
    }
    return changed
  }

  /// The end of a phrase for a part that is not whole.
  static let cutPhrase = ", which the end of the file cuts off"

  /// The names of metadata blocks that are not chunks.
  static let comment = "VORBIS_COMMENT"
  static let picture = "PICTURE"

  /// A phrase for all that is lost where a file of another family is written; nil where nothing is.
  func loss(in format: SoundFileFormat) -> String? {
    var names = parts.flatMap { otherTexts($0) ?? [Self.phrase($0.name)] } + omitted
    if isAmbisonic == true { names.append("that the channels are ambisonic B-format") }
    if losesMask(in: format) { names.append(Self.positions) }
    return Self.phrase(listing: names)
  }

  /// The largest number of names in a phrase.
  private static let listedCount = 20

  /// Different names as one phrase, the first of many listed and the others counted; nil where there are none.
  static func phrase(listing all: [String]) -> String? {
    var seen: Set<String> = []
    var names = all.filter { seen.insert($0).inserted }
    if names.count > listedCount {
      names = names.prefix(listedCount - 1) + ["\(names.count - listedCount + 1) more"]
    }
    guard let last = names.last else { return nil }
    return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " and " + last
  }

  /// Phrases for the texts in a part for which libsndfile has no field; nil for a part that holds no texts.
  func otherTexts(_ part: Part) -> [String]? {
    guard isText(part) else { return nil }
    switch family {
    case .riff, .rifx, .aiff, .caf: return unknownTexts(part).map { "the text “\(Self.short($0))”" }
    case .comments: return VorbisComments(part.bytes)?.unknownKeys.map { "the tag “\(Self.short($0))”" } ?? []
    case .id3: return ID3Tag.comments(of: part.bytes).lossesOfTexts
    }
  }

  /// A name for messages, which can have any length in a file.
  static func short(_ name: String) -> String { name.count > 60 ? name.prefix(60) + "…" : name }

  /// A phrase for a part, for messages.
  static func phrase(_ name: String) -> String {
    switch name {
    case "bext": "the broadcast extension (bext)"
    case "cue ": "the cue points"
    case "LIST": "the labels of cue points (LIST)"
    case "smpl": "the sampler record (smpl)"
    case "inst", "INST": "the instrument record (\(name))"
    case "MARK", "mark": "the markers"
    case "cart": "the cart chunk"
    case picture: "the picture"
    case "CUESHEET": "the cue sheet"
    default:
      name.allSatisfy { $0 == " " }
        ? "a chunk without a readable name"
        : "“\(name.trimmingPrefix(" ").reversed().drop { $0 == " " }.reversed().map(String.init).joined())”"
    }
  }
}
