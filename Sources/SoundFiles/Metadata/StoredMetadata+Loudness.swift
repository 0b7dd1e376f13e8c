/// Loudness in chunks, comments and tags.
extension StoredMetadata {
  /// The metadata with new values of loudness in place of the old ones.
  ///
  /// - Returns: Nil where the format has no place for loudness, or the tag for it cannot be understood.
  func with(_ loudness: SoundLoudness, in format: SoundFileFormat) -> StoredMetadata? {
    guard let form = SoundLoudness.form(of: format) else { return nil }
    var changed = self
    let tags = loudness.tags(form)
    switch form {
    case .broadcast:
      changed.change("bext") { BroadcastExtension.with(loudness, $0 ?? []) }
    case .replayGain, .r128:
      changed.change(Self.comment) { bytes in
        var comments = bytes.flatMap { VorbisComments($0) } ?? VorbisComments(vendor: [])
        comments.removeGains()
        comments.comments += tags.map { Array("\($0.name)=\($0.value)".utf8) }
        return comments.encoded()
      }
    case .id3:
      // An MP3 file has one tag before its frames, AIFF one in a chunk.
      let index = family == .id3 ? 0 : parts.firstIndex { $0.name == "ID3 " }
      let old = index.flatMap { parts.indices.contains($0) ? parts[$0].bytes : nil }
      guard let tag = ID3Tag.adding(tags, to: old.map { ID3Tag.without($0, ID3Tag.isGain) }) else {
        return nil
      }
      changed.change(family == .id3 ? "ID3" : "ID3 ") { _ in tag }
    }
    return changed
  }

  /// The metadata with text fields in place of its texts, in families that have comments or a tag.
  ///
  /// Comments, frames and pictures of other names stay; what has no place is added to ``omitted``. In other families
  /// libsndfile writes the text fields, beside which other parts have a place.
  func with(texts: [SoundMetadata.Field: String], vendor: [UInt8]) -> StoredMetadata {
    var changed = self
    let fields = SoundMetadata.Field.allCases.compactMap { field in texts[field].map { (field, $0) } }
    switch family {
    case .comments:
      let others = parts.first { $0.name == Self.comment }.flatMap { VorbisComments($0.bytes) }
      changed.parts.removeAll { $0.name == Self.comment }
      var comments = VorbisComments(vendor: vendor)
      comments.comments = fields.map { Array("\($0.commentKey)=\($1)".utf8) }
      comments.comments += others?.without(SoundMetadata.Field.allCases) ?? []
      changed.parts.append(Part(name: Self.comment, bytes: comments.encoded()))
    case .id3:
      let found = parts.first.map { ID3Tag.comments(of: $0.bytes) } ?? ID3Tag.Reading()
      var kept = VorbisComments()
      kept.comments = found.comments.without(SoundMetadata.Field.allCases.filter { $0.frameName != nil })
      var body = ID3Tag.frames(of: fields.compactMap { field, text in field.frameName.map { ($0, text) } })
      body += ID3Tag.frames(of: kept) + found.pictures.flatMap { ID3Tag.frame(ofPicture: $0) ?? [] }
      changed.parts = [Part(name: "ID3", bytes: ID3Tag.tag(body))]
      changed.omitted += fields.filter { $0.0.frameName == nil }.map { "the text field “\($0.0.name)”" }
      changed.omitted += found.others
    case .riff, .rifx, .aiff, .caf: break
    }
    return changed
  }

  /// Changes the first part of a name, or adds one.
  private mutating func change(_ name: String, _ change: ([UInt8]?) -> [UInt8]) {
    if let index = parts.firstIndex(where: { $0.name == name }) {
      parts[index].bytes = change(parts[index].bytes)
    } else {
      parts.append(Part(name: name, bytes: change(nil)))
    }
  }
}

extension BroadcastExtension {
  /// The length of the chunk without its coding history.
  private static let fixedLength = 602

  /// A chunk `bext` of version 2 or later with loudness; an empty chunk gets loudness only.
  static func with(_ loudness: SoundLoudness, _ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes += [UInt8](repeating: 0, count: max(0, fixedLength - bytes.count))
    let version = HeaderBytes.number(bytes, 346, 2, bigEndian: false) ?? 0
    if version < 2 {
      bytes.replaceSubrange(346..<348, with: [2, 0])
      // Version 0 has no UMID at 348, and version 1 nothing behind the UMID.
      if version < 1 { bytes.replaceSubrange(348..<412, with: [UInt8](repeating: 0, count: 64)) }
      bytes.replaceSubrange(422..<fixedLength, with: [UInt8](repeating: 0, count: fixedLength - 422))
    }
    let numbers = loudness.broadcastNumbers.flatMap {
      HeaderBytes.bytes(of: FileNumber($0), count: 2, bigEndian: false)
    }
    bytes.replaceSubrange(412..<422, with: numbers)
    return bytes
  }
}

