import Foundation

/// Texts of containers into which none are written: W64, AU, VOC and 8SVX.
///
/// The texts are read as chunks of a family that has such chunks, so that they are passed on to its containers.
extension StoredMetadata {
  static func other(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, _ format: SoundFileFormat
  ) -> StoredMetadata? {
    switch format.container {
    case .w64: w64(source, probe)
    case .au: au(source, probe)
    case .voc: voc(source)
    case .svx: svx(source, probe)
    default: nil
    }
  }

  /// Chunks of W64: those of RIFF, with names of 16 bytes, most of which begin with the 4 letters of RIFF.
  private static func w64(_ source: borrowing SoundSource, _ probe: HeaderProbe) -> StoredMetadata? {
    var stored = StoredMetadata(.riff)
    let end = probe.fileEnd ?? FileNumber(source.byteCount)
    var offset: FileNumber = 40
    for _ in 0..<chunkLimit {
      let head = source.bytes(at: offset, count: 24)
      // A length counts the 24 bytes of name and length.
      guard offset < end, let length = HeaderBytes.number(head, 16, 8, bigEndian: false), length >= 24 else {
        break
      }
      var name = HeaderBytes.text(head, 0, 4)
      if name == "list" { name = "LIST" }
      if name == "data", probe.declaredEnd == nil { break }
      let (start, count) = (offset + 24, length - 24)
      if name == "fmt " { stored.note(formatChunk: source.bytes(at: start, count: 40), bigEndian: false) }
      if head.starts(with: [0xBC, 0x94, 0x5F, 0x92]) {
        let part = summary(source.bytes(at: start, count: min(count.value, 1 << 20)))
        stored.parts.append(part)
      } else if head.starts(with: [0x56, 0x62, 0xF7, 0xAB]) {
        stored.omitted.append("the markers")
      } else if !head.prefix(4).allSatisfy({ (0x20...0x7E).contains($0) }) {
        stored.omitted.append("a chunk without a readable name")
      } else if !ownRIFF.contains(name) {
        stored.take(name, source, at: start, count: count)
      }
      offset += length.roundedUp(toMultipleOf: 8)
    }
    return stored
  }

  /// The summary list of W64, whose texts are in UTF-16, as a list of RIFF.
  private static func summary(_ bytes: [UInt8]) -> Part {
    var list = Array("INFO".utf8)
    var offset: FileNumber = 4
    while let length = HeaderBytes.number(bytes, (offset + 4).value, 4, bigEndian: false) {
      let (start, end) = (offset + 8, offset + 8 + length)
      guard end <= FileNumber(bytes.count) else { break }
      let text = String(data: Data(bytes[start.value..<end.value]), encoding: .utf16LittleEndian) ?? ""
      list += chunk(
        Part(name: HeaderBytes.text(bytes, offset.value, 4), bytes: text.utf8.prefix { $0 != 0 } + [0]),
        lengthSize: 4, bigEndian: false)
      offset = end
    }
    return Part(name: "LIST", bytes: list)
  }

  /// The annotation of AU, between the header and the samples.
  private static func au(_ source: borrowing SoundSource, _ probe: HeaderProbe) -> StoredMetadata? {
    guard let start = probe.dataStart, start > 24 else { return nil }
    var stored = StoredMetadata(.aiff)
    stored.take("ANNO", source, at: 24, count: start - 24)
    stored.keepTexts()
    return stored
  }

  /// The text blocks of VOC.
  private static func voc(_ source: borrowing SoundSource) -> StoredMetadata? {
    var stored = StoredMetadata(.aiff)
    guard var offset = source.number(at: 20, count: 2, bigEndian: false) else { return nil }
    for _ in 0..<chunkLimit {
      let head = source.bytes(at: offset, count: 4)
      guard let length = HeaderBytes.number(head, 1, 3, bigEndian: false) else { break }
      switch head[0] {
      case 0: offset = FileNumber(source.byteCount)
      case 4: stored.omitted.append("the markers")
      case 5: stored.take("ANNO", source, at: offset + 4, count: length)
      case 6: stored.omitted.append("the loops")
      default: break
      }
      offset += 4 + length
    }
    stored.keepTexts()
    return stored
  }

  /// The text chunks of 8SVX, which are those of AIFF.
  private static func svx(_ source: borrowing SoundSource, _ probe: HeaderProbe) -> StoredMetadata? {
    var stored = chunks(.aiff, source, probe, leaving: ["VHDR", "BODY", "CHAN", "PEAK"])
    // libsndfile writes its own name, and that of the file.
    if stored.parts.contains(where: { HeaderBytes.text($0.bytes, 0, 13) == "libsndfile by" }) {
      stored.parts.removeAll { ["NAME", "ANNO"].contains($0.name) }
    }
    stored.keepTexts()
    return stored
  }

  /// Keeps the parts that are text, up to the zero at their ends, and names the others as lost.
  private mutating func keepTexts() {
    omitted += parts.filter { !isText($0) }.map { Self.phrase($0.name) }
    parts = parts.compactMap { part in
      let text = part.bytes.prefix { $0 != 0 }
      let isPlain = text.allSatisfy { $0 >= 0x20 || [9, 10, 13].contains($0) }
      return isText(part) && isPlain && !text.isEmpty ? Part(name: part.name, bytes: Array(text)) : nil
    }
  }
}
