/// ID3v2 tags (id3.org, versions 2.2 to 2.4).
enum ID3Tag {
  /// A frame: its name, and its bytes with the header.
  struct Frame {
    var name: String
    var bytes: ArraySlice<UInt8>
    /// The index in ``bytes`` at which the content starts.
    var contentStart: Int
  }

  /// A tag without its frames of gains and peaks; a tag that cannot be understood stays as it is.
  static func withoutGains(_ tag: [UInt8]) -> [UInt8] {
    guard let (version, frames) = frames(tag) else { return tag }
    let kept = frames.filter { !isGain($0) }
    guard kept.count < frames.count else { return tag }
    return self.tag(version, body: kept.flatMap(\.bytes))
  }

  /// A tag of frames, without flags.
  static func tag(_ version: UInt8, body: [UInt8]) -> [UInt8] {
    Array("ID3".utf8) + [version, 0, 0] + syncSafe(body.count) + body
  }

  /// The names of frames for which libsndfile has no text field.
  static func unknownFrames(_ tag: [UInt8]) -> [String] {
    let known: Set<String> = [
      "TIT2", "TCOP", "TSSE", "TENC", "TPE1", "COMM", "TDRC", "TYER", "TALB", "TRCK", "TCON", "TT2", "TCR",
      "TSS", "TEN",
      "TP1", "COM", "TYE", "TAL", "TRK", "TCO", "TLEN", "TLE",
    ]
    var names: [String] = []
    for frame in frames(tag)?.frames ?? [] where !known.contains(frame.name) && !names.contains(frame.name) {
      names.append(frame.name)
    }
    return names
  }

  private static func isGain(_ frame: Frame) -> Bool {
    switch frame.name {
    case "RVA2", "RVAD", "RGAD", "RVA": return true
    case "TXXX", "TXX":
      // A byte that names the encoding, then the description, in one or two bytes a letter.
      let content = frame.bytes[frame.contentStart...].dropFirst()
      let letters = content.prefix(64).filter { $0 != 0 && $0 < 0x80 }
      return String(decoding: letters, as: UTF8.self).lowercased().hasPrefix("replaygain_")
    default: return false
    }
  }

  /// The version and the frames of a tag; nil where it is none, or damaged.
  static func frames(_ tag: [UInt8]) -> (version: UInt8, frames: [Frame])? {
    guard tag.count >= 10, HeaderBytes.text(tag, 0, 3) == "ID3", (2...4).contains(tag[3]) else { return nil }
    let version = tag[3]
    var body = Array(tag[10..<max(10, min(tag.count, (10 + syncSafe(tag, 6)).value))])
    // Version 2.4 inserts zeros frame by frame, and its lengths count them.
    if tag[5] & 0x80 != 0, version < 4 { body = synchronised(body) }
    let idLength = version == 2 ? 3 : 4
    let headerLength = version == 2 ? 6 : 10
    var offset: FileNumber = 0
    if tag[5] & 0x40 != 0, version > 2 {
      offset = version == 4 ? syncSafe(body, 0) : (HeaderBytes.number(body, 0, 4, bigEndian: true) ?? 0) + 4
    }
    var frames: [Frame] = []
    while offset + FileNumber(headerLength) <= FileNumber(body.count), body[offset.value] != 0 {
      let start = offset.value
      let length =
        version == 4
        ? syncSafe(body, start + 4)
        : HeaderBytes.number(body, start + idLength, idLength, bigEndian: true) ?? 0
      let end = offset + FileNumber(headerLength) + length
      guard end <= FileNumber(body.count) else { return nil }
      frames.append(
        Frame(
          name: HeaderBytes.text(body, start, idLength), bytes: body[start..<end.value],
          contentStart: start + headerLength))
      offset = end
    }
    return (version, frames)
  }

  /// A number of four bytes with seven bits each.
  private static func syncSafe(_ bytes: [UInt8], _ start: Int) -> FileNumber {
    guard start >= 0, bytes.count >= 4, start <= bytes.count - 4 else { return 0 }
    var number: FileNumber = 0
    for byte in bytes[start..<start + 4] { number = number * 128 + FileNumber(clamping: byte & 0x7F) }
    return number
  }

  /// The four bytes of a number, with seven bits each.
  static func syncSafe(_ number: Int) -> [UInt8] {
    var left = FileNumber(number)
    var digits: [UInt8] = []
    for _ in 0..<4 {
      digits.append(UInt8(clamping: (left - left / 128 * 128).value))
      left = left / 128
    }
    return digits.reversed()
  }

  /// Undoes unsynchronisation, which inserts a zero behind bytes 0xFF.
  static func synchronised(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var isAfterOnes = false
    for byte in bytes {
      if !(isAfterOnes && byte == 0) { result.append(byte) }
      isAfterOnes = byte == 0xFF
    }
    return result
  }
}

extension StoredMetadata {
  static func id3(_ source: borrowing SoundSource) -> StoredMetadata {
    var stored = StoredMetadata(.id3)
    let end = HeaderProbe.endOfTags(source)
    if end > 0 { stored.take("ID3", source, at: 0, count: end) }
    for distance in [32, 160] {
      let footer = source.bytes(at: FileNumber(source.byteCount) - FileNumber(distance), count: 8)
      if HeaderBytes.text(footer, 0, 8) == "APETAGEX" { stored.omitted.append("the APE tag") }
    }
    return stored
  }
}
