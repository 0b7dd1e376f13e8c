import Foundation
@testable import SoundFiles
import Testing

/// Headers whose lengths are unknown, wrong or out of all bounds.
@Suite struct HeaderTests {
  /// A file of 1000 stereo frames, 16-bit unless said otherwise.
  static func bytes(_ container: SoundContainer, _ encoding: SoundEncoding = .pcm16) throws -> [UInt8] {
    let folder = TestFolder()
    try write(
      Signal.tones(channels: 2, frames: 1000, sampleRate: 48000), to: folder.file("a"),
      SoundFileFormat(container, encoding), rate: 48000)
    return folder.bytes("a")
  }

  static func find(_ text: String, in bytes: [UInt8]) throws -> Int {
    try #require(bytes.indices.first { HeaderBytes.text(bytes, $0, text.utf8.count) == text })
  }

  /// Opens bytes and checks that all 1000 frames are there, and those of the file they were made of.
  @discardableResult
  static func expectAll(
    _ bytes: [UInt8], like whole: [UInt8], frames: Int = 1000, _ warnings: [SoundFileWarning] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> SoundFileInfo {
    let folder = TestFolder()
    let reader = try SoundFileReader(path: folder.write(bytes, to: "b"))
    #expect(reader.info.frameCount == frames, sourceLocation: sourceLocation)
    #expect(reader.info.warnings == warnings, sourceLocation: sourceLocation)
    let wanted = try readAll(SoundFileReader(path: folder.write(whole, to: "a")))
    #expect(try readAll(reader) == wanted, sourceLocation: sourceLocation)
    return reader.info
  }

  static func setting(_ bytes: [UInt8], _ places: [(Int, [UInt8])]) -> [UInt8] {
    var bytes = bytes
    for (offset, new) in places { bytes.replaceSubrange(offset..<offset + new.count, with: new) }
    return bytes
  }

  static let ones4 = [UInt8](repeating: 0xFF, count: 4)
  static let zeros4 = [UInt8](repeating: 0, count: 4)

  @Test func riffLengthsThatSayNothing() throws {
    let whole = try Self.bytes(.wav)
    let data = try Self.find("data", in: whole) + 4
    try Self.expectAll(Self.setting(whole, [(4, Self.ones4), (data, Self.zeros4)]), like: whole)
    try Self.expectAll(
      Self.setting(whole, [(4, Self.zeros4), (data, Self.zeros4)]), like: whole, [.hasUnfinishedHeader])
    let placeholders: [UInt32] = [
      0xFFFF_FFFF, 0xFFFF_FFFF - 44, 0x7FFF_FFFF, 0x7FFF_FFFF - 36, 0x8000_0000, 0x7FFF_F000, 0x7F00_0000,
    ]
    for length in placeholders {
      let field = HeaderBytes.bytes(of: FileNumber(clamping: length), count: 4, bigEndian: false)
      try Self.expectAll(Self.setting(whole, [(4, field), (data, field)]), like: whole)
    }
  }

  @Test func bw64IsReadAsRF64() throws {
    let whole = try Self.bytes(.rf64)
    #expect(HeaderBytes.text(whole, 0, 4) == "RF64")
    try Self.expectAll(Self.setting(whole, [(0, Array("BW64".utf8))]), like: whole)
    let plain = try Self.bytes(.wav)
    try Self.expectAll(Self.setting(plain, [(0, Array("BW64".utf8))]), like: plain)
  }

  @Test(arguments: [UInt64(1) << 62, UInt64(Int64.max), UInt64(Int64.max) - 5, UInt64.max, UInt64.max - 23])
  func lengthsNearTheEndOfTheNumbers(_ length: UInt64) throws {
    let folder = TestFolder()
    let little = (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) }
    let big = Array(little.reversed())
    let w64 = try Self.bytes(.w64)
    let w64Data = try Self.find("data", in: w64)
    try Self.expectAll(Self.setting(w64, [(w64Data + 16, little)]), like: w64)
    try Self.expectAll(Self.setting(w64, [(16, little), (w64Data + 16, little)]), like: w64)
    let caf = try Self.bytes(.caf)
    let cafData = try Self.find("data", in: caf)
    try Self.expectAll(Self.setting(caf, [(cafData + 4, big)]), like: caf)
    let rf64 = try Self.bytes(.rf64)
    let long = try Self.find("ds64", in: rf64) + 16
    try Self.expectAll(Self.setting(rf64, [(long, little)]), like: rf64)
    try Self.expectAll(
      Self.setting(rf64, [(long, little), (long - 8, little), (long + 8, little)]), like: rf64)
    // In place of the length of a chunk before the data: refused or read, but never a crash.
    for (whole, name, offset, field) in [
      (w64, "fmt ", 16, little), (caf, "desc", 4, big), (rf64, "ds64", 4, Array(little[..<4])),
      (rf64, "fmt ", 4, Array(little[..<4])),
    ] {
      let bytes = Self.setting(whole, [(try Self.find(name, in: whole) + offset, field)])
      let path = folder.write(bytes, to: UUID().uuidString)
      if let reader = try? SoundFileReader(path: path) { _ = try? readAll(reader) }
    }
  }

