/// ID3v2 tags (id3.org, versions 2.2 to 2.4).
enum ID3Tag {
  /// A frame: its name, and its bytes with the header.
  struct Frame {
    var name: String
    var bytes: ArraySlice<UInt8>
    /// The index in ``bytes`` at which the content starts.
    var contentStart: Int
  }

  /// The content of a tag, without what unsynchronisation inserted.
  struct Content {
    var version: UInt8
    var frames: [Frame] = []
    /// The bytes from the first frame on that is damaged; empty where all frames can be read.
    var rest: ArraySlice<UInt8> = []
  }

  /// The tags that follow each other in some bytes, as at the start of a file.
  static func tags(in bytes: [UInt8]) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var offset: FileNumber = 0
    while HeaderBytes.text(bytes, offset.value, 3) == "ID3", offset + 10 <= FileNumber(bytes.count) {
      let length = 10 + syncSafe(bytes, offset.value + 6) + (bytes[offset.value + 5] & 0x10 != 0 ? 10 : 0)
      let end = min(offset + length, FileNumber(bytes.count))
      found.append(Array(bytes[offset.value..<end.value]))
      offset = end
    }
    return found
  }

  /// Tags without their frames that describe other samples; bytes that are no tags stay as they are.
  static func withoutMeasurements(_ bytes: [UInt8]) -> [UInt8] {
    let found = tags(in: bytes)
    return found.flatMap { without($0, isMeasurement) } + bytes.dropFirst(found.joined().count)
  }

  /// A tag without some frames; a tag that has none of them stays as it is.
  static func without(_ tag: [UInt8], _ isUnwanted: (Frame) -> Bool) -> [UInt8] {
    guard let content = frames(tag) else { return tag }
    let kept = content.frames.filter { !isUnwanted($0) }
    guard kept.count < content.frames.count else { return tag }
    return self.tag(content.version, body: kept.flatMap(\.bytes) + content.rest)
  }

  /// A tag of frames, without flags.
  static func tag(_ version: UInt8, body: [UInt8]) -> [UInt8] {
    Array("ID3".utf8) + [version, 0, 0] + syncSafe(body.count) + body
  }

  /// Whether a frame holds gains and peaks.
  static func isGain(_ frame: Frame) -> Bool {
    switch frame.name {
    case "RVA2", "RVAD", "RGAD", "RVA": true
    case "TXXX", "TXX": letters(of: frame, from: 1).hasPrefix("replaygain_")
    default: false
    }
  }

  /// Whether a frame describes the samples or the bytes of the file that had it: gains and peaks, the loudness and the
  /// encoder's delay that iTunes notes, the peaks of the Windows Media Player, and tables for seeking.
  static func isMeasurement(_ frame: Frame) -> Bool {
    switch frame.name {
    case "MLLT", "MLL", "ASPI": return true
    case "TXXX", "TXX":
      let name = letters(of: frame, from: 1)
      return name.hasPrefix("replaygain_") || name.hasPrefix("mp3gain_")
    case "COMM", "COM":
      // A byte that names the encoding, and three letters of the language.
      let name = letters(of: frame, from: 4)
      return name.hasPrefix("itunnorm") || name.hasPrefix("itunsmpb")
    case "PRIV":
      let name = letters(of: frame, from: 0)
      return name.hasPrefix("peakvalue") || name.hasPrefix("averagelevel")
    default: return isGain(frame)
    }
  }

  /// The first letters of a frame's content in lower case; in UTF-16 every second byte of them is zero.
  private static func letters(of frame: Frame, from start: Int) -> String {
    let content = frame.bytes[frame.contentStart...].dropFirst(start)
    return String(decoding: content.prefix(64).filter { $0 != 0 && $0 < 0x80 }, as: UTF8.self).lowercased()
  }

  /// The version and the frames of a tag; nil where it is none.
  static func frames(_ tag: [UInt8]) -> Content? {
    guard tag.count >= 10, HeaderBytes.text(tag, 0, 3) == "ID3", (2...4).contains(tag[3]) else { return nil }
    var content = Content(version: tag[3])
    let isUnsynchronised = tag[5] & 0x80 != 0
    var body = Array(tag[10..<max(10, min(tag.count, (10 + syncSafe(tag, 6)).value))])
    // Version 2.4 inserts zeros frame by frame, and its lengths count them.
    if isUnsynchronised, content.version < 4 { body = synchronised(body) }
    let headerLength: FileNumber = content.version == 2 ? 6 : 10
    var offset: FileNumber = 0
    if tag[5] & 0x40 != 0, content.version > 2 {
      offset =
        content.version == 4
        ? syncSafe(body, 0) : (HeaderBytes.number(body, 0, 4, bigEndian: true) ?? 0) + 4
    }
    while offset + headerLength <= FileNumber(body.count), body[offset.value] != 0 {
      let (length, isPlain) = length(of: offset, in: body, content.version)
      let end = offset + headerLength + length
      guard end <= FileNumber(body.count) else {
        content.rest = body[offset.value...]
        break
      }
      var frame = Frame(
        name: HeaderBytes.text(body, offset.value, content.version == 2 ? 3 : 4),
        bytes: body[offset.value..<end.value], contentStart: (offset + headerLength).value)
      if content.version == 4, isPlain || isUnsynchronised || frame.bytes[offset.value + 9] & 2 != 0 {
        frame = plain(frame, isUnsynchronised: isUnsynchronised)
      }
      content.frames.append(frame)
      offset = end
    }
    return content
  }

  /// The length of a frame's content.
  ///
  /// Lengths of version 2.4 have seven bits in each byte. Older versions of iTunes wrote eight; these are found where
  /// only they lead to another frame, or to the end.
  private static func length(
    of frame: FileNumber, in body: [UInt8], _ version: UInt8
  ) -> (length: FileNumber, isPlain: Bool) {
    let start = frame.value
    guard version == 4 else {
      let width = version == 2 ? 3 : 4
      return (HeaderBytes.number(body, start + width, width, bigEndian: true) ?? 0, false)
    }
    let (safe, plain) = (
      syncSafe(body, start + 4), HeaderBytes.number(body, start + 4, 4, bigEndian: true) ?? 0
    )
    func leadsOn(_ length: FileNumber) -> Bool {
      let next = frame + 10 + length
      guard next < FileNumber(body.count) else { return next == FileNumber(body.count) }
      let name = body[next.value..<min(body.count, next.value + 4)]
      return name.first == 0
        || name.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
    }
    let isPlain = safe != plain && !leadsOn(safe) && leadsOn(plain)
    return isPlain ? (plain, true) : (safe, false)
  }

  /// A frame of version 2.4 without the zeros of unsynchronisation, and with a length of seven bits in each byte.
  ///
  /// A tag's flag of unsynchronisation counts for every frame: some programs leave those of the frames out.
  private static func plain(_ frame: Frame, isUnsynchronised: Bool) -> Frame {
    let start = frame.bytes.startIndex
    let flags = frame.bytes[start + 9]
    var content = Array(frame.bytes[frame.contentStart...])
    if isUnsynchronised || flags & 2 != 0 { content = synchronised(content) }
    let header =
      frame.bytes[start..<start + 4] + syncSafe(content.count) + [frame.bytes[start + 8], flags & ~2]
    let bytes = Array(header) + content
    return Frame(name: frame.name, bytes: bytes[...], contentStart: 10)
  }

  /// A number of four bytes with seven bits each.
  static func syncSafe(_ bytes: [UInt8], _ start: Int) -> FileNumber {
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
