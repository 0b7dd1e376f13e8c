import Foundation

/// Text fields among the chunks of RIFF, AIFF and CAF.
extension StoredMetadata {
  /// The chunks of `INFO` lists with a text field; the first one of a field is the one that is written.
  private static let infoFields: [(name: String, field: SoundMetadata.Field)] = [
    ("INAM", .title), ("ICOP", .copyright), ("ISFT", .software), ("IART", .artist), ("ICMT", .comment),
    ("ICRD", .date), ("IPRD", .album), ("ITRK", .trackNumber), ("IPRT", .trackNumber), ("IGNR", .genre),
  ]
  private static let aiffFields: [(name: String, field: SoundMetadata.Field)] = [
    ("NAME", .title), ("(c) ", .copyright), ("APPL", .software), ("AUTH", .artist), ("ANNO", .comment),
  ]
  /// The keys of libsndfile, those of Apple's specification, and `encoder`.
  private static let cafFields: [(name: String, field: SoundMetadata.Field)] = [
    ("title", .title), ("copyright", .copyright), ("software", .software),
    ("encoding application", .software), ("encoder", .software), ("artist", .artist), ("comment", .comment),
    ("comments", .comment), ("date", .date), ("year", .date), ("recorded date", .date), ("album", .album),
    ("license", .license), ("tracknumber", .trackNumber), ("track number", .trackNumber), ("genre", .genre),
  ]
  /// The signature of libsndfile's application chunk in AIFF, which holds a program's name.
  static let libraryMark = "m3ga"

  private var fields: [(name: String, field: SoundMetadata.Field)] {
    switch family {
    case .riff, .rifx: Self.infoFields
    case .aiff: Self.aiffFields
    case .caf: Self.cafFields
    case .comments, .id3: []
    }
  }

  /// The named texts of a part that holds texts.
  private func entries(_ part: Part) -> [(name: String, text: [UInt8])] {
    switch family {
    case .riff, .rifx:
      return Self.chunks(in: Array(part.bytes.dropFirst(4)), bigEndian: family == .rifx).map {
        ($0.name, Array($0.bytes.prefix { $0 != 0 }))
      }
    case .aiff:
      return [(part.name, Array(part.bytes.dropFirst(part.name == "APPL" ? 4 : 0).prefix { $0 != 0 }))]
    case .caf:
      // The number of texts, which is not needed; then keys and texts in turn, each with a zero at its end.
      var strings = part.bytes.dropFirst(4).split(separator: 0, omittingEmptySubsequences: false)
      if strings.last?.isEmpty == true { strings.removeLast() }
      return stride(from: 0, to: strings.count - 1, by: 2).map { index in
        (String(decoding: strings[index], as: UTF8.self), Array(strings[index + 1]))
      }
    case .comments, .id3: return []
    }
  }

  /// The text fields of a file; several texts of one field become one.
  ///
  /// - Parameter found: The fields that libsndfile found. It reads nothing of a list with a text of over 2000 bytes, and
  ///   the last of several texts of a field.
  func textFields(_ found: [SoundMetadata.Field: String]) -> [SoundMetadata.Field: String] {
    switch family {
    case .id3: return found
    case .comments:
      // libsndfile takes the program's name from one of the two in FLAC, and from the other in Ogg.
      guard found[.software] == nil, let text = encoderName else { return found }
      return found.merging([.software: text]) { $1 }
    case .riff, .rifx, .aiff, .caf: break
    }
    var texts: [SoundMetadata.Field: [String]] = [:]
    let known = Dictionary(fields.map { ($0.name, $0.field) }) { first, _ in first }
    for entry in parts.filter(isText).flatMap(entries) {
      let name = family == .caf ? entry.name.lowercased() : entry.name
      guard let field = known[name], var text = Self.text(entry.text) else { continue }
      if field == .software {
        guard let own = SoundMetadata.withoutLibraryName(text) else { continue }
        text = own
      }
      if texts[field]?.contains(text) != true { texts[field, default: []].append(text) }
    }
    return Dictionary(
      uniqueKeysWithValues: texts.map { field, all in
        (field, all.joined(separator: field == .comment ? "\n" : "; "))
      })
  }

  /// A text in UTF-8, or else in Latin-1; nil for an empty one.
  private static func text(_ bytes: [UInt8]) -> String? {
    guard !bytes.isEmpty else { return nil }
    return String(bytes: bytes, encoding: .utf8) ?? String(bytes: bytes, encoding: .isoLatin1)
  }

  /// The program's name in comments.
  private var encoderName: String? {
    guard let comments = parts.first(where: isText).flatMap({ VorbisComments($0.bytes) }) else { return nil }
    for key in ["SOFTWARE", "ENCODER"] {
      guard let comment = comments.comments.first(where: { VorbisComments.key($0) == key }) else { continue }
      if let text = Self.text(Array(comment.dropFirst(key.utf8.count + 1))) {
        return SoundMetadata.withoutLibraryName(text)
      }
    }
    return nil
  }

  /// The names of texts in a part for which there is no field.
  func unknownTexts(_ part: Part) -> [String] {
    let known = Set(fields.map(\.name))
    return entries(part).map(\.name).filter { !known.contains(family == .caf ? $0.lowercased() : $0) }
  }
}

