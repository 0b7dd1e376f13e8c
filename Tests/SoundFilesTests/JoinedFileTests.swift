import Foundation
import Testing

@testable import SoundFiles

/// Files joined end to end, and sound inside other containers: nothing is left out without a word.
struct JoinedFileTests {
  private static let frames = 5000

  private static let containers: [SoundFileFormat] = [
    SoundFileFormat(.wav, .pcm16), SoundFileFormat(.rf64, .pcm24), SoundFileFormat(.aiff, .pcm16),
    SoundFileFormat(.caf, .float32), SoundFileFormat(.au, .pcm16), SoundFileFormat(.w64, .pcm16),
  ]

  /// A file with a title, which stands behind the sound in some containers.
  private func make(
    _ folder: TestFolder, _ name: String, _ format: SoundFileFormat, channels: Int = 1, rate: Int = 44100
  ) throws -> Data {
    let path = folder.file(name)
    try write(
      Signal.tones(channels: channels, frames: Self.frames, sampleRate: rate), to: path, format, rate: rate
    ) { $0.metadata.texts[.title] = "Take" }
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test(arguments: containers)
  func theSecondFileIsTold(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    let one = try make(folder, "one", format)
    let path = folder.file("joined")
    try (one + one).write(to: URL(fileURLWithPath: path))
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.warnings == [.hasMoreStreams])
    #expect(throws: SoundFileError.self) { try reader.requireWhole() }
    let alone = try SoundFileReader(path: folder.file("one"))
    #expect(alone.info.warnings.isEmpty)
    #expect(try readAll(reader) == readAll(alone))
    #expect(reader.info.metadata.texts == alone.info.metadata.texts)
    // What is written of it is one file, with the first one's metadata.
    let copy = folder.file("copy")
    let writer = try SoundFileWriter(
      path: copy, format: format, sampleRate: 44100, channelCount: 1,
      options: {
        var options = SoundFileWriter.Options()
        options.metadata = reader.info.metadata
        return options
      }())
    try writer.write(FrameBuffer(channels: readAll(alone)))
    try writer.finish()
    #expect(try SoundFileReader(path: copy).info.warnings.isEmpty)
  }

  @Test func joinedFLACIsReadToItsEnd() throws {
    let folder = TestFolder()
    let format = SoundFileFormat(.flac, .pcm16)
    let one = try make(folder, "one", format)
    try write(Signal.tones(channels: 1, frames: 777, sampleRate: 44100), to: folder.file("two"), format)
    let two = try Data(contentsOf: URL(fileURLWithPath: folder.file("two")))
    let path = folder.file("joined")
    try (one + two + one).write(to: URL(fileURLWithPath: path))
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.frameCount == 2 * Self.frames + 777 && reader.info.warnings.isEmpty)
    let parts = try ["one", "two", "one"].map { try readAll(SoundFileReader(path: folder.file($0)))[0] }
    #expect(try readAll(reader)[0] == parts.flatMap(\.self))
    // Behind an ID3 tag as well.
    let tag = Data("ID3\u{3}\0\0\0\0\0\u{4}".utf8) + Data(count: 4)
    try (tag + one + two).write(to: URL(fileURLWithPath: path))
    #expect(try SoundFileReader(path: path).info.frameCount == Self.frames + 777)
  }

  @Test func filesOfOtherKindsThatFollowAreTold() throws {
    let folder = TestFolder()
    let flac = try make(folder, "flac", SoundFileFormat(.flac, .pcm16))
    let stereo = try make(folder, "stereo", SoundFileFormat(.flac, .pcm16), channels: 2)
    let ogg = try make(folder, "ogg", SoundFileFormat(.ogg, .vorbis))
    let wav = try make(folder, "wav", SoundFileFormat(.wav, .pcm16))
    let aiff = try make(folder, "aiff", SoundFileFormat(.aiff, .pcm16))
    let path = folder.file("joined")
    for (first, second) in [(flac, stereo), (wav, flac), (wav, ogg), (aiff, wav)] {
      try (first + second).write(to: URL(fileURLWithPath: path))
      let reader = try SoundFileReader(path: path)
      #expect(reader.info.frameCount == Self.frames && reader.info.warnings == [.hasMoreStreams])
    }
  }

  @Test func soundInsideOtherContainersIsRefused() throws {
    let folder = TestFolder()
    let mp3 = try make(folder, "mp3", SoundFileFormat(.mp3, .mpegLayer3))
    let path = folder.file("video")
    let starts: [[UInt8]] = [
      [0, 0, 0, 24] + Array("ftypisom".utf8), [0x1A, 0x45, 0xDF, 0xA3], [0, 0, 0, 8] + Array("mdat".utf8),
      Array("FLV\u{1}".utf8), Array("RIFF\0\0\u{10}\0AVI ".utf8), [0, 0, 1, 0xBA],
    ]
    for start in starts {
      try (Data(start) + Data(repeating: 0, count: 40) + mp3).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: SoundFileError.self) { try SoundFileReader(path: path) }
      #expect(error?.kind == .badData && error?.description.contains("does not read") == true)
    }
  }
}
