import Foundation

/// The comments of FLAC, Vorbis and Opus (Vorbis I specification, section 5; RFC 9639, section 8.6).
struct VorbisComments: Hashable {
  /// The program that encoded the file.
  var vendor: [UInt8]
  /// `NAME=value`, in order; a name may stand several times.
  var comments: [[UInt8]] = []

  /// Creates an empty list of comments.
  init(vendor: [UInt8] = []) { self.vendor = vendor }

  /// Adds the values of a name.
  mutating func add(_ key: String, _ values: [String]) {
    let name = key.utf8.filter(Self.isAllowed)
    for value in values where !name.isEmpty {
      comments.append(name + [UInt8(ascii: "=")] + Array(value.utf8))
    }
  }

  /// Whether a byte may stand in a name: printable ASCII up to 0x7D, without the sign `=` that ends it.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    (0x20...0x7D).contains(byte) && byte != UInt8(ascii: "=")
  }

  /// Whether a text can be a name.
  static func isName(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isAllowed) }

  /// Reads comments, up to a length that leads past the end; nil where there is not even the number of comments.
  init?(_ bytes: [UInt8]) {
    var offset: FileNumber = 0
    func next() -> [UInt8]? {
      guard let length = HeaderBytes.number(bytes, offset.value, 4, bigEndian: false) else { return nil }
      let start = offset + 4
      guard start + length <= FileNumber(bytes.count) else { return nil }
      offset = start + length
      return Array(bytes[start.value..<offset.value])
    }
    guard let vendor = next(), let count = HeaderBytes.number(bytes, offset.value, 4, bigEndian: false) else {
      return nil
    }
    self.vendor = vendor
    offset += 4
    var left = count
    while left > 0, let comment = next() {
      comments.append(comment)
      left = left - 1
    }
  }

  /// The bytes, without the framing bit of Vorbis.
  func encoded() -> [UInt8] {
    func text(_ bytes: [UInt8]) -> [UInt8] {
      HeaderBytes.bytes(of: FileNumber(bytes.count), count: 4, bigEndian: false) + bytes
    }
    return text(vendor) + HeaderBytes.bytes(of: FileNumber(comments.count), count: 4, bigEndian: false)
      + comments.flatMap(text)
  }

  /// The name of a comment in capitals.
  static func key(_ comment: [UInt8]) -> String {
    String(decoding: comment.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self).uppercased()
  }

  /// Removes measured gains and peaks: ReplayGain, what MP3Gain notes, and the gains of Opus (RFC 7845, section 5.2.1).
  mutating func removeGains() {
    comments.removeAll {
      let key = Self.key($0)
      return key.hasPrefix("REPLAYGAIN_") || key.hasPrefix("MP3GAIN_")
        || ["R128_TRACK_GAIN", "R128_ALBUM_GAIN"].contains(key)
    }
  }

  /// Removes the comment by which libsndfile names itself.
  mutating func removeLibraryName() {
    comments.removeAll { $0.elementsEqual("ENCODER=libsndfile".utf8) }
  }

  /// The keys for which libsndfile has no text field, and keys that occur more than once.
  var unknownKeys: [String] {
    var known: Set<String> = [
      "TITLE", "COPYRIGHT", "SOFTWARE", "ARTIST", "COMMENT", "DATE", "ALBUM", "LICENSE", "TRACKNUMBER",
      "GENRE", Self.channelMaskKey,
    ]
    let all = comments.map(Self.key)
    // Both name a program, and there is one field for it.
    if !all.contains("SOFTWARE") { known.insert("ENCODER") }
    var seen: Set<String> = []
    var listed: Set<String> = []
    return all.filter { key in
      let isNew = seen.insert(key).inserted
      return (!known.contains(key) || !isNew) && listed.insert(key).inserted
    }
  }

  /// Removes the longest comments until the bytes of all are at most a number, and returns the removed ones' names.
  mutating func shrink(to byteCount: Int) -> [String] {
    var total = comments.reduce(8 + vendor.count) { $0 + 4 + $1.count }
    var removed: Set<Int> = []
    for index in comments.indices.sorted(by: { comments[$0].count > comments[$1].count })
    where total > byteCount {
      total -= 4 + comments[index].count
      removed.insert(index)
    }
    let names = removed.sorted().map { Self.key(comments[$0]) }
    comments = comments.indices.filter { !removed.contains($0) }.map { comments[$0] }
    return names
  }

  /// The key of pictures in comments; its value is a FLAC picture block in base 64.
  static let pictureKey = "METADATA_BLOCK_PICTURE"

  /// Takes the pictures out of the comments; those that cannot be read stay as they are.
  mutating func takePictures() -> [[UInt8]] {
    var pictures: [[UInt8]] = []
    comments.removeAll { comment in
      guard Self.key(comment) == Self.pictureKey, let picture = Self.picture(comment) else { return false }
      pictures.append(picture)
      return true
    }
    return pictures
  }

  /// The picture block in a comment; nil where it is damaged.
  private static func picture(_ comment: [UInt8]) -> [UInt8]? {
    // Some programs break the lines, or leave out the padding at the end.
    var text = comment.dropFirst(pictureKey.utf8.count + 1).filter { $0 > 0x20 && $0 != UInt8(ascii: "=") }
    text += [UInt8](repeating: UInt8(ascii: "="), count: [0, 3, 2, 1][text.count % 4])
    return Data(base64Encoded: Data(text)).flatMap { StoredMetadata.whole(picture: Array($0)) }
  }

  /// Adds a picture block as a comment.
  mutating func add(picture: [UInt8]) {
    comments.append(Array("\(Self.pictureKey)=".utf8) + Array(Data(picture).base64EncodedData()))
  }
}

