import Foundation

/// Chunks of RIFF, AIFF and CAF.
extension StoredMetadata {
  /// The largest number of chunks that are read; honest files have fewer.
  private static let chunkLimit = 4096

  /// Chunks that are written anew, or that describe the old samples.
  private static let ownRIFF: Set<String> = [
    "fmt ", "data", "fact", "PEAK", "ds64", "JUNK", "junk", "PAD ", "FLLR", "fllr", "Fake", "levl", "MD5 ",
    "wavl", "slnt",
  ]
  private static let ownAIFF: Set<String> = ["COMM", "SSND", "FVER", "PEAK"]
  private static let ownCAF: Set<String> = ["desc", "data", "pakt", "kuki", "free", "ovvw", "peak"]

  /// Whether bytes can be the name of a chunk: printable ASCII.
  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { (0x20...0x7E).contains($0) }
  }

  static func riff(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, _ family: Family
  ) -> StoredMetadata {
    var stored = StoredMetadata(family)
    let bigEndian = family == .rifx
    var offset: FileNumber = 12
    var longData: FileNumber?
    for _ in 0..<chunkLimit {
      if let end = probe.fileEnd, offset >= end { break }
      let head = source.bytes(at: offset, count: 24)
      guard var length = HeaderBytes.number(head, 4, 4, bigEndian: bigEndian), isName(head.prefix(4)) else {
        break
      }
      let name = HeaderBytes.text(head, 0, 4)
      // Where the length of the data is not known, chunks behind it cannot be found.
      if name == "data", probe.declaredEnd == nil, probe.dataStart != nil { break }
      switch name {
      case "ds64": longData = HeaderBytes.number(head, 16, 8, bigEndian: false)
      case "data":
        if length == 0xFFFF_FFFF { length = longData ?? length }
      case "fmt ":
        stored.note(
          formatChunk: source.bytes(at: offset + 8, count: min(40, length.value)), bigEndian: bigEndian)
      default: break
      }
      if !ownRIFF.contains(name) { stored.take(name, source, at: offset + 8, count: length) }
      offset += 8 + length.roundedUp(toMultipleOf: 2)
    }
    return stored
  }

  static func aiff(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, hasLayout: Bool
  ) -> StoredMetadata {
    chunks(
      .aiff, source, probe, from: 12, lengthSize: 4, alignment: 2,
      leaving: hasLayout ? ownAIFF.union(["CHAN"]) : ownAIFF)
  }

  static func caf(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, hasLayout: Bool
  ) -> StoredMetadata {
    chunks(
      .caf, source, probe, from: 8, lengthSize: 8, alignment: 1,
      leaving: hasLayout ? ownCAF.union(["chan"]) : ownCAF)
  }

  /// Takes the chunks of a big-endian container: a name of 4 bytes, a length, and as many bytes as it says.
  private static func chunks(
    _ family: Family, _ source: borrowing SoundSource, _ probe: HeaderProbe, from start: FileNumber,
    lengthSize: Int, alignment: FileNumber, leaving left: Set<String>
  ) -> StoredMetadata {
    var stored = StoredMetadata(family)
    let headSize = FileNumber(4 + lengthSize)
    var offset = start
    for _ in 0..<chunkLimit {
      if let end = probe.fileEnd, offset >= end { break }
      let head = source.bytes(at: offset, count: 4 + lengthSize)
      guard let length = HeaderBytes.number(head, 4, lengthSize, bigEndian: true), isName(head.prefix(4))
      else {
        break
      }
      let name = HeaderBytes.text(head, 0, 4)
      if !left.contains(name) { stored.take(name, source, at: offset + headSize, count: length) }
      offset += headSize + length.roundedUp(toMultipleOf: alignment)
    }
    return stored
  }

  /// The text fields of INFO lists, for lists that libsndfile does not read (behind the data of RF64).
  var infoTexts: [SoundMetadata.Field: String] {
    let fields: [String: SoundMetadata.Field] = [
      "INAM": .title, "ICOP": .copyright, "ISFT": .software, "IART": .artist, "ICMT": .comment, "ICRD": .date,
      "IPRD": .album, "ITRK": .trackNumber, "IGNR": .genre,
    ]
    var texts: [SoundMetadata.Field: String] = [:]
    for part in parts where isText(part) {
      for item in Self.chunks(in: Array(part.bytes.dropFirst(4)), bigEndian: family == .rifx) {
        let bytes = item.bytes.prefix { $0 != 0 }
        guard let field = fields[item.name], !bytes.isEmpty, texts[field] == nil else { continue }
        texts[field] = String(bytes: bytes, encoding: .utf8) ?? String(bytes: bytes, encoding: .isoLatin1)
      }
    }
    return texts
  }

  /// The chunks inside a chunk.
  static func chunks(in bytes: [UInt8], bigEndian: Bool) -> [Part] {
    var found: [Part] = []
    var offset: FileNumber = 0
    while let length = HeaderBytes.number(bytes, (offset + 4).value, 4, bigEndian: bigEndian) {
      let start = offset + 8
      guard start + length <= FileNumber(bytes.count) else { break }
      found.append(
        Part(
          name: HeaderBytes.text(bytes, offset.value, 4),
          bytes: Array(bytes[start.value..<(start + length).value])))
      offset = start + length.roundedUp(toMultipleOf: 2)
    }
    return found
  }

  // MARK: Writing

  /// Appends the parts to a finished file of the same family, and corrects its length; false where that fails.
  func append(to descriptor: Int32, byteCount: Int, skippingTexts: Bool) -> Bool {
    let added = parts.filter { !(skippingTexts && isText($0)) }
    guard !added.isEmpty else { return true }
    let isCAF = family == .caf
    let bigEndian = family != .riff
    var bytes: [UInt8] = []
    if !isCAF, byteCount % 2 == 1 { bytes.append(0) }
    for part in added {
      bytes += Array(part.name.utf8.prefix(4))
      bytes += HeaderBytes.bytes(of: FileNumber(part.bytes.count), count: isCAF ? 8 : 4, bigEndian: bigEndian)
      bytes += part.bytes
      if !isCAF, part.bytes.count % 2 == 1 { bytes.append(0) }
    }
    let total = FileNumber(byteCount) + FileNumber(bytes.count)
    guard let head = FileBytes.read(4, from: descriptor, at: 0) else { return false }
    let isLong = isCAF || HeaderBytes.text(head, 0, 4) == "RF64"
    guard isLong || total - 8 <= 0xFFFF_FFFF else { return false }
    guard FileBytes.write(bytes, to: descriptor, at: byteCount) else { return false }
    if isCAF { return true }
    // RF64 has the length of the whole file in the chunk ds64, which comes first.
    let length = HeaderBytes.bytes(of: total - 8, count: isLong ? 8 : 4, bigEndian: bigEndian)
    return FileBytes.write(length, to: descriptor, at: isLong ? 20 : 4)
  }

  /// Writes a channel mask, and the identifier of B-format, into the format chunk of a finished file; false where
  /// writing fails.
  ///
  /// A format chunk without a place for the mask stays as it is.
  static func write(channelMask: Int, isAmbisonic: Bool, to descriptor: Int32) -> Bool {
    var offset: FileNumber = 12
    while let head = FileBytes.read(8, from: descriptor, at: offset.value),
      let length = HeaderBytes.number(head, 4, 4, bigEndian: false)
    {
      guard HeaderBytes.text(head, 0, 4) == "fmt " else {
        offset += 8 + length.roundedUp(toMultipleOf: 2)
        continue
      }
      guard length >= 40 else { return true }
      let mask = HeaderBytes.bytes(of: FileNumber(channelMask), count: 4, bigEndian: false)
      guard FileBytes.write(mask, to: descriptor, at: (offset + 28).value) else { return false }
      // The first two bytes of the identifier tell integers from floats.
      return !isAmbisonic || FileBytes.write(ambisonic, to: descriptor, at: (offset + 34).value)
    }
    return true
  }
}