  @Test func streamedW64() throws {
    let whole = try Self.bytes(.w64)
    let data = try Self.find("data", in: whole)
    let zeros = [UInt8](repeating: 0, count: 8)
    try Self.expectAll(
      Self.setting(whole, [(16, zeros), (data + 16, zeros)]), like: whole, [.hasUnfinishedHeader])
  }

  @Test(arguments: [(SoundEncoding.float32, 3), (.ulaw, 7), (.alaw, 6), (.pcm16, 1)])
  func extensibleFormatChunksOfW64(_ encoding: SoundEncoding, _ tag: Int) throws {
    let whole = try Self.bytes(.w64, encoding)
    let fmt = try Self.find("fmt ", in: whole)
    let data = try Self.find("data", in: whole)
    var format = Array(whole[fmt + 24..<fmt + 40])
    format[0] = 0xFE
    format[1] = 0xFF
    let bits = Int(format[14]) | Int(format[15]) << 8
    format += RecordedWAV.short(22)
    format += RecordedWAV.short(bits)
    format += RecordedWAV.long(3)
    format += RecordedWAV.short(tag)
    format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    var bytes = Array(whole[..<(fmt + 16)])
    bytes += HeaderBytes.bytes(of: 64, count: 8, bigEndian: false)
    bytes += format
    bytes += Array(whole[data...])
    let info = try Self.expectAll(bytes, like: whole)
    #expect(info.format.encoding == encoding)
  }

  @Test func auAndCAFOfUnknownLength() throws {
    let au = try Self.bytes(.au)
    try Self.expectAll(Self.setting(au, [(8, Self.zeros4)]), like: au, [.hasUnfinishedHeader])
    try Self.expectAll(Self.setting(au, [(8, Self.ones4)]), like: au)
    let caf = try Self.bytes(.caf)
    let data = try Self.find("data", in: caf)
    try Self.expectAll(Self.setting(caf, [(data + 4, [UInt8](repeating: 0xFF, count: 8))]), like: caf)
  }

  /// A chunk of RIFF.
  private static func chunk(_ name: String, _ content: [UInt8], bigEndian: Bool = false) -> [UInt8] {
    Array(name.utf8) + HeaderBytes.bytes(of: FileNumber(content.count), count: 4, bigEndian: bigEndian)
      + content
      + (content.count % 2 == 0 ? [] : [0])
  }

