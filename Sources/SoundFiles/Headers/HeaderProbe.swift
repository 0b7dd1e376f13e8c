import Foundation

/// The length that a file's header states, and the layouts with which libsndfile reads all of the file's sound.
///
/// libsndfile does not report the stated length, so the header is read here, independently of it.
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
  /// Whether the last frame or page is missing or incomplete.
  var lacksEndOfStream = false
  /// Whether the file goes on with sound of another kind, or with another file.
  var hasMoreStreams = false
  /// The codecs of streams of sound that run side by side in an Ogg file, if there are several.
  var parallelCodecs: [String] = []
  /// The number of bytes behind the declared end of the data that are no chunks, if they can be sound.
  var unreadByteCount = 0
  /// The end of the file that is read, if another file follows.
  var fileEnd: FileNumber?
  /// The number of pages or frames that are missing or whose checksum is wrong.
  var damageCount = 0
  /// Whether tags stand between the joined parts of an MPEG stream.
  var hasInnerTags = false
  /// The largest number of frames that the bytes can hold, where that is known.
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
    default:
      if !probeMachine(source, start) { probeTagged(source) }
    }
  }

  /// Whether the file ends before the end that its header states.
  func isTruncated(byteCount: Int) -> Bool {
    if let declaredEnd, declaredEnd > FileNumber(byteCount) { return true }
    return lacksEndOfStream
  }

  /// Whether a 32-bit length stands for a length that was unknown when the header was written.
  ///
  /// Such placeholders are near 2³², near 2³¹, or near 2³¹ − 2²⁴.
  static func isPlaceholder(_ length: FileNumber) -> Bool {
    length.value >= 0xFFFF_0000 || (0x7FFF_F000...0x8000_1000).contains(length.value)
      || (0x7EFF_F000...0x7F00_1000).contains(length.value)
  }

  /// Whether a 64-bit length is larger than that of any file.
  static func isImpossible(_ length: FileNumber) -> Bool { length.value >= 1 << 60 }

  /// Notes the start of the sound data, and its end by the stated length.
  mutating func note(dataStart start: FileNumber, length: FileNumber) {
    dataStart = start
    if length > 0 { declaredEnd = start + length }
  }

  /// Replaces a number in the first layout's header.
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

  /// The number of bytes that follow an offset.
  func rest(after offset: FileNumber) -> FileNumber { max(0, FileNumber(byteCount) - offset) }
}

/// Files that were joined end to end.
///
/// Each has a header of its own. Readers of the first file stop at its end, or take the next header for sound.
extension HeaderProbe {
  /// Ends the file that is read at the first of some offsets at which another file begins.
  ///
  /// - Parameter ends: The offsets at which the first file can end by its header.
  mutating func endFile(atOneOf ends: [FileNumber], _ source: borrowing SoundSource) {
    for end in ends where end > 12 && end < FileNumber(source.byteCount) {
      guard Self.startsFile(source.bytes(at: end, count: 16)) else { continue }
      hasMoreStreams = true
      fileEnd = end
      streams[0].cut(to: end.value)
      return
    }
  }

  /// Whether some bytes are the beginning of a sound file with a header.
  static func startsFile(_ bytes: [UInt8]) -> Bool {
    switch HeaderBytes.text(bytes, 0, 4) {
    case "RIFF", "RF64", "BW64", "RIFX": HeaderBytes.text(bytes, 8, 4) == "WAVE"
    case "FORM": ["AIFF", "AIFC", "8SVX", "16SV"].contains(HeaderBytes.text(bytes, 8, 4))
    case "riff": bytes.count >= 8 && bytes[4..<8].elementsEqual([0x2E, 0x91, 0xCF, 0x11])
    case "caff": bytes.count >= 6 && bytes[4..<6].elementsEqual([0, 1])
    case ".snd", "dns.", "fLaC", "OggS": true
    default: false
    }
  }
}

/// Corrects the length in an AIFF header.
///
/// libsndfile counts the byte that pads an odd number of 8-bit samples as a sample, in both places of the length.
enum AIFFHeader {
  /// Writes the number of frames into the chunks COMM and SSND; false where they are not found.
  static func setFrameCount(_ frameCount: Int, frameBytes: Int, in descriptor: Int32) -> Bool {
    var offset: FileNumber = 12
    var isCommonSet = false
    while let chunk = FileBytes.read(8, from: descriptor, at: offset.value),
      let length = HeaderBytes.number(chunk, 4, 4, bigEndian: true)
    {
      switch HeaderBytes.text(chunk, 0, 4) {
      case "COMM": isCommonSet = put(FileNumber(frameCount), at: offset + 10, in: descriptor)
      case "SSND":
        let byteCount = 8 + FileNumber(frameCount) * FileNumber(frameBytes)
        return put(byteCount, at: offset + 4, in: descriptor) && isCommonSet
      default: break
      }
      offset += 8 + length.roundedUp(toMultipleOf: 2)
    }
    return false
  }

  private static func put(_ number: FileNumber, at offset: FileNumber, in descriptor: Int32) -> Bool {
    FileBytes.write(
      HeaderBytes.bytes(of: number, count: 4, bigEndian: true), to: descriptor, at: offset.value)
  }
}

/// Clears the time of writing in an RF64 header.
///
/// libsndfile writes the time into the chunk PEAK of float files, which cannot be switched off in RF64. With it, the
/// same result would have other bytes in another second.
enum RF64Header {
  /// Sets the time in the chunk PEAK to 0, where there is one before the samples; false where writing fails.
  static func clearTime(in descriptor: Int32) -> Bool {
    var offset: FileNumber = 12
    while let chunk = FileBytes.read(8, from: descriptor, at: offset.value),
      let length = HeaderBytes.number(chunk, 4, 4, bigEndian: false)
    {
      switch HeaderBytes.text(chunk, 0, 4) {
      case "PEAK":
        // The chunk has its version, the time in seconds, and the peaks.
        return FileBytes.write(
          HeaderBytes.bytes(of: 0, count: 4, bigEndian: false), to: descriptor, at: (offset + 12).value)
      case "data": return true
      default: offset += 8 + length.roundedUp(toMultipleOf: 2)
      }
    }
    return true
  }
}