/// The header packets of Vorbis (three) and Opus (two).
enum OggHeaders {
  /// A codec by its first packet.
  enum Codec: Hashable {
    case vorbis, opus

    init?(_ packet: [UInt8]) {
      if HeaderBytes.text(packet, 0, 7) == "\u{1}vorbis" {
        self = .vorbis
      } else if HeaderBytes.text(packet, 0, 8) == "OpusHead" {
        self = .opus
      } else {
        return nil
      }
    }

    var packetCount: Int { self == .vorbis ? 3 : 2 }

    /// The bytes before the comments in their packet.
    var commentMark: [UInt8] { self == .vorbis ? Array("\u{3}vorbis".utf8) : Array("OpusTags".utf8) }

    /// A comment packet.
    func packet(_ comments: [UInt8]) -> [UInt8] {
      commentMark + comments + (self == .vorbis ? [1] : [])
    }
  }

  /// The packets of one stream, as its pages arrive.
  struct Collector {
    private(set) var packets: [[UInt8]] = []
    private var open: [UInt8] = []

    /// Takes the body of a page.
    mutating func take(_ page: OggPage, _ body: ArraySlice<UInt8>) {
      var place = body.startIndex
      for length in page.segments {
        let end = min(place + Int(length), body.endIndex)
        open += body[place..<end]
        place = end
        if length < 255 {
          packets.append(open)
          open = []
        }
      }
    }

    /// The bytes that wait for the end of their packet.
    var openCount: Int { open.count }
  }

  /// Packets as pages: each packet begins where the one before it ends, and the last page ends with the last packet.
  static func pages(_ packets: [[UInt8]], serial: UInt32, firstNumber: Int, isFirst: Bool) -> [[UInt8]] {
    var segments: [(length: UInt8, bytes: ArraySlice<UInt8>)] = []
    for packet in packets {
      var rest = packet[...]
      while rest.count >= 255 {
        segments.append((255, rest.prefix(255)))
        rest = rest.dropFirst(255)
      }
      segments.append((UInt8(rest.count), rest))
    }
    var pages: [[UInt8]] = []
    var isContinued = false
    while !segments.isEmpty {
      let part = segments.prefix(255)
      segments.removeFirst(part.count)
      let endsPacket = part.contains { $0.length < 255 }
      var page = Array("OggS".utf8) + [0, (isContinued ? 1 : 0) | (isFirst && pages.isEmpty ? 2 : 0)]
      // A page on which no packet ends has the time −1.
      page += [UInt8](repeating: endsPacket ? 0 : 0xFF, count: 8)
      page += [UInt8](repeating: 0, count: 12) + [UInt8(part.count)] + part.map(\.length)
      page += part.flatMap(\.bytes)
      isContinued = part.last?.length == 255
      renumber(&page, serial: serial, number: firstNumber + pages.count)
      pages.append(page)
    }
    return pages
  }

  /// Sets the serial number, the page number and the checksum of a page.
  static func renumber(_ page: inout [UInt8], serial: UInt32, number: Int) {
    page.replaceSubrange(
      14..<18, with: HeaderBytes.bytes(of: FileNumber(clamping: serial), count: 4, bigEndian: false))
    page.replaceSubrange(18..<22, with: HeaderBytes.bytes(of: FileNumber(number), count: 4, bigEndian: false))
    let sum = OggPage.checksum(page)
    page.replaceSubrange(
      22..<26, with: HeaderBytes.bytes(of: FileNumber(clamping: sum), count: 4, bigEndian: false))
  }
}

extension StoredMetadata {
  /// The comments of the first stream of an Ogg file, or of a link of a chain that starts at an offset.
  static func ogg(_ source: borrowing SoundSource, from start: Int = 0) -> StoredMetadata? {
    var bytes = ByteWindow()
    var position = start
    var serial: Int?
    var codec: OggHeaders.Codec?
    var collector = OggHeaders.Collector()
    while let found = OggPage.next(source, &bytes, from: position) {
      let page = found.page
      position = found.position + page.byteCount
      let whole = bytes.get(source, at: found.position, count: page.byteCount)
      guard whole.count == page.byteCount else { return nil }
      if serial == nil {
        // A file can hold other streams beside the sound; the first page of each names its codec.
        guard page.isFirst else { return nil }
        codec = OggHeaders.Codec(Array(whole.dropFirst(page.headerLength)))
        if codec == nil { continue }
        serial = page.serial
      }
      guard let codec, page.serial == serial else { continue }
      collector.take(page, whole.dropFirst(page.headerLength))
      guard collector.openCount <= byteLimit else {
        var stored = StoredMetadata(.comments)
        stored.omitted.append("the comments (over 64 MB)")
        return stored
      }
      guard collector.packets.count >= 2 else { continue }
      let packet = collector.packets[1]
      guard packet.starts(with: codec.commentMark) else { return nil }
      var stored = StoredMetadata(.comments)
      // The framing bit of Vorbis, or the padding of Opus, follows the comments.
      guard var comments = VorbisComments(Array(packet.dropFirst(codec.commentMark.count))) else {
        return nil
      }
      comments.removeLibraryName()
      guard !comments.comments.isEmpty else { return stored }
      stored.parts.append(Part(name: comment, bytes: comments.encoded()))
      return stored
    }
    return nil
  }

  /// The comments for an Ogg file; picture blocks become comments, and other blocks of FLAC have no place.
  func oggComments(vendor: [UInt8]) -> [UInt8] {
    let own = parts.first { $0.name == Self.comment }.flatMap { VorbisComments($0.bytes) }
    var comments = own ?? VorbisComments(vendor: vendor)
    comments.vendor = vendor
    for part in parts where part.name == Self.picture { comments.add(picture: part.bytes) }
    return comments.encoded()
  }
}