  @Test func chunksOfWAVThatLibsndfileRefuses() throws {
    let folder = TestFolder()
    let whole = try Self.bytes(.wav)
    let (format, data) = (try Self.find("fmt ", in: whole), try Self.find("data", in: whole))
    let formatChunk = Array(whole[format..<format + 24])
    let title = Self.chunk("LIST", Array("INFO".utf8) + Self.chunk("INAM", Array("Title\0".utf8)))
    let labels = (0..<6000).flatMap { number -> [UInt8] in
      let cue = HeaderBytes.bytes(of: FileNumber(number), count: 4, bigEndian: false)
      return Self.chunk("labl", cue + Array("label\0".utf8))
    }
    let before: [[UInt8]] = [
      formatChunk, Self.chunk("LIST", Array("adtl".utf8) + labels),
      Self.chunk("smpl", [UInt8](repeating: 0, count: 10)),
      Self.chunk("bext", [UInt8](repeating: 0x20, count: 200_001)),
    ]
    for chunk in before {
      let bytes = Array(whole[..<data]) + title + chunk + Array(whole[data...])
      let info = try Self.expectAll(bytes, like: whole)
      #expect(info.metadata.texts[.title] == "Title", "\(HeaderBytes.text(chunk, 0, 4))")
      // Without a length, and breaking off.
      try Self.expectAll(
        Self.setting(bytes, [(4, Self.zeros4), (bytes.count - 4000 - 4, Self.zeros4)]), like: whole,
        [.hasUnfinishedHeader])
      let cut = try SoundFileReader(path: folder.write(Array(bytes.dropLast(400)), to: "cut"))
      #expect(cut.info.warnings == [.breaksOff(frameCount: 900, declaredFrameCount: 1000)])
      #expect(try readAll(cut)[0].count == 900)
    }
    // A second chunk of data.
    try Self.expectAll(whole + Self.chunk("data", [1, 2, 3, 4]), like: whole, [.hasMoreStreams])
  }

  @Test func longTextsOfAIFFAreRead() throws {
    let whole = try Self.bytes(.aiff)
    let sound = try Self.find("SSND", in: whole)
    let text = String(repeating: "comment ", count: 1125)
    let chunks =
      Self.chunk("NAME", Array("Title".utf8), bigEndian: true)
      + Self.chunk("ANNO", Array(text.utf8), bigEndian: true)
    let info = try Self.expectAll(Array(whole[..<sound]) + chunks + Array(whole[sound...]), like: whole)
    #expect(info.metadata.texts[.title] == "Title" && info.metadata.texts[.comment] == text)
  }

  @Test(arguments: [(SoundContainer.caf, "data"), (.aiff, "SSND"), (.rf64, "data")])
  func theFirstOfTwoChunksOfDataIsRead(_ container: SoundContainer, _ name: String) throws {
    let whole = try Self.bytes(container)
    var second = Array(whole[try Self.find(name, in: whole)...])
    second[100] ^= 0x55
    if container == .rf64 { second = Self.chunk("data", Array(second[8...])) }
    try Self.expectAll(whole + second, like: whole, [.hasMoreStreams])
  }

  @Test(arguments: [SoundEncoding.alac16, .alac20, .alac24], [true, false])
  func alacWithoutFlagsInCAF(_ encoding: SoundEncoding, _ hasAtoms: Bool) throws {
    let folder = TestFolder()
    try write(
      Signal.tones(channels: 1, frames: 1000, sampleRate: 48000), to: folder.file("a"),
      SoundFileFormat(.caf, encoding), rate: 48000)
    let whole = folder.bytes("a")
    let (description, cookie) = (try Self.find("desc", in: whole) + 12, try Self.find("kuki", in: whole))
    #expect(HeaderBytes.text(whole, description + 8, 4) == "alac")
    var bytes = Self.setting(whole, [(description + 12, Self.zeros4)])
    let length = try #require(HeaderBytes.number(whole, cookie + 4, 8, bigEndian: true)).value
    let start = cookie + 12
    let hadAtoms = HeaderBytes.text(whole, start + 4, 4) == "frma"
    let record = Array(whole[start + (hadAtoms ? 24 : 0)..<start + length].prefix(24))
    var atoms: [UInt8] = []
    if hasAtoms {
      atoms = [0, 0, 0, 12] + Array("frmaalac".utf8) + [0, 0, 0, 36] + Array("alac".utf8) + Self.zeros4
    }
    let chunk =
      HeaderBytes.bytes(of: FileNumber(24 + atoms.count), count: 8, bigEndian: true) + atoms + record
    bytes.replaceSubrange(cookie + 4..<start + length, with: chunk)
    let info = try Self.expectAll(bytes, like: whole)
    #expect(info.format.encoding == encoding)
  }

