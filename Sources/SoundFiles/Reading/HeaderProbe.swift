/// What a file's own header says about its length, read independently of libsndfile, which is silent about it.
struct HeaderProbe {
  /// The offset at which the sound data should end, where the header says so.
  var declaredEnd: Int?
  /// The offset at which the sound data starts, where it is known.
  var dataStart: Int?
  /// Whether the header was written before the length was known and never completed.
  var isUnclosed = false
  /// What must be changed in the header before libsndfile reads all there is.
  var repair: Repair?
  /// Whether this is an MPEG stream.
  var isMPEG = false
  /// Whether this is an MPEG stream without a frame count.
  var lacksFrameCount = false
  /// Whether this is an Ogg stream whose last page does not end it.
  var lacksEndOfStream = false
  /// Whether the stream goes on after its declared end (files joined end to end).
  var hasMoreStreams = false

  /// New bytes for a length in a header.
  struct Repair {
    var offset: Int
    var bytes: [UInt8]

    init(offset: Int, length: Int, byteCount: Int, bigEndian: Bool) {
      self.offset = offset
      let little = (0..<byteCount).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
      bytes = bigEndian ? little.reversed() : little
    }
  }

  /// Reads the header of an open file.
  init(_ source: borrowing SoundSource) {
    let start = source.bytes(at: 0, count: 16)
    switch Self.text(start, 0, 4) {
    case "RIFF", "RF64": probeRIFF(source, bigEndian: false)
    case "RIFX": probeRIFF(source, bigEndian: true)
    case "riff": probeW64(source)
    case "FORM": probeAIFF(source)
    case "caff": probeCAF(source)
    case ".snd": probeAU(source, bigEndian: true)
    case "dns.": probeAU(source, bigEndian: false)
    case "OggS": probeOgg(source)
    case "fLaC": break
    default: probeMPEG(source)
    }
  }

  /// Whether the file ends before its header says.
  func isTruncated(byteCount: Int) -> Bool {
    if let declaredEnd, declaredEnd > byteCount { return true }
    return lacksEndOfStream
  }

  /// The text of a range of bytes, or an empty text where they are missing.
  static func text(_ bytes: [UInt8], _ start: Int, _ count: Int) -> String {
    guard start >= 0, start + count <= bytes.count else { return "" }
    return String(decoding: bytes[start..<start + count], as: UTF8.self)
  }

  /// The unsigned number in a range of bytes, or nil where they are missing or it does not fit.
  static func number(_ bytes: [UInt8], _ start: Int, _ count: Int, bigEndian: Bool) -> Int? {
    guard start >= 0, start + count <= bytes.count else { return nil }
    let range = bytes[start..<start + count]
    let ordered = bigEndian ? Array(range) : Array(range.reversed())
    return Int(exactly: ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// A 32-bit length that stands for “not known when this was written”: all ones, or the signed maximum less a header.
  static func isPlaceholder(_ length: Int) -> Bool {
    length == 0xFFFF_FFFF || (0x7FFF_F000...0x7FFF_FFFF).contains(length)
  }

  /// Takes note of a data chunk with its header's length.
  mutating func note(dataStart start: Int, length: Int) {
    dataStart = start
    if length > 0 { declaredEnd = start + length }
  }
}
