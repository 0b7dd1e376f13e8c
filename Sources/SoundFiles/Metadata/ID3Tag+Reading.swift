import Foundation

/// Texts and pictures of ID3v2 tags.
extension ID3Tag {
  /// What Vorbis comments can hold of a tag, and phrases for the rest.
  struct Reading {
    var comments = VorbisComments()
    /// The frame of each comment.
    var frames: [String] = []
    var pictures: [[UInt8]] = []
    /// Phrases for frames that have no place among comments and pictures.
    var others: [String] = []

    fileprivate mutating func add(_ key: String, _ values: [String], from frame: String) {
      comments.add(key, values)
      frames += [String](repeating: frame, count: comments.comments.count - frames.count)
    }

    fileprivate mutating func leaveOut(_ phrase: String) {
      if !others.contains(phrase) { others.append(phrase) }
    }

    /// Adds what another tag of the same file has besides.
    fileprivate mutating func add(_ other: Reading) {
      let keys = Set(comments.comments.map(VorbisComments.key))
      for (comment, frame) in zip(other.comments.comments, other.frames) {
        let key = VorbisComments.key(comment)
        if !keys.contains(key) {
          comments.comments.append(comment)
          frames.append(frame)
        } else if !comments.comments.contains(comment) {
          leaveOut("the ID3 frame “\(frame)” of a further tag")
        }
      }
      pictures += other.pictures.filter { !pictures.contains($0) }
      for phrase in other.others { leaveOut(phrase) }
    }

    /// Leaves out dates that another one begins with: tags for old and new readers have the year and the whole date.
    fileprivate mutating func dropShortDates() {
      for key in ["DATE", "ORIGINALDATE"] {
        let dates = comments.comments.indices.filter { VorbisComments.key(comments.comments[$0]) == key }
        // Honest tags have two.
        guard (2...8).contains(dates.count) else { continue }
        let all = dates.map { comments.comments[$0] }
        for index in all.indices.reversed() {
          let isLess = all.indices.contains { other in
            all[other].starts(with: all[index]) && (all[other].count > all[index].count || other < index)
          }
          guard isLess else { continue }
          comments.comments.remove(at: dates[index])
          frames.remove(at: dates[index])
        }
      }
    }

    /// The text fields: of each the first text.
    var texts: [SoundMetadata.Field: String] { fields.texts }

    /// Phrases for what the text fields cannot hold.
    var lossesOfTexts: [String] { fields.others }

    private var fields: (texts: [SoundMetadata.Field: String], others: [String]) {
      var texts: [SoundMetadata.Field: String] = [:]
      var names: [String] = []
      for (comment, frame) in zip(comments.comments, frames) {
        let key = VorbisComments.key(comment)
        let text = String(
          decoding: comment.drop { $0 != UInt8(ascii: "=") }.dropFirst(), as: UTF8.self)
        if let field = SoundMetadata.Field(commentKey: key), texts[field] == nil {
          texts[field] = text
        } else if let field = SoundMetadata.Field(commentKey: key), texts[field] != text {
          names.append("further texts of the ID3 frame “\(frame)”")
        } else if SoundMetadata.Field(commentKey: key) == nil {
          names.append("the ID3 frame “\(frame)”")
        }
      }
      if !pictures.isEmpty { names.append("the ID3 frame “APIC”") }
      names += others
      var seen: Set<String> = []
      return (texts, names.filter { seen.insert($0).inserted })
    }
  }

  /// The comments and pictures of the tags in some bytes, and phrases for what has no place among them.
  static func comments(of bytes: [UInt8]) -> Reading {
    let found = tags(in: bytes)
    guard let first = found.first else {
      var none = Reading()
      none.leaveOut("the ID3 tag")
      return none
    }
    var reading = comments(ofOne: first)
    for tag in found.dropFirst() { reading.add(comments(ofOne: tag)) }
    return reading
  }

  private static func comments(ofOne tag: [UInt8]) -> Reading {
    var reading = Reading()
    guard let (version, frames, rest) = frames(tag).map({ ($0.version, $0.frames, $0.rest) }) else {
      reading.leaveOut("the ID3 tag of an unknown version")
      return reading
    }
    for frame in frames {
      let name = frame.name
      let phrase = "the ID3 frame “\(name)”"
      guard let content = content(of: frame, version) else {
        reading.leaveOut(phrase)
        continue
      }
      let encoding = content.first ?? 0
      switch name {
      case "TXXX", "TXX":
        let (key, rest) = terminated(content.dropFirst(), encoding)
        // Names of comments are ASCII.
        if key.isEmpty || VorbisComments.isName(key) {
          reading.add(key.isEmpty ? "TEXT" : key.uppercased(), texts(rest, encoding), from: name)
        } else {
          reading.leaveOut("the ID3 text “\(StoredMetadata.short(key))”")
        }
      case "COMM", "COM", "USLT", "ULT":
        let (description, rest) = terminated(content.dropFirst(4), encoding)
        // Frames with another description are notes of programs to themselves.
        if let key = key(ofDescribed: name, description) {
          reading.add(key, texts(rest, encoding), from: name)
        } else {
          reading.leaveOut(phrase)
        }
      case "APIC", "PIC":
        if let picture = picture(content, isShort: name == "PIC") {
          reading.pictures.append(picture)
        } else {
          reading.leaveOut(phrase)
        }
      // The length of the sound is not a comment.
      case "TLEN", "TLE": break
      case "TCON", "TCO":
        reading.add("GENRE", genres(texts(content.dropFirst(), encoding)), from: name)
      default:
        if let key = names.first(where: { $0.frame == name })?.key {
          reading.add(key, texts(content.dropFirst(), encoding), from: name)
        } else {
          reading.leaveOut(phrase)
        }
      }
    }
    reading.dropShortDates()
    if !rest.isEmpty { reading.leaveOut("the damaged end of the ID3 tag") }
    return reading
  }

  /// The key of a comment or of lyrics, by their description: none, a number, or a key and a number; nil for others.
  private static func key(ofDescribed frame: String, _ description: String) -> String? {
    let keys = frame.hasPrefix("C") ? ["COMMENT", "DESCRIPTION"] : ["LYRICS", "UNSYNCEDLYRICS"]
    if description.allSatisfy(\.isNumber) { return keys[0] }
    return description.hasPrefix(keys[1]) && description.dropFirst(keys[1].count).allSatisfy(\.isNumber)
      ? keys[1] : nil
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