/// Text chunks written here, in place of libsndfile's.
extension StoredMetadata {
  /// The longest text in bytes that libsndfile reads from RIFF lists; it writes longer text, but reads none of it.
  private static let longestRIFFText = 2000
  /// The longest text chunk in bytes that libsndfile reads in AIFF; it refuses files with longer ones.
  private static let longestAIFFText = 8189
  /// The largest number of bytes of all text chunks in AIFF: libsndfile reads no more than 64 kB of chunks.
  private static let longestAIFFTexts = 40_000
  /// The largest number of bytes of all texts for CAF; libsndfile leaves out what passes 16 kB with the keys.
  private static let longestCAFTexts = 16_000

  /// The longest program's name in bytes that libsndfile writes: it cuts it, with its own name behind it, at 127 bytes.
  private static let longestSoftwareText = 100

  /// Chunks with text fields, and phrases for what has no place in them.
  ///
  /// - Returns: Nil where libsndfile writes and reads the texts itself: it does neither with long ones.
  static func textParts(
    _ texts: [SoundMetadata.Field: String], in format: SoundFileFormat
  ) -> (parts: [Part], losses: [String])? {
    guard let family = family(of: format), !texts.isEmpty else { return nil }
    let lengths = texts.values.map(\.utf8.count)
    let (longest, total) = (lengths.max() ?? 0, lengths.reduce(0, +))
    let isCut = (texts[.software]?.utf8.count ?? 0) > longestSoftwareText
    let isLong =
      switch family {
      case .riff, .rifx: longest > longestRIFFText
      case .aiff: longest > longestAIFFText || total > longestAIFFTexts
      case .caf: total > longestCAFTexts
      case .comments, .id3: false
      }
    guard isLong || (isCut && ![.comments, .id3].contains(family)) else { return nil }
    var losses: [String] = []
    var found: [(name: String, text: [UInt8], title: String)] = []
    let (empty, known) = (StoredMetadata(family), FormatCapability.of(format)?.fields)
    for field in SoundMetadata.Field.allCases {
      guard let text = texts[field] else { continue }
      let title = "the text field “\(field.name)”"
      guard known?.contains(field) != false, let name = empty.fields.first(where: { $0.field == field })?.name
      else {
        losses.append(title)
        continue
      }
      found.append((name, Array(text.utf8.prefix { $0 != 0 }), title))
    }
    switch family {
    case .riff, .rifx: return (infoList(found, bigEndian: family == .rifx, &losses), losses)
    case .aiff: return (aiffChunks(found, &losses), losses)
    default:
      var bytes = HeaderBytes.bytes(of: FileNumber(found.count), count: 4, bigEndian: true)
      for entry in found { bytes += Array(entry.name.utf8) + [0] + entry.text + [0] }
      return ([Part(name: "info", bytes: bytes)], losses)
    }
  }

  /// Whether libsndfile can read a file of a format with these parts; it refuses AIFF with long texts.
  func areReadable(in format: SoundFileFormat) -> Bool {
    format.container != .aiff || parts.allSatisfy { !isText($0) || $0.bytes.count <= Self.longestAIFFText }
  }

  /// A list of texts, the longest ones last, since libsndfile stops reading at them.
  private static func infoList(
    _ texts: [(name: String, text: [UInt8], title: String)], bigEndian: Bool, _ losses: inout [String]
  ) -> [Part] {
    let isLong = { (text: [UInt8]) in text.count > longestRIFFText }
    losses += texts.filter { isLong($0.text) }.map {
      "\($0.title) for readers built on libsndfile (over \(longestRIFFText) bytes)"
    }
    let ordered = texts.filter { !isLong($0.text) } + texts.filter { isLong($0.text) }
    let chunks = ordered.flatMap {
      chunk(Part(name: $0.name, bytes: $0.text + [0]), lengthSize: 4, bigEndian: bigEndian)
    }
    return [Part(name: "LIST", bytes: Array("INFO".utf8) + chunks)]
  }

  /// Text chunks that libsndfile reads; a long comment becomes several annotations, divided between its lines.
  private static func aiffChunks(
    _ texts: [(name: String, text: [UInt8], title: String)], _ losses: inout [String]
  ) -> [Part] {
    let newline = UInt8(ascii: "\n")
    var parts: [Part] = []
    var left = longestAIFFTexts
    for entry in texts {
      let mark = entry.name == "APPL" ? Array(libraryMark.utf8) : []
      var pieces: [[UInt8]] = []
      if entry.name == "ANNO" {
        for line in entry.text.split(separator: newline, omittingEmptySubsequences: false) {
          if let last = pieces.last, last.count + 1 + line.count <= longestAIFFText {
            pieces[pieces.count - 1] = last + [newline] + line
          } else {
            pieces.append(Array(line))
          }
        }
      } else {
        pieces = [entry.text]
      }
      var kept: [[UInt8]] = []
      for piece in pieces {
        let start = wholeLetters(piece, upTo: min(longestAIFFText - mark.count, left))
        if !start.isEmpty { kept.append(start) }
        left -= start.count
        if start.count < piece.count { break }
      }
      parts += kept.map { Part(name: entry.name, bytes: mark + $0) }
      let length = kept.map(\.count).reduce(max(0, kept.count - 1), +)
      if length < entry.text.count { losses.append("the end of \(entry.title) (\(length) bytes are kept)") }
    }
    return parts
  }

  /// The start of a text in UTF-8, without a part of a letter at its end.
  private static func wholeLetters(_ text: [UInt8], upTo count: Int) -> [UInt8] {
    guard text.count > count else { return text }
    var end = max(0, count)
    while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(text[..<end])
  }
}
