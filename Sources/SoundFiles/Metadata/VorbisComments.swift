import Foundation

/// The comments of FLAC, Vorbis and Opus (Vorbis I specification, section 5; RFC 9639, section 8.6).
struct VorbisComments: Hashable {
  /// The program that encoded the file.
  var vendor: [UInt8]
  /// `NAME=value`, in order; a name may stand several times.
  var comments: [[UInt8]] = []

  /// Comments, of which there are none yet.
  init(vendor: [UInt8] = []) { self.vendor = vendor }

  /// Adds the values of a name.
  mutating func add(_ key: String, _ values: [String]) {
    // A name is of printable ASCII without the sign that ends it.
    let name = key.utf8.filter { (0x20...0x7D).contains($0) && $0 != UInt8(ascii: "=") }
    for value in values where !name.isEmpty {
      comments.append(name + [UInt8(ascii: "=")] + Array(value.utf8))
    }
  }

  /// Reads comments; nil where lengths lead past the end.
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
    while left > 0 {
      guard let comment = next() else { return nil }
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

  /// Removes gains and peaks that were measured: ReplayGain, and those of Opus (RFC 7845, section 5.2.1).
  mutating func removeGains() {
    comments.removeAll {
      let key = Self.key($0)
      return key.hasPrefix("REPLAYGAIN_") || ["R128_TRACK_GAIN", "R128_ALBUM_GAIN"].contains(key)
    }
  }

  /// Removes the mark that libsndfile leaves.
  mutating func removeLibraryName() {
    comments.removeAll { $0.elementsEqual("ENCODER=libsndfile".utf8) }
  }

  /// The keys that no text field of libsndfile stands for, and those that stand more than once.
  var unknownKeys: [String] {
    let known: Set<String> = [
      "TITLE", "COPYRIGHT", "SOFTWARE", "ENCODER", "ARTIST", "COMMENT", "DATE", "ALBUM", "LICENSE",
      "TRACKNUMBER", "GENRE",
    ]
    var seen: Set<String> = []
    var keys: [String] = []
    for comment in comments {
      let key = Self.key(comment)
      let isNew = seen.insert(key).inserted
      if !known.contains(key) || !isNew, !keys.contains(key) { keys.append(key) }
    }
    return keys
  }

  /// The key of pictures in comments; its value is a FLAC picture block in base 64.
  static let pictureKey = "METADATA_BLOCK_PICTURE"

  /// Takes the pictures out of the comments.
  mutating func takePictures() -> [[UInt8]] {
    let pictures = comments.filter { Self.key($0) == Self.pictureKey }
    comments.removeAll { Self.key($0) == Self.pictureKey }
    return pictures.compactMap { comment in
      Data(base64Encoded: Data(comment.dropFirst(Self.pictureKey.utf8.count + 1))).map(Array.init)
    }
  }

  /// Adds a picture block as a comment.
  mutating func add(picture: [UInt8]) {
    comments.append(Array("\(Self.pictureKey)=".utf8) + Array(Data(picture).base64EncodedData()))
  }
}
