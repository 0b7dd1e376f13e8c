@testable import SoundFiles
import Testing

/// Bytes behind the declared end of the sound: chunks and traces of programs are no sound, and more sound is named.
@Suite struct RestTests {
  /// Containers that state a length, each with the encoding and rate that it can hold.
  private static let containers: [(SoundFileFormat, rate: Int)] = [
    (SoundFileFormat(.wav, .pcm16), 48000), (SoundFileFormat(.rf64, .pcm16), 48000),
    (SoundFileFormat(.w64, .pcm16), 48000), (SoundFileFormat(.w64, .pcm24), 48000),
    (SoundFileFormat(.aiff, .pcm16), 48000), (SoundFileFormat(.caf, .pcm16), 48000),
    (SoundFileFormat(.au, .pcm16), 48000), (SoundFileFormat(.svx, .pcmS8), 48000),
    (SoundFileFormat(.svx, .pcm16), 48000), (SoundFileFormat(.nist, .pcm16), 48000),
    (SoundFileFormat(.nist, .ulaw), 8000), (SoundFileFormat(.avr, .pcm16), 48000),
    (SoundFileFormat(.avr, .pcmU8), 48000), (SoundFileFormat(.wve, .alaw), 8000),
    (SoundFileFormat(.voc, .pcm16), 48000), (SoundFileFormat(.mpc2k, .pcm16), 44100),
    (SoundFileFormat(.mat5, .pcm16), 48000), (SoundFileFormat(.mat5, .float32), 48000),
  ]

  private func make(_ format: SoundFileFormat, _ rate: Int, _ folder: TestFolder) throws -> [UInt8] {
    let channels = [.svx, .wve].contains(format.container) ? 1 : 2
    try write(
      Signal.tones(channels: channels, frames: 1000, sampleRate: rate), to: folder.file("a"), format,
      rate: rate)
    return folder.bytes("a")
  }

  @Test(arguments: containers)
  func bytesBehindTheEndAreNoSound(_ format: SoundFileFormat, _ rate: Int) throws {
    let folder = TestFolder()
    let whole = try make(format, rate, folder)
    let padded = whole.count % 2 == 0 || format.container == .voc ? whole : whole + [0]
    // A chunk, padding, and a few bytes.
    let chunk = Array("ANNO".utf8) + [0, 0, 0, 8] + Array("comments".utf8)
    for rest in [
      chunk, [UInt8](repeating: 0, count: 5000), [UInt8](repeating: 0xFF, count: 5000),
      Array("written by a program".utf8),
    ] {
      try HeaderTests.expectAll(padded + rest, like: whole)
    }
    // Noise, as sound is: its first bytes are no name of a chunk.
    let noise = Signal.integers(bits: 16, count: 5000).map { UInt8(truncatingIfNeeded: $0 >> 16) | 0x80 }
    try HeaderTests.expectAll(padded + noise, like: whole, [.hasUnreadBytes(byteCount: 5000)])
    let reader = try SoundFileReader(path: folder.write(padded + noise, to: "b"))
    #expect(throws: SoundFileError.self) { try reader.requireWhole() }
  }

  /// Chunks of odd lengths whose padding some programs leave out.
  @Test func chunksWithoutPaddingAreNoSound() throws {
    let whole = try HeaderTests.bytes(.wav)
    let odd = Array("iXML".utf8) + [5, 0, 0, 0] + Array("<a/>\n".utf8)
    let long = Array("id3 ".utf8) + [0, 8, 0, 0] + [UInt8](repeating: 0x90, count: 2048)
    try HeaderTests.expectAll(whole + odd + odd + long, like: whole)
    try HeaderTests.expectAll(whole + odd + [0] + odd + [0] + long, like: whole)
  }

  /// Chunks of W64 behind the data: a list of texts, and a second chunk of data.
  @Test func chunksOfW64AreNoSound() throws {
    let whole = try HeaderTests.bytes(.w64)
    let data = try HeaderTests.find("data", in: whole)
    let head = Array("list".utf8) + whole[data + 4..<data + 16]
    let list = head + HeaderBytes.bytes(of: 40, count: 8, bigEndian: false) + Array("INFOINAM????Take".utf8)
    try HeaderTests.expectAll(whole + list, like: whole)
    try HeaderTests.expectAll(whole + list + whole[data...], like: whole, [.hasMoreStreams])
  }

  @Test(arguments: [SoundContainer.wav, .rf64, .w64, .caf])
  func lengthsFarTooSmallAreNamed(_ container: SoundContainer) throws {
    let folder = TestFolder()
    let whole = try HeaderTests.bytes(container)
    let isLong = container != .wav
    let bigEndian = container == .caf
    let place =
      switch container {
      case .rf64: try HeaderTests.find("ds64", in: whole) + 16
      case .w64: try HeaderTests.find("data", in: whole) + 16
      default: try HeaderTests.find("data", in: whole) + 4
      }
    let extra: FileNumber = container == .w64 ? 24 : container == .caf ? 4 : 0
    let length = HeaderBytes.bytes(of: 2000 + extra, count: isLong ? 8 : 4, bigEndian: bigEndian)
    let path = folder.write(HeaderTests.setting(whole, [(place, length)]), to: "a")
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.frameCount == 500 && reader.info.warnings == [.hasUnreadBytes(byteCount: 2000)])
    #expect(throws: SoundFileError.self) { try reader.requireWhole() }
    #expect(reader.info.warnings[0].description.hasPrefix("2000 bytes behind the declared end"))
  }

  @Test func blocksOfVOCAfterTheFirstAreNamed() throws {
    let folder = TestFolder()
    let whole = try make(SoundFileFormat(.voc, .pcm16), 48000, folder)
    let silence: [UInt8] = [2, 0, 2, 0] + [UInt8](repeating: 0, count: 512) + [0]
    try HeaderTests.expectAll(whole.dropLast() + silence, like: whole, [.hasMoreStreams])
    // A block of text is no sound.
    try HeaderTests.expectAll(whole.dropLast() + [5, 4, 0, 0] + Array("text".utf8) + [0], like: whole)
  }
}
