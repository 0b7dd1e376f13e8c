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

  /// Results have the tags of the first part.
  @Test(arguments: ogg + [SoundFileFormat(.flac, .pcm16), SoundFileFormat(.mp3, .mpegLayer3)])
  func tagsOfFurtherPartsAreNamed(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    func part(_ title: String) throws -> [UInt8] {
      let path = folder.file("part")
      var options = SoundFileWriter.Options()
      options.metadata = SoundMetadata(texts: [.title: title])
      let writer = try SoundFileWriter(
        path: path, format: format, sampleRate: 48000, channelCount: 1, options: options)
      try writer.write(Signal.tones(channels: 1, frames: 9000, sampleRate: 48000))
      try writer.finish()
      defer { try? FileManager.default.removeItem(atPath: path) }
      return folder.bytes("part")
    }
    let loss = "the tags of further parts of the file"
    let (one, two) = (try part("One"), try part("Two"))
    let joined = try copy(one + two, to: SoundFileFormat(.wav, .pcm16))
    #expect(joined.losses == [loss])
    #expect(try copy(one, to: SoundFileFormat(.wav, .pcm16)).losses.isEmpty)
    // The MP3 encoder writes tags of version 1, of which the last one of a file counts. They are not compared.
    guard format.container != .mp3 else { return }
    #expect(joined.info.metadata[.title] == "One")
    #expect(try copy(one + one, to: SoundFileFormat(.wav, .pcm16)).losses.isEmpty)
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
      ("b.mp3", (0..<60).flatMap { _ in bytes }), ("b.ogg", (0..<60).flatMap { _ in folder.bytes("a.ogg") }),
    ]
    for (name, bytes) in inputs {
      #expect(bytes.count > 400_000)
      let path = folder.write(bytes, to: name)
      let source = try SoundSource(path: path)
      #expect(truncate(path, 300_000) == 0)
      let probe = HeaderProbe(source)
      #expect(probe.isMPEG == (name == "b.mp3"))
      #expect(throws: SoundFileError.self) { try source.requireUnchanged() }
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

  /// Bytes that begin like frames or pages, over and over: no sound, and no damage of the stream before them.
  @Test func bytesThatBeginLikeFramesArePassedOver() throws {
    let folder = TestFolder()
    let (bytes, _, _) = try mp3(folder)
    let whole = try readAll(SoundFileReader(path: folder.file("a.mp3")))
    for pattern in [[0xFF], [0xFF, 0xFB], [0xFF, 0xFB, 0x90, 0xC0], Array("OggS".utf8)] as [[UInt8]] {
      let rest = [[UInt8]](repeating: pattern, count: 400_000 / pattern.count).flatMap(\.self)
      let reader = try SoundFileReader(path: folder.write(bytes + rest, to: "b.mp3"))
      #expect(reader.info.frameCount == 44_100 && reader.info.warnings.isEmpty, "\(pattern)")
      let isSame = try readAll(reader) == whole
      #expect(isSame, "\(pattern)")
    }
    for format in Self.ogg {
      try write(
        Signal.tones(channels: 1, frames: 30_000, sampleRate: 48000), to: folder.file("a.ogg"), format,
        rate: 48000
      ) { $0.overwrites = true }
      let rest = [[UInt8]](repeating: Array("OggS".utf8), count: 100_000).flatMap(\.self)
      let reader = try SoundFileReader(path: folder.write(folder.bytes("a.ogg") + rest, to: "b.ogg"))
      #expect(reader.info.frameCount == 30_000 && reader.info.warnings.isEmpty)
      let isSame = try readAll(reader) == readAll(SoundFileReader(path: folder.file("a.ogg")))
      #expect(isSame)
    }
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

extension OggEdit {
  /// The pages of a file.
  static func pages(_ bytes: [UInt8]) -> [[UInt8]] {
    var pages: [[UInt8]] = []
    var offset = 0
    while let page = OggPage(Array(bytes[offset...])) {
      pages.append(Array(bytes[offset..<offset + page.byteCount]))
      offset += page.byteCount
    }
    return pages
  }

  /// Replaces the sample rate in the header of Opus, which is the first page.
  static func settingRate(_ bytes: [UInt8], to rate: Int) -> [UInt8] {
    var pages = pages(bytes)
    let field = HeaderBytes.bytes(of: FileNumber(rate), count: 4, bigEndian: false)
    pages[0].replaceSubrange(28 + 12..<28 + 16, with: field)
    let sum = FileNumber(clamping: OggPage.checksum(pages[0]))
    pages[0].replaceSubrange(22..<26, with: HeaderBytes.bytes(of: sum, count: 4, bigEndian: false))
    return pages.flatMap(\.self)
  }
}

/// Sample rates in the header of Opus, and streams side by side.
@Suite struct OggStreamTests {
  private let opus = SoundFileFormat(.ogg, .opus)

  /// Noise, which has sound in all bands.
  private func noise(frames: Int, seed: UInt64 = 1) -> FrameBuffer {
    FrameBuffer(channels: [Signal.integers(bits: 16, count: frames, seed: seed).map { Float($0) / 0x1p33 }])
  }

  /// The header's rate is that of the encoder's input (RFC 7845, section 5.1), and 0 stands for none.
  @Test(arguments: [0, 1, 8000, 11025, 12000, 16000, 24000])
  func opusIsDecodedWithAllItsBands(_ rate: Int) throws {
    let folder = TestFolder()
    try write(noise(frames: 48_000), to: folder.file("a.opus"), opus, rate: 48000)
    let whole = folder.bytes("a.opus")
    let path = folder.write(OggEdit.settingRate(whole, to: rate), to: "b.opus")
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.sampleRate == 48000 && reader.info.frameCount == 48_000)
    #expect(reader.info.warnings.isEmpty)
    let expected = try readAll(SoundFileReader(path: folder.file("a.opus")))
    let isSame = try readAll(reader) == expected
    #expect(isSame)
    // Of every link of a chain.
    let chain = OggEdit.settingRate(whole, to: rate)
    let joined = try SoundFileReader(path: folder.write(chain + chain, to: "c.opus"))
    #expect(joined.info.sampleRate == 48000 && joined.info.frameCount == 96_000)
    let isTwice = try readAll(joined)[0] == expected[0] + expected[0]
    #expect(isTwice)
  }

  @Test(arguments: [8000, 12000, 16000, 24000])
  func opusOfANarrowBandKeepsItsRate(_ rate: Int) throws {
    let folder = TestFolder()
    try write(noise(frames: rate), to: folder.file("a.opus"), opus, rate: rate)
    #expect(try SoundFileReader(path: folder.file("a.opus")).info.sampleRate == rate)
  }

  @Test(arguments: StreamTests.ogg, StreamTests.ogg)
  func streamsSideBySideAreNamed(_ first: SoundFileFormat, _ second: SoundFileFormat) throws {
    let folder = TestFolder()
    try write(noise(frames: 30_000), to: folder.file("a"), first, rate: 48000)
    try write(noise(frames: 30_000, seed: 2), to: folder.file("b"), second, rate: 48000)
    let (one, two) = (OggEdit.pages(folder.bytes("a")), OggEdit.pages(folder.bytes("b")))
    let both = [one[0], two[0]] + one[1...].dropLast() + two[1...] + [one[one.count - 1]]
    let reader = try SoundFileReader(path: folder.write(both.flatMap(\.self), to: "both.ogg"))
    let names = [first, second].map { $0.encoding == .opus ? "Opus" : "Vorbis" }
    #expect(reader.info.warnings == [.hasParallelStreams(codecs: names)])
    #expect(throws: SoundFileError.self) { try reader.requireWhole() }
    #expect(try readAll(reader)[0].count == 30_000)
  }
}
