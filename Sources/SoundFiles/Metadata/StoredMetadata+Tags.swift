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
      let found = ID3Tag.comments(of: tag.bytes)
      if !found.comments.comments.isEmpty {
        result.parts.append(Part(name: Self.comment, bytes: found.comments.encoded()))
      }
      result.parts += found.pictures.map { Part(name: Self.picture, bytes: $0) }
      result.omitted += found.others
    default: return nil
    }
    return result
  }
}

/// Frames of ID3v2 for Vorbis comments (id3.org, versions 2.2 to 2.4).
extension ID3Tag {
  /// Pairs of ID3 frames and comment names; the first frame with a name is the one that is written.
  static let names: [(frame: String, key: String)] = [
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
      let value = comment.drop { $0 != UInt8(ascii: "=") }.dropFirst()
      // Bytes that are not UTF-8 become U+FFFD: a frame names the encoding of its text.
      values[key, default: []].append(Array(String(decoding: value, as: UTF8.self).utf8))
    }
    return keys.flatMap { key -> [UInt8] in
      let all = values[key] ?? []
      let text = Array(all.joined(separator: [0]))
      switch key {
      case "COMMENT": return all.enumerated().flatMap { described("COMM", "", $0, $1) }
      case "DESCRIPTION": return all.enumerated().flatMap { described("COMM", key, $0, $1) }
      case "LYRICS": return all.enumerated().flatMap { described("USLT", "", $0, $1) }
      case "UNSYNCEDLYRICS": return all.enumerated().flatMap { described("USLT", key, $0, $1) }
      default:
        if let name = names.first(where: { $0.key == key })?.frame { return frame(name, [utf8] + text) }
        return frame("TXXX", [utf8] + Array(key.utf8) + [0] + text)
      }
    }
  }

  /// A frame with an unknown language, and with a description that differs among frames of one name.
  ///
  /// The description is a key and a number, of which the first frame has none.
  private static func described(_ name: String, _ key: String, _ number: Int, _ text: [UInt8]) -> [UInt8] {
    let description = key + (number == 0 ? "" : "\(number + 1)")
    return frame(name, [utf8] + Array("XXX".utf8) + Array(description.utf8) + [0] + text)
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
}
