@testable import SoundFiles
import Testing

@Suite struct TruncationTests {
  /// Every format, cut in its last third: the cut is noticed at opening, and what is announced can be read.
  @Test(arguments: FormatCapability.all)
  func cutFilesAreNoticedAndReadAsFarAsTheyGo(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let name = "whole.\(row.format.fileExtension)"
    let frames = row.isLossless || row.format.encoding.name.contains("law") ? 40_000 : 400_000
    let channels = row.maximumChannelCount == 1 ? 1 : 2
    let tones = Signal.tones(channels: channels, frames: frames, sampleRate: 48000)
    try write(tones, to: folder.file(name), row.format, rate: 48000)
    let size = folder.bytes(name).count
    let path = folder.cut(name, to: size * 2 / 3, as: "cut.\(row.format.fileExtension)")
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.isTruncated)
    #expect(reader.info.warnings.count == 1, "\(reader.info.warnings)")
    #expect(reader.info.frameCount < frames * 3 / 4)
    #expect(reader.info.frameCount > frames / 2)
    // An Ogg stream tells its length at its end, libsndfile's ALAC in a table after the data.
    if row.format.container != .ogg && row.format.encoding.bytesPerSample != nil {
      #expect(reader.info.declaredFrameCount == frames)
    }
    let announced = reader.info.frameCount
    let back = try readAll(reader)
    #expect(back.map(\.count) == [Int](repeating: announced, count: channels))
    #expect(reader.info.warnings.count == 1, "\(reader.info.warnings)")
    // What is there is what was written.
    let whole = try readAll(SoundFileReader(path: folder.file(name)))
    let length = max(0, announced - 3000)
    let isSame = Array(back[0].prefix(length)) == Array(whole[0].prefix(length))
    #expect(isSame)
  }

  @Test func aSingleMissingByteIsNoticed() throws {
    let folder = TestFolder()
    for row in FormatCapability.all
    where row.isLossless && row.maximumChannelCount > 2 && row.format.encoding != .alac16 {
      let name = "a.\(row.format.fileExtension)"
      try write(
        Signal.tones(channels: 2, frames: 5000, sampleRate: 48000), to: folder.file(name), row.format,
        rate: 48000
      ) {
        $0.overwrites = true
      }
      let info = try SoundFileReader(path: folder.file(name)).info
      #expect(!info.isTruncated && info.warnings.isEmpty)
      let cut = folder.cut(name, to: folder.bytes(name).count - 1, as: "b.\(row.format.fileExtension)")
      #expect(try SoundFileReader(path: cut).info.isTruncated, "\(row)")
    }
  }

  @Test func theMessageNamesBothLengths() throws {
    let folder = TestFolder()
    try write(
      FrameBuffer(channels: [[Float](repeating: 0.5, count: 1000)]), to: folder.file("a.wav"),
      SoundFileFormat(.wav, .pcm16))
    let info = try SoundFileReader(path: folder.cut("a.wav", to: 44 + 1000, as: "b.wav")).info
    #expect(
      info.warnings.map(\.description) == [
        "the file breaks off: its header promises 1000 frames, 500 are there"
      ])
    #expect(info.frameCount == 500)
    #expect(info.declaredFrameCount == 1000)
  }

  @Test func damageInsideAFLACFileIsReported() throws {
    let folder = TestFolder()
    try write(
      Signal.tones(channels: 2, frames: 100_000, sampleRate: 48000), to: folder.file("a.flac"),
      SoundFileFormat(.flac, .pcm24), rate: 48000)
    var bytes = folder.bytes("a.flac")
    for index in bytes.count / 2..<bytes.count / 2 + 3000 { bytes[index] = 0x55 }
    let reader = try SoundFileReader(path: folder.write(bytes, to: "b.flac"))
    #expect(reader.info.frameCount == 100_000)
    let back = try readAll(reader)
    #expect(reader.info.isTruncated)
    #expect(reader.info.warnings.isEmpty == false)
    #expect(reader.info.frameCount == back[0].count)
    #expect(back[0].count < 100_000)
    #expect(back[0].count > 40_000)
  }

  @Test func lengthsThatWereNeverWrittenAreNotTruncation() throws {
    let folder = TestFolder()
    try write(
      FrameBuffer(channels: [[Float](repeating: 0.5, count: 1000)]), to: folder.file("a.wav"),
      SoundFileFormat(.wav, .pcm16))
    let whole = folder.bytes("a.wav")
    // As a program writes WAV into a pipe: lengths of all ones, or the largest signed number.
    for placeholder in [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xF0, 0xFF, 0x7F]] as [[UInt8]] {
      var piped = whole
      piped.replaceSubrange(4..<8, with: placeholder)
      piped.replaceSubrange(40..<44, with: placeholder)
      let info = try SoundFileReader(path: folder.write(piped, to: "piped.wav")).info
      #expect(info.frameCount == 1000)
      #expect(!info.isTruncated && info.warnings.isEmpty)
    }
    // As a recorder leaves it that was switched off: lengths of 0.
    var unclosed = whole
    unclosed.replaceSubrange(4..<8, with: [36, 0, 0, 0])
    unclosed.replaceSubrange(40..<44, with: [0, 0, 0, 0])
    let info = try SoundFileReader(path: folder.write(unclosed, to: "unclosed.wav")).info
    #expect(info.frameCount == 1000)
    #expect(info.warnings == [.hasUnfinishedHeader])
  }

  @Test func mp3WithoutLengthIsCounted() throws {
    let folder = TestFolder()
    for rate in [44100, 22050, 8000] {
      for channels in [1, 2] {
        try write(
          Signal.tones(channels: channels, frames: rate * 3, sampleRate: rate), to: folder.file("a.mp3"),
          SoundFileFormat(.mp3, .mpegLayer3), rate: rate
        ) {
          $0.overwrites = true
          $0.metadata[.title] = "With a tag at the end"
        }
        let whole = try readAll(SoundFileReader(path: folder.file("a.mp3")))
        // The first frame holds the length record alone; without it nothing says how long the stream is.
        var bytes = folder.bytes("a.mp3")
        let frame = try #require(MP3.secondFrame(bytes))
        bytes.removeFirst(frame)
        let reader = try SoundFileReader(path: folder.write(bytes, to: "b.mp3"))
        #expect(reader.info.metadata[.title] == "With a tag at the end")
        #expect(!reader.info.isTruncated && reader.info.warnings.isEmpty)
        let back = try readAll(reader)
        #expect(back[0].count == reader.info.frameCount)
        // Nothing is trimmed now: encoder delay, clip and padding, in whole frames of 1152 or 576.
        #expect(reader.info.frameCount % 576 == 0)
        #expect(reader.info.frameCount >= whole[0].count)
        #expect(reader.info.frameCount <= whole[0].count + 4 * 1152)
        try reader.rewind()
        let again = try readAll(reader) == back
        #expect(again)
      }
    }
  }
}

/// Just enough of MPEG audio to find the second frame of a file written by LAME.
enum MP3 {
  static func secondFrame(_ bytes: [UInt8]) -> Int? {
    let kind = bytes[1]
    return (24..<3000).first {
      bytes[$0] == 0xFF && bytes[$0 + 1] == kind && bytes[$0 + 2] & 0x0C == bytes[2] & 0x0C
        && bytes[$0 + 2] >> 4 != 15 && bytes[$0 + 2] >> 4 != 0
    }
  }
}
