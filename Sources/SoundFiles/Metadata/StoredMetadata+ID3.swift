import Foundation

/// The tags of MP3 files.
extension StoredMetadata {
  /// Reads the ID3v2 tags before the frames, or one behind them; other tags at the end are named in ``omitted``.
  ///
  /// The text fields come from the same tag, or from ID3v1 where there is no other.
  static func id3(_ source: borrowing SoundSource) -> StoredMetadata {
    var stored = StoredMetadata(.id3)
    let start = HeaderProbe.endOfTags(source)
    if start > 0 { stored.take("ID3", source, at: 0, count: start) }
    var end = FileNumber(source.byteCount)
    let last = source.bytes(at: end - 128, count: 128)
    let isOld = HeaderBytes.text(last, 0, 3) == "TAG"
    if isOld { end = end - 128 }
    // Each kind stands there at most once.
    for _ in 0..<4 {
      guard let next = stored.takeTag(before: end, source) else { break }
      end = next
    }
    let texts = stored.parts.first.map { ID3Tag.comments(of: $0.bytes).texts }
    let old = isOld ? ID3v1Tag.texts(last) : [:]
    stored.texts = texts ?? old
    for field in SoundMetadata.Field.allCases where texts != nil && texts?[field] == nil && old[field] != nil
    {
      stored.omitted.append("the \(field.name) of the ID3v1 tag")
    }
    return stored
  }

  /// Takes or names the tag that ends at an offset.
  ///
  /// - Returns: The offset at which the tag starts; nil where there is none.
  private mutating func takeTag(before end: FileNumber, _ source: borrowing SoundSource) -> FileNumber? {
    let foot = source.bytes(at: end - 10, count: 10)
    if HeaderBytes.text(foot, 0, 3) == "3DI" {
      let length = 10 + ID3Tag.syncSafe(foot, 6)
      let start = end - 10 - length
      guard HeaderBytes.text(source.bytes(at: start, count: 3), 0, 3) == "ID3" else { return nil }
      if parts.isEmpty {
        take("ID3", source, at: start, count: length)
        // At the start of a file the tag has no footer.
        if let part = parts.first, part.bytes.count > 5 { parts[0].bytes[5] = part.bytes[5] & ~0x10 }
      } else {
        omitted.append("the ID3 tag at the end")
      }
      return start
    }
    if HeaderBytes.text(foot, 1, 9) == "LYRICS200" {
      omitted.append("the Lyrics3 tag")
      var length: FileNumber = 0
      for digit in source.bytes(at: end - 15, count: 6) where (0x30...0x39).contains(digit) {
        length = length * 10 + FileNumber(clamping: digit - 0x30)
      }
      return end - 15 - length
    }
    if HeaderBytes.text(foot, 1, 9) == "LYRICSEND" {
      omitted.append("the Lyrics3 tag")
      return nil
    }
    let ape = source.bytes(at: end - 32, count: 32)
    guard HeaderBytes.text(ape, 0, 8) == "APETAGEX",
      let length = HeaderBytes.number(ape, 12, 4, bigEndian: false)
    else { return nil }
    omitted.append("the APE tag")
    // The length counts the footer, and a flag says whether there is a header.
    return end - length - (ape[23] & 0x80 != 0 ? 32 : 0)
  }
}

/// The tag of 128 bytes at the end of a file (ID3v1 and ID3v1.1).
enum ID3v1Tag {
  /// The text fields of a tag; a genre of 0 or 12 (other) is what programs write that know none.
  static func texts(_ tag: [UInt8]) -> [SoundMetadata.Field: String] {
    guard tag.count == 128 else { return [:] }
    // Version 1.1 has the track number at the end of the comment.
    let hasTrack = tag[125] == 0 && tag[126] != 0
    var texts: [SoundMetadata.Field: String] = [
      .title: text(tag[3..<33]), .artist: text(tag[33..<63]), .album: text(tag[63..<93]),
      .date: text(tag[93..<97]), .comment: text(tag[97..<(hasTrack ? 125 : 127)]),
    ]
    if hasTrack { texts[.trackNumber] = "\(tag[126])" }
    if tag[127] != 0, tag[127] != 12 { texts[.genre] = ID3Tag.genre(tag[127]) }
    return texts.filter { !$0.value.isEmpty }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let bytes = Array(bytes.prefix { $0 != 0 }.reversed().drop { $0 == 0x20 }.reversed())
    return String(bytes: bytes, encoding: .utf8) ?? String(bytes: bytes, encoding: .isoLatin1) ?? ""
  }
}
