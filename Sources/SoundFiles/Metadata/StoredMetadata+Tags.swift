import Foundation

/// Vorbis comments as ID3 tags, and back: both hold any number of named texts, and pictures.
extension StoredMetadata {
  /// The metadata in the form of another family; nil where there is no such form.
  ///
  /// Parts that have no place there are named in ``omitted``.
  func converted(to family: Family) -> StoredMetadata? {
    var result = StoredMetadata(family)
    (result.texts, result.bitRate, result.omitted) = (texts, bitRate, omitted)
    switch (self.family, family) {
    case (.comments, .id3):
      var frames: [UInt8] = []
      for part in parts {
        switch part.name {
        case Self.comment:
          guard var comments = VorbisComments(part.bytes) else { continue }
          comments.setChannelMask(nil)
          let pictures = comments.takePictures()
          frames += ID3Tag.frames(of: comments) + pictures.flatMap { ID3Tag.frame(ofPicture: $0) ?? [] }
        case Self.picture:
          guard let frame = ID3Tag.frame(ofPicture: part.bytes) else { fallthrough }
          frames += frame
        default: result.omitted.append(Self.phrase(part.name))
        }
      }
      guard !frames.isEmpty else { return result.omitted.isEmpty ? nil : result }
      result.parts = [Part(name: "ID3", bytes: ID3Tag.tag(frames))]
    case (.id3, .comments):
      guard let tag = parts.first else { return nil }
      let (comments, pictures, others) = ID3Tag.comments(of: tag.bytes)
      if !comments.comments.isEmpty {
        result.parts.append(Part(name: Self.comment, bytes: comments.encoded()))
      }
      result.parts += pictures.map { Part(name: Self.picture, bytes: $0) }
      result.omitted += others.map { "the ID3 frame “\($0)”" }
    default: return nil
    }
    return result
  }
}

/// Frames of ID3v2 for Vorbis comments (id3.org, versions 2.2 to 2.4).
extension ID3Tag {
  /// Pairs of ID3 frames and comment names; the first frame with a name is the one that is written.
  private static let names: [(frame: String, key: String)] = [
    ("TIT2", "TITLE"), ("TPE1", "ARTIST"), ("TALB", "ALBUM"), ("TPE2", "ALBUMARTIST"), ("TCOM", "COMPOSER"),
    ("TPE3", "CONDUCTOR"), ("TEXT", "LYRICIST"), ("TDRC", "DATE"), ("TRCK", "TRACKNUMBER"),
    ("TPOS", "DISCNUMBER"), ("TCON", "GENRE"), ("TCOP", "COPYRIGHT"), ("TSRC", "ISRC"), ("TBPM", "BPM"),
    ("TPUB", "ORGANIZATION"), ("TENC", "ENCODED-BY"), ("TSSE", "ENCODER"), ("TIT1", "GROUPING"),
    ("TIT3", "SUBTITLE"), ("TKEY", "KEY"), ("TLAN", "LANGUAGE"), ("TMOO", "MOOD"), ("TSOA", "ALBUMSORT"),
    ("TSOP", "ARTISTSORT"), ("TSOT", "TITLESORT"), ("TDOR", "ORIGINALDATE"),
    // Frames of earlier versions.
    ("TYER", "DATE"), ("TORY", "ORIGINALDATE"), ("TT2", "TITLE"), ("TP1", "ARTIST"), ("TAL", "ALBUM"),
    ("TP2", "ALBUMARTIST"), ("TCM", "COMPOSER"), ("TP3", "CONDUCTOR"), ("TXT", "LYRICIST"), ("TYE", "DATE"),
    ("TRK", "TRACKNUMBER"), ("TPA", "DISCNUMBER"), ("TCO", "GENRE"), ("TCR", "COPYRIGHT"), ("TRC", "ISRC"),
    ("TBP", "BPM"), ("TPB", "ORGANIZATION"), ("TEN", "ENCODED-BY"), ("TSS", "ENCODER"), ("TT1", "GROUPING"),
    ("TT3", "SUBTITLE"), ("TKE", "KEY"), ("TLA", "LANGUAGE"),
  ]

