/// What a file's own header says about its length, read independently of libsndfile, which is silent about it, and what
/// libsndfile must be shown in place of the file to read all there is.
struct HeaderProbe {
  /// The offset at which the sound data should end, where the header says so.
  var declaredEnd: FileNumber?
  /// The offset at which the sound data starts, where it is known.
  var dataStart: FileNumber?
  /// Whether the header was written before the length was known and never completed.
  var isUnclosed = false
  /// The streams in the file, in order: one, or the links of a chain.
  var streams: [FileLayout]
  /// Whether this is an MPEG stream.
  var isMPEG = false
  /// Whether this is an MPEG stream without a frame count.
  var lacksFrameCount = false
  /// Whether the last frame or page is missing or not all there.
  var lacksEndOfStream = false
  /// Whether the file goes on with sound of another kind, or with another file.
  var hasMoreStreams = false
  /// Where the file ends that is read, if another one follows.
  var fileEnd: FileNumber?
  /// The number of pages or frames that are missing or whose checksum is wrong.
  var damageCount = 0
  /// The most frames that the bytes can hold, where that is known.
  var frameLimit: FileNumber?
  /// Whether an ID3 tag stands before a stream that has metadata of its own.
  var hasForeignTag = false

  /// Reads the header of an open file.
  init(_ source: borrowing SoundSource) {
    streams = [FileLayout(0..<source.byteCount)]
    let start = source.bytes(at: 0, count: 16)
    switch HeaderBytes.text(start, 0, 4) {
    case "RIFF", "RF64", "BW64": probeRIFF(source, bigEndian: false)
    case "RIFX": probeRIFF(source, bigEndian: true)
    case "riff": probeW64(source)
    case "FORM": probeAIFF(source)
    case "caff": probeCAF(source)
    case ".snd": probeAU(source, bigEndian: true)
    case "dns.": probeAU(source, bigEndian: false)
    case "OggS": probeOgg(source)
    case "fLaC": probeFLAC(source, from: 0)
    default: probeTagged(source)
    }
  }

  /// Whether the file ends before its header says.
  func isTruncated(byteCount: Int) -> Bool {
    if let declaredEnd, declaredEnd > FileNumber(byteCount) { return true }
    return lacksEndOfStream
  }

  /// A 32-bit length that stands for “not known when this was written”: all ones or half of them, the number after these, or
  /// one that leaves room for a header or for 16 MB.
  static func isPlaceholder(_ length: FileNumber) -> Bool {
    length.value >= 0xFFFF_0000 || (0x7FFF_F000...0x8000_1000).contains(length.value)
      || (0x7EFF_F000...0x7F00_1000).contains(length.value)
  }

  /// A 64-bit length that no file has.
  static func isImpossible(_ length: FileNumber) -> Bool { length.value >= 1 << 60 }

  /// Takes note of a data chunk with its header's length.
  mutating func note(dataStart start: FileNumber, length: FileNumber) {
    dataStart = start
    if length > 0 { declaredEnd = start + length }
  }

  /// Replaces a number in the header that libsndfile is shown.
  mutating func patch(_ number: FileNumber, at offset: FileNumber, count: Int, bigEndian: Bool) {
    streams[0].patch(number, at: offset, count: count, bigEndian: bigEndian)
  }
}

extension SoundSource {
  /// The bytes at an offset, fewer where the file ends.
  func bytes(at offset: FileNumber, count: Int) -> [UInt8] { bytes(at: offset.value, count: count) }

  /// The unsigned number at an offset, or nil where the file ends before.
  func number(at offset: FileNumber, count: Int, bigEndian: Bool) -> FileNumber? {
    HeaderBytes.number(bytes(at: offset, count: count), 0, count, bigEndian: bigEndian)
  }

  /// How many bytes follow an offset.
  func rest(after offset: FileNumber) -> FileNumber { max(0, FileNumber(byteCount) - offset) }
}