extension ID3Tag {
  /// A tag with user-defined texts (`TXXX`) behind its frames, or a new one of version 2.4; nil for a tag that cannot
  /// be understood.
  static func adding(_ texts: [(name: String, value: String)], to bytes: [UInt8]?) -> [UInt8]? {
    let old = bytes.map(tags(in:)) ?? []
    guard bytes == nil || !old.isEmpty else { return nil }
    guard let content = old.first.map(frames) ?? Content(version: 4), content.rest.isEmpty else { return nil }
    let version = content.version
    // An encoding (Latin-1), the name, a zero, the value: all letters are ASCII.
    let added = texts.map { name, value in
      frame(version == 2 ? "TXX" : "TXXX", [0] + Array(name.utf8) + [0] + Array(value.utf8), version)
    }
    return tag(version, body: content.frames.flatMap(\.bytes) + added.flatMap(\.self))
      + old.dropFirst().joined()
  }

  /// Frames of version 2.4 with texts in UTF-8.
  static func frames(of texts: [(name: String, text: String)]) -> [UInt8] {
    texts.flatMap { name, text in
      // A comment has a language, here an unknown one, and a description.
      frame(name, [3] + (name == "COMM" ? Array("XXX\0".utf8) : []) + Array(text.utf8), 4)
    }
  }

  private static func frame(_ name: String, _ content: [UInt8], _ version: UInt8) -> [UInt8] {
    let length =
      version == 4
      ? syncSafe(content.count)
      : HeaderBytes.bytes(of: FileNumber(content.count), count: version == 2 ? 3 : 4, bigEndian: true)
    return Array(name.utf8) + length + (version == 2 ? [] : [0, 0]) + content
  }
}

extension VorbisComments {
  /// The comments without those of some text fields, and without the encoder's name.
  fileprivate func without(_ fields: [SoundMetadata.Field]) -> [[UInt8]] {
    let keys = Set(fields.map(\.commentKey) + ["ENCODER"])
    return comments.filter { !keys.contains(Self.key($0)) }
  }
}

extension SoundMetadata.Field {
  /// The name of its comment in FLAC, Vorbis and Opus.
  fileprivate var commentKey: String { rawValue.uppercased() }

  /// The field of a comment's name in capitals, also of the names that stand for the encoding program.
  init?(commentKey: String) {
    let isSoftware = ["ENCODER", "ENCODED-BY"].contains(commentKey)
    guard let field = Self.allCases.first(where: { $0.commentKey == commentKey }) else {
      guard isSoftware else { return nil }
      self = .software
      return
    }
    self = field
  }

  /// The name of its ID3 frame; nil where there is none.
  var frameName: String? {
    switch self {
    case .title: "TIT2"
    case .copyright: "TCOP"
    case .software: "TSSE"
    case .artist: "TPE1"
    case .comment: "COMM"
    case .date: "TDRC"
    case .album: "TALB"
    case .license: nil
    case .trackNumber: "TRCK"
    case .genre: "TCON"
    }
  }
}

/// The records of broadcast WAV files that describe the samples (EBU Tech 3285, and iXML).
enum BroadcastExtension {
  /// A chunk `bext` without the identity of the material (UMID) and with loudness set to 0x7FFF, “not measured”.
  ///
  /// The version and everything else stay the same.
  static func withoutMeasurements(_ bytes: [UInt8], bigEndian: Bool = false) -> [UInt8] {
    var bytes = bytes
    guard let version = HeaderBytes.number(bytes, 346, 2, bigEndian: bigEndian), bytes.count >= 602 else {
      return bytes
    }
    if version >= 1 {
      for index in 348..<412 { bytes[index] = 0 }
    }
    if version >= 2 {
      for index in stride(from: 412, to: 422, by: 2) {
        bytes.replaceSubrange(index..<index + 2, with: bigEndian ? [0x7F, 0xFF] : [0xFF, 0x7F])
      }
    }
    return bytes
  }

  /// An iXML document without the elements of UMID and loudness; all other bytes stay the same.
  static func withoutMeasurements(iXML bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for name in [
      "BWF_UMID", "BWF_LOUDNESS_VALUE", "BWF_LOUDNESS_RANGE", "BWF_MAX_TRUE_PEAK_LEVEL",
      "BWF_MAX_MOMENTARY_LOUDNESS",
      "BWF_MAX_SHORT_TERM_LOUDNESS",
    ] {
      let (open, close) = (Array("<\(name)>".utf8), Array("</\(name)>".utf8))
      var kept: [UInt8] = []
      var position = 0
      while let start = bytes.firstIndex(of: open, from: position),
        let end = bytes.firstIndex(of: close, from: start + open.count)
      {
        kept += bytes[position..<start]
        position = end + close.count
      }
      if position > 0 { bytes = kept + bytes[position...] }
    }
    return bytes
  }
}

extension [UInt8] {
  /// The index of the first occurrence of some bytes, from an index on.
  func firstIndex(of wanted: [UInt8], from start: Int) -> Int? {
    guard let first = wanted.first, count >= wanted.count else { return nil }
    var index = start
    while index <= count - wanted.count {
      guard let next = self[index...(count - wanted.count)].firstIndex(of: first) else { return nil }
      if self[next..<next + wanted.count].elementsEqual(wanted) { return next }
      index = next + 1
    }
    return nil
  }
}