  /// The number of the encoding UTF-8 in version 2.4.
  private static let utf8: UInt8 = 3

  // MARK: Writing

  /// A tag of version 2.4.
  static func tag(_ frames: [UInt8]) -> [UInt8] {
    Array("ID3".utf8) + [4, 0, 0] + syncSafe(frames.count) + frames
  }

  private static func frame(_ name: String, _ content: [UInt8]) -> [UInt8] {
    Array(name.utf8) + syncSafe(content.count) + [0, 0] + content
  }

  /// The frames for comments; several values of one name share a frame.
  static func frames(of comments: VorbisComments) -> [UInt8] {
    var keys: [String] = []
    var values: [String: [[UInt8]]] = [:]
    for comment in comments.comments {
      let key = VorbisComments.key(comment)
      if values[key] == nil { keys.append(key) }
      values[key, default: []].append(Array(comment.drop { $0 != UInt8(ascii: "=") }.dropFirst()))
    }
    return keys.flatMap { key -> [UInt8] in
      let all = values[key] ?? []
      let text = Array(all.joined(separator: [0]))
      switch key {
      case "COMMENT", "DESCRIPTION": return all.enumerated().flatMap { described("COMM", $0, $1) }
      case "LYRICS", "UNSYNCEDLYRICS": return all.enumerated().flatMap { described("USLT", $0, $1) }
      default:
        if let name = names.first(where: { $0.key == key })?.frame { return frame(name, [utf8] + text) }
        return frame("TXXX", [utf8] + Array(key.utf8) + [0] + text)
      }
    }
  }

  /// A frame with an unknown language, and with a description that differs among frames of one name.
  private static func described(_ name: String, _ number: Int, _ text: [UInt8]) -> [UInt8] {
    frame(name, [utf8] + Array("XXX".utf8) + (number == 0 ? [] : Array("\(number + 1)".utf8)) + [0] + text)
  }

  /// The frame for a picture block of FLAC (RFC 9639, section 8.8); nil for a damaged one.
  static func frame(ofPicture block: [UInt8]) -> [UInt8]? {
    var offset: FileNumber = 4
    func next() -> ArraySlice<UInt8>? {
      guard let length = HeaderBytes.number(block, offset.value, 4, bigEndian: true),
        offset + 4 + length <= FileNumber(block.count)
      else { return nil }
      let start = offset + 4
      offset = start + length
      return block[start.value..<offset.value]
    }
    guard let kind = HeaderBytes.number(block, 0, 4, bigEndian: true), let type = next(), let text = next()
    else { return nil }
    // Width, height, depth and number of colours are not needed: the picture itself has them.
    offset += 16
    guard let data = next() else { return nil }
    return frame("APIC", [utf8] + type + [0, UInt8(clamping: kind.value)] + text + [0] + data)
  }

  // MARK: Reading

  /// The comments and pictures of a tag, and the names of frames that have no place among them.
  static func comments(
    of tag: [UInt8]
  ) -> (comments: VorbisComments, pictures: [[UInt8]], others: [String]) {
    var comments = VorbisComments()
    var pictures: [[UInt8]] = []
    var others: [String] = []
    guard let (version, frames) = frames(tag) else { return (comments, pictures, ["ID3"]) }
    for frame in frames {
      guard let content = content(of: frame, version) else {
        others.append(frame.name)
        continue
      }
      switch frame.name {
      case "TXXX", "TXX":
        let (key, rest) = terminated(content.dropFirst(), content.first ?? 0)
        comments.add(key.isEmpty ? "TEXT" : key.uppercased(), texts(rest, content.first ?? 0))
      case "COMM", "COM", "USLT", "ULT":
        // Frames with a description are notes of programs to themselves.
        let (description, rest) = terminated(content.dropFirst(4), content.first ?? 0)
        guard description.allSatisfy(\.isNumber) else {
          others.append(frame.name)
          continue
        }
        comments.add(frame.name.hasPrefix("C") ? "COMMENT" : "LYRICS", texts(rest, content.first ?? 0))
      case "APIC", "PIC":
        if let picture = picture(content, isShort: frame.name == "PIC") {
          pictures.append(picture)
        } else {
          others.append(frame.name)
        }
      // The length of the sound is not a comment.
      case "TLEN", "TLE": break
      default:
        if let key = names.first(where: { $0.frame == frame.name })?.key {
          comments.add(key, texts(content.dropFirst(), content.first ?? 0))
        } else if !others.contains(frame.name) {
          others.append(frame.name)
        }
      }
    }
    return (comments, pictures, others)
  }

