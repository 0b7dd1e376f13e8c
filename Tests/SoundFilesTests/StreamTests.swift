import Foundation
@testable import SoundFiles
import Testing

/// Files of several streams, and streams whose own lengths are wrong: no sound is lost without a word.
@Suite struct StreamTests {
  static let ogg: [SoundFileFormat] = [SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.ogg, .opus)]

  @Test(arguments: ogg)
  func allLinksOfAChainAreRead(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    var joined: [UInt8] = []
    var parts: [[Float]] = []
    for (name, frames) in [("a", 30_000), ("b", 50_000), ("c", 4000)] {
      let path = folder.file(name + ".ogg")
      try write(Signal.tones(channels: 1, frames: frames, sampleRate: 48000), to: path, format, rate: 48000)
      parts.append(try readAll(SoundFileReader(path: path))[0])
      joined += folder.bytes(name + ".ogg")
    }
    let reader = try SoundFileReader(path: folder.write(joined, to: "chain.ogg"))
    #expect(reader.info.frameCount == 84_000)
    #expect(reader.info.warnings.isEmpty && !reader.info.isTruncated)
    try reader.requireWhole()
    let whole = parts.flatMap(\.self)
    #expect(try readAll(reader)[0] == whole)
    try reader.rewind()
    #expect(try reader.skip(40_000) == 40_000)
    #expect(try readAll(reader)[0] == Array(whole[40_000...]))
  }

  @Test(arguments: ogg)
  func linksOfAnotherKindAreNamed(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    for (name, channels) in [("a", 1), ("b", 2)] {
      try write(
        Signal.tones(channels: channels, frames: 30_000, sampleRate: 48000), to: folder.file(name + ".ogg"),
        format,
        rate: 48000)
    }
    let path = folder.write(folder.bytes("a.ogg") + folder.bytes("b.ogg"), to: "chain.ogg")
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.frameCount == 30_000)
    #expect(reader.info.warnings == [.hasMoreStreams])
    #expect(throws: SoundFileError.self) { try reader.requireWhole() }
  }

  @Test(arguments: ogg)
  func damagedPagesAreNamed(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    let path = folder.file("a.ogg")
    try write(Signal.tones(channels: 2, frames: 300_000, sampleRate: 48000), to: path, format, rate: 48000)
    var bytes = folder.bytes("a.ogg")
    bytes[bytes.count / 2] ^= 0x55
    let reader = try SoundFileReader(path: folder.write(bytes, to: "b.ogg"))
    #expect(reader.info.warnings.first == .hasDamage(placeCount: 1))
    #expect(try readAll(reader)[0].count == reader.info.frameCount)
    #expect(throws: SoundFileError.self) { try reader.requireWhole() }
  }

  @Test(arguments: ogg)
  func impossibleGranulesAreCounted(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    try write(
      Signal.tones(channels: 1, frames: 30_000, sampleRate: 48000), to: folder.file("a.ogg"), format,
      rate: 48000)
    for shift in [40, 60, 62] {
      let bytes = try OggEdit.settingLastGranule(folder.bytes("a.ogg"), to: 1 << UInt64(shift))
      let reader = try SoundFileReader(path: folder.write(bytes, to: "b.ogg"))
      #expect(reader.info.frameCount < 60_000)
      #expect(try readAll(reader)[0].count == reader.info.frameCount)
    }
  }

  /// A stereo MP3 of 44,100 frames, and where its length record stands.
  private func mp3(_ folder: TestFolder) throws -> (bytes: [UInt8], record: Int, frames: Int) {
    try write(
      Signal.tones(channels: 2, frames: 44_100, sampleRate: 44100), to: folder.file("a.mp3"),
      SoundFileFormat(.mp3, .mpegLayer3))
    let bytes = folder.bytes("a.mp3")
    let record = try #require(
      bytes.indices.first { ["Xing", "Info"].contains(HeaderBytes.text(bytes, $0, 4)) })
    let frames = try #require(HeaderBytes.number(bytes, record + 8, 4, bigEndian: true))
    return (bytes, record, frames.value)
  }

  @Test func mp3LengthsThatAreTooSmallAreCorrected() throws {
    let folder = TestFolder()
    let (bytes, record, frames) = try mp3(folder)
    let whole = try readAll(SoundFileReader(path: folder.file("a.mp3")))
    for declared in [0, 1, frames / 2] {
      var wrong = bytes
      wrong.replaceSubrange(
        record + 8..<record + 12, with: HeaderBytes.bytes(of: FileNumber(declared), count: 4, bigEndian: true)
      )
      let reader = try SoundFileReader(path: folder.write(wrong, to: "b.mp3"))
      #expect(reader.info.frameCount == 44_100)
      #expect(reader.info.warnings.isEmpty)
      let back = try readAll(reader)
      #expect(back == whole)
    }
  }

  @Test func mp3LengthsThatAreTooLargeAreSaid() throws {
    let folder = TestFolder()
    let (bytes, record, _) = try mp3(folder)
    var wrong = bytes
    wrong.replaceSubrange(record + 8..<record + 12, with: [0x7F, 0xFF, 0xFF, 0xFF])
    let reader = try SoundFileReader(path: folder.write(wrong, to: "b.mp3"))
    #expect(reader.info.isTruncated)
    #expect((44_100..<50_000).contains(reader.info.frameCount))
    #expect(try readAll(reader)[0].count == reader.info.frameCount)
    // A wrong number of bytes alone says nothing of frames.
    var size = bytes
    size.replaceSubrange(record + 12..<record + 16, with: [0, 0x10, 0, 0])
    let info = try SoundFileReader(path: folder.write(size, to: "c.mp3")).info
    #expect(info.frameCount == 44_100 && info.warnings.isEmpty)
  }

  @Test func lengthRecordsOfFraunhoferAreRead() throws {
    let folder = TestFolder()
    let (bytes, record, frames) = try mp3(folder)
    // Behind the side information of one or two channels the mark stands at the same place.
    let first = record - 36
    func file(declaring count: Int) -> String {
      var changed = bytes
      let numbers = [(1, 2), (0, 2), (75, 2), (bytes.count - first, 4), (count, 4)]
      let body = numbers.flatMap { HeaderBytes.bytes(of: FileNumber($0.0), count: $0.1, bigEndian: true) }
      changed.replaceSubrange(first + 36..<first + 54, with: Array("VBRI".utf8) + body)
      return folder.write(changed, to: "b.mp3")
    }
    let right = try SoundFileReader(path: file(declaring: frames)).info
    #expect(right.warnings.isEmpty && !right.isTruncated && right.frameCount >= 44_100)
    #expect(try SoundFileReader(path: file(declaring: 2 * frames)).info.isTruncated)
  }

  @Test func foreignBytesAtTheEndOfAnMP3AreSaid() throws {
    let folder = TestFolder()
    let (bytes, record, _) = try mp3(folder)
    // Without the frame that holds the length.
    let frame = try #require(MPEGFrameHeader(bytes, at: record - 36))
    let stream = Array(bytes[(record - 36 + frame.length)...])
    let zeros = [UInt8](repeating: 0, count: 5000)
    for tail in [zeros, zeros.map { _ in 0x55 }] {
      let reader = try SoundFileReader(
        path: folder.write(stream.prefix(stream.count / 2) + tail, to: "b.mp3"))
      #expect(reader.info.warnings.contains(.hasDamage(placeCount: 1)))
      #expect(throws: SoundFileError.self) { try reader.requireWhole() }
    }
    for tag in ["APETAGEX", "LYRICSBEGIN", "TAG"] {
      let reader = try SoundFileReader(path: folder.write(stream + Array(tag.utf8) + zeros, to: "c.mp3"))
      #expect(reader.info.warnings.isEmpty, "\(tag)")
    }
  }

  @Test func filesThatShrinkWhileTheyAreProbedEndTheSearch() throws {
    let folder = TestFolder()
    let (bytes, _, _) = try mp3(folder)
    try write(
      Signal.tones(channels: 1, frames: 200_000, sampleRate: 44100), to: folder.file("a.ogg"),
      SoundFileFormat(.ogg, .vorbis))
    // Longer than the window through which a file is read.
    let inputs = [
      ("b.mp3", (0..<30).flatMap { _ in bytes }), ("b.ogg", (0..<30).flatMap { _ in folder.bytes("a.ogg") }),
    ]
    for (name, bytes) in inputs {
      #expect(bytes.count > 400_000)
      let path = folder.write(bytes, to: name)
      let source = try SoundSource(path: path)
      #expect(truncate(path, 300_000) == 0)
      let probe = HeaderProbe(source)
      #expect(
        probe.isTruncated(byteCount: source.byteCount) || probe.lacksEndOfStream || probe.damageCount > 0)
    }
  }

  @Test func joinedMP3FilesAreReadToTheEnd() throws {
    let folder = TestFolder()
    let (bytes, _, frames) = try mp3(folder)
    let reader = try SoundFileReader(path: folder.write(bytes + bytes + bytes, to: "b.mp3"))
    // The first part's delay and the end's padding are trimmed, those between stay.
    #expect(reader.info.frameCount == 44_100 + 2 * frames * 1152)
    #expect(reader.info.warnings.isEmpty)
    let whole = try readAll(SoundFileReader(path: folder.file("a.mp3")))[0]
    let back = try readAll(reader)[0]
    #expect(back.count == reader.info.frameCount)
    #expect(Array(back[..<43_000]) == Array(whole[..<43_000]))
    let second = Array(back[(frames * 1152 + 2000)..<(frames * 1152 + 40_000)])
    #expect(second == Array(whole[2000..<40_000]))
    // Of another rate.
    try write(
      Signal.tones(channels: 2, frames: 48_000, sampleRate: 48000), to: folder.file("d.mp3"),
      SoundFileFormat(.mp3, .mpegLayer3), rate: 48000)
    let mixed = try SoundFileReader(path: folder.write(bytes + folder.bytes("d.mp3"), to: "e.mp3"))
    #expect(mixed.info.frameCount == 44_100)
    #expect(mixed.info.warnings == [.hasMoreStreams])
    #expect(throws: SoundFileError.self) { try mixed.requireWhole() }
  }

  @Test func zerosAndTagsBeforeAStreamArePassedOver() throws {
    let folder = TestFolder()
    let (bytes, _, _) = try mp3(folder)
    let zeros = [UInt8](repeating: 0, count: 1500)
    let reader = try SoundFileReader(path: folder.write(zeros + bytes, to: "zeros.mp3"))
    #expect(reader.info.frameCount == 44_100 && reader.info.warnings.isEmpty)
    #expect(try readAll(reader) == readAll(SoundFileReader(path: folder.file("a.mp3"))))
    try write(
      Signal.tones(channels: 2, frames: 20_000, sampleRate: 44100), to: folder.file("a.flac"),
      SoundFileFormat(.flac, .pcm16))
    var tag = Array("ID3\u{3}\0\0\0\0".utf8)
    tag += [0x40, 0]
    tag += [UInt8](repeating: 0, count: 0x40 * 128)
    let flac = try SoundFileReader(path: folder.write(tag + folder.bytes("a.flac"), to: "b.flac"))
    #expect(flac.info.frameCount == 20_000 && !flac.info.isTruncated)
    #expect(try readAll(flac) == readAll(SoundFileReader(path: folder.file("a.flac"))))
  }

  @Test func opusKeepsItsEncodingUnderEveryOggName() throws {
    for name in ["a.ogg", "a.oga", "a.opus"] {
      let opus = SoundFileFormat(.ogg, .opus)
      #expect(try SoundFileFormat(path: name, like: opus) == opus)
    }
    let vorbis = SoundFileFormat(.ogg, .vorbis)
    #expect(try SoundFileFormat(path: "a.ogg", like: vorbis) == vorbis)
    #expect(try SoundFileFormat(path: "a.opus", like: vorbis) == SoundFileFormat(.ogg, .opus))
    #expect(try SoundFileFormat(path: "a.ogg", like: SoundFileFormat(.wav, .pcm16)) == vorbis)
  }
}

/// Changes to Ogg pages, with checksums that are right.
enum OggEdit {
  static func settingLastGranule(_ bytes: [UInt8], to granule: UInt64) throws -> [UInt8] {
    var bytes = bytes
    let start = try #require(bytes.indices.last { HeaderBytes.text(bytes, $0, 4) == "OggS" })
    for index in 0..<8 { bytes[start + 6 + index] = UInt8(truncatingIfNeeded: granule >> UInt64(8 * index)) }
    let sum = OggPage.checksum(Array(bytes[start...]))
    for index in 0..<4 { bytes[start + 22 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
    return bytes
  }
}