  @Test(arguments: [SoundEncoding.pcm16, .pcm24, .pcmS8, .float32, .ulaw])
  func aiffLengthsThatSayNothing(_ encoding: SoundEncoding) throws {
    let whole = try Self.bytes(.aiff, encoding)
    let (common, sound) = (try Self.find("COMM", in: whole), try Self.find("SSND", in: whole))
    let samples = Array(whole[..<(sound + 16 + 2000 * (encoding.bytesPerSample ?? 0))])
    for length in [0x7FFF_FFFF, 0xFFFF_FFFF, 0x7F00_0000] {
      let field = HeaderBytes.bytes(of: FileNumber(length), count: 4, bigEndian: true)
      let bytes = Self.setting(samples, [(4, field), (sound + 4, field), (common + 10, field)])
      try Self.expectAll(bytes, like: whole)
    }
    let unfinished = Self.setting(
      samples, [(4, Self.zeros4), (sound + 4, Self.zeros4), (common + 10, Self.zeros4)])
    try Self.expectAll(unfinished, like: whole, [.hasUnfinishedHeader])
  }

  @Test func wavBeyondFourGigabytesWhoseLengthWrapped() throws {
    let folder = TestFolder()
    let whole = try Self.bytes(.wav)
    let data = try Self.find("data", in: whole) + 4
    let total = 0x1_0000_0000 + 400_000
    let length = HeaderBytes.bytes(of: FileNumber(total - 0x1_0000_0000), count: 4, bigEndian: false)
    let path = folder.write(Self.setting(whole, [(data, length)]), to: "large.wav")
    // Without bytes behind the sound, as a hole in the file.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: UInt64(data + 4 + total))
    try handle.close()
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.frameCount == total / 4)
    #expect(reader.info.format.container == .rf64)
    var buffer = FrameBuffer(channelCount: 2, capacity: 1000)
    _ = try reader.read(into: &buffer)
    let small = try readAll(SoundFileReader(path: folder.write(whole, to: "small.wav")))
    #expect(Array(buffer.channel(0)) == small[0])
    #expect(try reader.skip(total) == total / 4 - 1000)
  }

  @Test func joinedWAVFilesAreNamed() throws {
    let whole = try Self.bytes(.wav)
    try Self.expectAll(whole + whole, like: whole, [.hasMoreStreams])
  }

  @Test func aFileThatChangesWhileItIsReadIsAnError() throws {
    let folder = TestFolder()
    let path = folder.write(try Self.bytes(.wav), to: "a.wav")
    for isSameLength in [true, false] {
      let reader = try SoundFileReader(path: path)
      _ = try readAll(reader)
      let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      if isSameLength { try handle.seek(toOffset: 400) } else { try handle.seekToEnd() }
      try handle.write(contentsOf: Data([1, 2, 3, 4]))
      try handle.close()
      let error = #expect(throws: SoundFileError.self) {
        try reader.rewind()
        _ = try readAll(reader)
      }
      #expect(error?.kind == .inputOutput)
    }
    // Replaced under its name it is another file; the one that was opened stays as it was.
    let reader = try SoundFileReader(path: path)
    try FileManager.default.removeItem(atPath: path)
    folder.write([], to: "a.wav")
    #expect(try readAll(reader)[0].count == 1000)
  }

  @Test func numbersFromFilesDoNotOverflow() {
    let top = FileNumber(Int.max)
    #expect(top + 1 == top && top * top == top && top - FileNumber(Int.min) == top)
    #expect(
      FileNumber(Int.min) - 1 == FileNumber(Int.min) && FileNumber(Int.min) * top == FileNumber(Int.min))
    #expect(top / 0 == 0 && FileNumber(Int.min) / -1 == top)
    #expect(top.roundedUp(toMultipleOf: 8).value >= Int.max - 7)
    #expect(
      FileNumber(13).roundedUp(toMultipleOf: 8) == 16 && FileNumber(16).roundedUp(toMultipleOf: 8) == 16)
    #expect(HeaderBytes.number([1, 2, 3], 1, 2, bigEndian: true) == 0x203)
    #expect(HeaderBytes.number([1, 2, 3], 2, 2, bigEndian: true) == nil)
    #expect(HeaderBytes.number([UInt8](repeating: 255, count: 8), 0, 8, bigEndian: true) == top)
    #expect(HeaderBytes.bytes(of: 0x1_0000, count: 2, bigEndian: false) == [255, 255])
    #expect(HeaderBytes.bytes(of: -1, count: 2, bigEndian: false) == [0, 0])
  }
}