  /// The content of a frame, without what its flags inserted; nil where it is compressed or encrypted.
  private static func content(of frame: Frame, _ version: UInt8) -> ArraySlice<UInt8>? {
    var content = frame.bytes[frame.contentStart...]
    guard version > 2 else { return content }
    let flags = frame.bytes[frame.contentStart - 1]
    if version == 3 { return flags & 0xC0 == 0 ? content.dropFirst(flags & 0x20 != 0 ? 1 : 0) : nil }
    guard flags & 0x0C == 0 else { return nil }
    content = content.dropFirst((flags & 0x40 != 0 ? 1 : 0) + (flags & 1 != 0 ? 4 : 0))
    return flags & 2 != 0 ? synchronised(Array(content))[...] : content
  }

  /// The text up to its end mark, and the bytes behind the mark; in UTF-16 the mark has two bytes.
  private static func terminated(
    _ bytes: ArraySlice<UInt8>, _ encoding: UInt8
  ) -> (text: String, rest: ArraySlice<UInt8>) {
    let width = [1, 2].contains(encoding) ? 2 : 1
    var index = bytes.startIndex
    while index + width <= bytes.endIndex {
      if bytes[index..<index + width].allSatisfy({ $0 == 0 }) {
        return (text(bytes[..<index], encoding), bytes[(index + width)...])
      }
      index += width
    }
    return (text(bytes, encoding), [])
  }

  /// The texts of a frame, which zeros separate.
  private static func texts(_ bytes: ArraySlice<UInt8>, _ encoding: UInt8) -> [String] {
    text(bytes, encoding).split(separator: "\0").map(String.init)
  }

  private static func text(_ bytes: ArraySlice<UInt8>, _ encoding: UInt8) -> String {
    let data = Data(bytes)
    switch encoding {
    case 0: return String(data: data, encoding: .isoLatin1) ?? ""
    // UTF-16 with a byte order mark; without the mark, most programs mean the low byte first.
    case 1:
      let hasMark = data.starts(with: [0xFE, 0xFF]) || data.starts(with: [0xFF, 0xFE])
      let text = String(data: data, encoding: hasMark ? .utf16 : .utf16LittleEndian) ?? ""
      return text.replacingOccurrences(of: "\u{FEFF}", with: "")
    case 2: return String(data: data, encoding: .utf16BigEndian) ?? ""
    default: return String(decoding: data, as: UTF8.self)
    }
  }

  /// A picture block of FLAC for the content of a frame; nil for a damaged one, and for a link.
  private static func picture(_ content: ArraySlice<UInt8>, isShort: Bool) -> [UInt8]? {
    let encoding = content.first ?? 0
    var (type, rest) = ("", content.dropFirst())
    if isShort {
      guard rest.count > 3 else { return nil }
      type = ["JPG": "image/jpeg", "PNG": "image/png"][HeaderBytes.text(rest, 0, 3)] ?? "image/"
      rest = rest.dropFirst(3)
    } else {
      (type, rest) = terminated(rest, 0)
    }
    guard let kind = rest.first, type != "-->" else { return nil }
    let (text, data) = terminated(rest.dropFirst(), encoding)
    guard !data.isEmpty else { return nil }
    func number(_ value: FileNumber) -> [UInt8] {
      HeaderBytes.bytes(of: value, count: 4, bigEndian: true)
    }
    return number(FileNumber(clamping: kind)) + number(FileNumber(type.utf8.count)) + Array(type.utf8)
      + number(FileNumber(text.utf8.count))
      + Array(text.utf8) + [UInt8](repeating: 0, count: 16) + number(FileNumber(data.count)) + data
  }
}
