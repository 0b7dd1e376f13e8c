@testable import SoundFiles
import Testing

/// FLAC streams whose header counts too few samples, and streams with missing, repeated or joined frames.
@Suite struct FLACStreamTests {
  private static let blockSize = 4096

  /// A FLAC file, and the offsets of its frames, with the end of the file as the last one.
  private func make(
    _ folder: TestFolder, _ name: String, frames: Int, channels: Int = 1
  ) throws -> (bytes: [UInt8], places: [Int]) {
    try write(
      Signal.tones(channels: channels, frames: frames, sampleRate: 48000), to: folder.file(name),
      SoundFileFormat(.flac, .pcm16), rate: 48000)
    let bytes = folder.bytes(name)
    var places: [Int] = []
    for place in bytes.indices {
      guard let header = FLACFrameHeader(bytes, at: place), header.number.value == places.count else {
        continue
      }
      places.append(place)
    }
    #expect(places.count == (frames + Self.blockSize - 1) / Self.blockSize)
    return (bytes, places + [bytes.count])
  }

  private func setting(_ count: Int, in bytes: [UInt8]) -> [UInt8] {
    HeaderTests.setting(bytes, [(22, HeaderBytes.bytes(of: FileNumber(count), count: 4, bigEndian: true))])
  }

  @Test(arguments: [0, 1, 4096, 20_000, 49_999])
  func countsThatAreTooSmallAreCorrected(_ count: Int) throws {
    let folder = TestFolder()
    let (bytes, _) = try make(folder, "whole", frames: 50_000, channels: 2)
    try HeaderTests.expectAll(setting(count, in: bytes), like: bytes, frames: 50_000)
    // Bytes behind the last frame are no frames.
    let tagged = setting(count, in: bytes) + Array("TAG".utf8) + [UInt8](repeating: 0xFF, count: 125)
    try HeaderTests.expectAll(tagged, like: bytes, frames: 50_000)
  }

  @Test func framesJoinedUnderOneHeaderAreReadToTheEnd() throws {
    let folder = TestFolder()
    let (one, first) = try make(folder, "one", frames: 50_000)
    let (two, second) = try make(folder, "two", frames: 10_001)
    let frames = Array(two[second[0]...])
    for count in [0, 50_000, 70_002] {
      let path = folder.write(setting(count, in: one) + frames + frames, to: "joined")
      let reader = try SoundFileReader(path: path)
      #expect(reader.info.frameCount == 70_002 && reader.info.warnings.isEmpty)
      let parts = try ["one", "two", "two"].map { try readAll(SoundFileReader(path: folder.file($0)))[0] }
      let isSame = try readAll(reader)[0] == parts.flatMap(\.self)
      #expect(isSame)
    }
    // Frames of another kind.
    let (stereo, third) = try make(folder, "stereo", frames: 10_000, channels: 2)
    let mixed = try SoundFileReader(path: folder.write(one + Array(stereo[third[0]...]), to: "mixed"))
    #expect(mixed.info.frameCount == 50_000 && mixed.info.warnings == [.hasMoreStreams])
    #expect(try readAll(mixed) == readAll(SoundFileReader(path: folder.file("one"))))
    #expect(first.count == 14)
  }

  @Test(arguments: [3..<4, 3..<5, 1..<11])
  func silenceStandsForMissingFramesAndIsNamed(_ missing: Range<Int>) throws {
    let folder = TestFolder()
    let (bytes, places) = try make(folder, "whole", frames: 50_000, channels: 2)
    let cut = Array(bytes[..<places[missing.lowerBound]]) + Array(bytes[places[missing.upperBound]...])
    let reader = try SoundFileReader(path: folder.write(cut, to: "cut"))
    #expect(reader.info.warnings == [.hasDamage(placeCount: 1)] && reader.info.frameCount == 50_000)
    #expect(throws: SoundFileError.self) { try reader.requireWhole() }
    // What follows the place stays where it was.
    let silence = missing.lowerBound * Self.blockSize..<missing.upperBound * Self.blockSize
    let whole = try readAll(SoundFileReader(path: folder.file("whole"))).map { channel in
      channel.indices.map { silence.contains($0) ? 0 : channel[$0] }
    }
    let isSame = try readAll(reader) == whole
    #expect(isSame)
  }

  @Test func repeatedFramesAreLeftOutAndNamed() throws {
    let folder = TestFolder()
    let (bytes, places) = try make(folder, "whole", frames: 50_000)
    for range in [2..<3, 2..<5] {
      let part = Array(bytes[places[range.lowerBound]..<places[range.upperBound]])
      let doubled =
        Array(bytes[..<places[range.upperBound]]) + part + Array(bytes[places[range.upperBound]...])
      try HeaderTests.expectAll(doubled, like: bytes, frames: 50_000, [.hasDamage(placeCount: 1)])
    }
  }

  @Test func headersOfFramesAreRead() throws {
    // Frame 0 of 4096 samples in stereo, at 44.1 kHz and 16 bits, and the header's checksum.
    var bytes: [UInt8] = [0xFF, 0xF8, 0xC9, 0x18, 0]
    bytes.append(FLACFrameHeader.checksum(bytes[...]))
    let header = try #require(FLACFrameHeader(bytes, at: 0))
    #expect(header.blockSize == 4096 && header.sampleRate == 44100 && header.channelCount == 2)
    #expect(header.bitCount == 16 && header.number == 0 && header.next == 1)
    // The example of RFC 9639, appendix D.1: one sample in stereo, and its checksums.
    let frame: [UInt8] = [
      0xFF, 0xF8, 0x69, 0x18, 0, 0, 0xBF, 0x03, 0x58, 0xFD, 0x03, 0x12, 0x8B, 0xAA, 0x9A,
    ]
    #expect(FLACFrameHeader(frame, at: 0)?.blockSize == 1)
    #expect(FLACFrameHeader.checksum(frame[...], after: 0) == 0)
    // Numbers of every length in a frame of silence.
    let info = try #require(FLACStreamInfo(HeaderTests.bytes(.flac)))
    for number in [0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x1F_FFFF, 0x20_0000, 0x7FFF_FFFF] {
      let silence = FLACFrameHeader.silence(FileNumber(number), length: 77, like: header, info)
      let back = try #require(FLACFrameHeader(silence, at: 0))
      #expect(back.number.value == number && back.blockSize == 77 && back.fits(info))
      #expect(FLACFrameHeader.checksum(silence[...], after: 0) == 0)
    }
    // The number 0x10FFFF + 1 with samples as its unit; in five bytes.
    var long: [UInt8] = [0xFF, 0xF9, 0x7C, 0xA8, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x12, 0x33, 0x60]
    long.append(FLACFrameHeader.checksum(long[...]))
    let variable = try #require(FLACFrameHeader(long, at: 0))
    #expect(variable.number == 0x20_0000 && variable.blockSize == 0x1234 && variable.sampleRate == 96_000)
    #expect(variable.next == 0x20_1234 && variable.channelCount == 2)
    for index in bytes.indices.dropFirst() {
      var wrong = bytes
      wrong[index] ^= 0x80
      #expect(FLACFrameHeader(wrong, at: 0) == nil)
    }
    #expect(FLACFrameHeader(Array(bytes.dropLast()), at: 0) == nil)
  }
}
