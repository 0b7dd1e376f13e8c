import Foundation
@testable import SoundFiles
import Testing

/// What the table of metadata promises: what a container keeps, what becomes wrong, and that the rest is named.
@Suite struct StoredMetadataTests {
  private func parts(_ info: SoundFileInfo) -> [String: [UInt8]] {
    Dictionary(info.metadata.stored?.parts.map { ($0.name, $0.bytes) } ?? [], uniquingKeysWith: { $1 })
  }

  private static let names = ["bext", "cue ", "smpl", "iXML", "acid", "inst", "axml", "chna", "strc", "id3 "]

  /// A WAV file with chunks of many kinds, as recorders and editors write them; odd lengths among them.
  private static func wav(bextVersion: Int = 1, history: Int = 300) -> [UInt8] {
    var bext = Array("Scene 12 take 3".utf8)
    bext += RecordedWAV.zeros(346 - bext.count) + RecordedWAV.short(bextVersion)
    bext += [UInt8](repeating: 0x11, count: 64)
    for value in [-2300, 500, -100, -2000, -2100] { bext += RecordedWAV.short(value & 0xFFFF) }
    bext += RecordedWAV.zeros(180) + [UInt8](repeating: 0x41, count: history)
    var cues = RecordedWAV.long(2)
    for (number, place) in [(1, 10), (2, 900)] {
      cues += RecordedWAV.long(number) + RecordedWAV.long(place) + Array("data".utf8)
      cues += RecordedWAV.zeros(8) + RecordedWAV.long(place)
    }
    var labels = Array("adtl".utf8)
    for (number, text) in [(1, "Intro"), (2, "Verse one")] {
      let label = RecordedWAV.long(number) + Array(text.utf8) + [0]
      labels += padded("labl", label)
    }
    var info = Array("INFO".utf8)
    for (name, text) in [("INAM", "Title"), ("IENG", "An engineer"), ("ISFT", "Recorder 1")] {
      info += padded(name, Array(text.utf8) + [0])
    }
    var sampler: [UInt8] = []
    for value in [0, 0, 22675, 60, 0, 0, 0, 20, 0] { sampler += RecordedWAV.long(value) }
    for loop in 0..<20 {
      for value in [loop, 0, loop, loop + 1, 0, 0] { sampler += RecordedWAV.long(value) }
    }
    let samples = Signal.integers(bits: 16, count: 1000).flatMap {
      RecordedWAV.short(Int(UInt16(bitPattern: Int16($0 >> 16))))
    }
    let ixml = "<BWFXML><TAKE>3</TAKE><BEXT><BWF_LOUDNESS_VALUE>-23</BWF_LOUDNESS_VALUE></BEXT></BWFXML>"
    var body = padded("bext", bext)
    body += padded("fmt ", format(tag: 1, channels: 1))
    body += padded("iXML", Array(ixml.utf8))
    body += padded("JUNK", RecordedWAV.zeros(27))
    body += padded("data", samples)
    body += padded("cue ", cues)
    body += padded("LIST", labels)
    body += padded("LIST", info)
    body += padded("smpl", sampler)
    body += padded("acid", RecordedWAV.zeros(24))
    body += padded("inst", [60, 5, 0, 36, 72, 1, 127])
    body += padded("axml", Array("<axml/>".utf8))
    body += padded("chna", RecordedWAV.zeros(4))
    body += padded("strc", [1, 2, 3])
    body += padded("id3 ", Array("ID3\u{3}\0\0\0\0\0\u{B}TIT2\0\0\0\u{1}\0\0\0".utf8))
    return RecordedWAV.chunk("RIFF", Array("WAVE".utf8) + body)
  }

  /// The first 16 bytes of a format chunk: 16 bits, 48 kHz.
  private static func format(tag: Int, channels: Int) -> [UInt8] {
    var bytes = RecordedWAV.short(tag)
    bytes += RecordedWAV.short(channels)
    bytes += RecordedWAV.long(48000)
    bytes += RecordedWAV.long(96000 * channels)
    bytes += RecordedWAV.short(2 * channels)
    bytes += RecordedWAV.short(16)
    return bytes
  }

  private static func padded(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    RecordedWAV.chunk(name, bytes) + (bytes.count % 2 == 1 ? [0] : [])
  }

  @Test(arguments: [SoundContainer.wav, .rf64, .wavex])
  func everyChunkOfAWAVFileIsPassedOn(_ container: SoundContainer) throws {
    for history in [300, 40_001] {
      let source = Self.wav(history: history)
      let (bytes, losses, info) = try copy(
        source, to: SoundFileFormat(container, .pcm16), isSoundChanged: false)
      #expect(losses.isEmpty)
      let original = try copy(source, to: SoundFileFormat(.wav, .pcm16), isSoundChanged: false).info
      #expect(Self.names.allSatisfy { parts(info)[$0] != nil })
      #expect(info.metadata.stored?.parts == original.metadata.stored?.parts)
      #expect(info.metadata.partNames.filter { $0 == "LIST" }.count == 2)
      #expect(info.metadata[.title] == "Title" && info.metadata[.software] == "Recorder 1")
      for name in Self.names {
        let part = try #require(parts(info)[name])
        #expect(source.firstIndex(of: part, from: 0) != nil, "\(name)")
      }
      // The length of the whole is right.
      let total =
        container == .rf64
        ? HeaderBytes.number(bytes, 20, 8, bigEndian: false)
        : HeaderBytes.number(bytes, 4, 4, bigEndian: false)
      #expect(total?.value == bytes.count - 8)
      let again = try copy(bytes, to: SoundFileFormat(container, .pcm16), isSoundChanged: false)
      #expect(again.bytes == bytes)
    }
  }

  @Test func loudnessAndIdentityOfOtherSamplesAreTakenOut() throws {
    for version in [0, 1, 2] {
      let info = try copy(Self.wav(bextVersion: version), to: SoundFileFormat(.wav, .pcm16)).info
      let bext = try #require(parts(info)["bext"])
      #expect(HeaderBytes.number(bext, 346, 2, bigEndian: false)?.value == version)
      #expect(bext[348..<412].allSatisfy { $0 == (version > 0 ? 0 : 0x11) })
      let loudness = (0..<5).map { HeaderBytes.number(bext, 412 + 2 * $0, 2, bigEndian: false)?.value }
      #expect(loudness.allSatisfy { ($0 == 0x7FFF) == (version == 2) })
      #expect(HeaderBytes.text(bext, 0, 8) == "Scene 12" && bext.count == 902)
      #expect(
        String(decoding: try #require(parts(info)["iXML"]), as: UTF8.self)
          == "<BWFXML><TAKE>3</TAKE><BEXT></BEXT></BWFXML>")
    }
  }

  @Test func whatAnotherContainerCannotHoldIsNamedInOnePhrase() throws {
    let losses = try copy(Self.wav(), to: SoundFileFormat(.flac, .pcm16)).losses
    #expect(losses.count == 1)
    for name in [
      "bext", "cue points", "labels", "smpl", "iXML", "acid", "inst", "axml", "chna", "strc", "id3", "IENG",
    ] {
      #expect(losses.first?.contains(name) == true, "\(name)")
    }
    #expect(losses.first?.contains("INAM") == false && losses.first?.contains("JUNK") == false)
  }

  @Test func changedTextsAreWrittenInPlaceOfTheStoredOnes() throws {
    let folder = TestFolder()
    var metadata = try SoundFileReader(path: folder.write(Self.wav(), to: "a.wav")).info.metadata
    metadata[.title] = "Another"
    let format = SoundFileFormat(.wav, .pcm16)
    let writer = try write(FrameBuffer(channels: [[0, 0.5]]), to: folder.file("b.wav"), format) {
      $0.metadata = metadata
    }
    #expect(writer.losses == ["the text “IENG”"])
    let copied = try SoundFileReader(path: folder.file("b.wav")).info.metadata
    #expect(copied[.title] == "Another" && copied[.software] == "Recorder 1")
    #expect(copied.partNames.contains("smpl"))
  }

  @Test(arguments: [(1, 0x1), (2, 0x600), (2, 0x3), (4, 0x3), (3, 0x7), (6, 0x60F), (6, 0x3F)])
  func channelMasksArePassedOn(_ channels: Int, _ mask: Int) throws {
    let frames = 100
    var format = Self.format(tag: 0xFFFE, channels: channels)
    format += RecordedWAV.short(22)
    format += RecordedWAV.short(16)
    format += RecordedWAV.long(mask)
    format += RecordedWAV.short(1)
    format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    let samples = [UInt8](repeating: 5, count: frames * channels * 2)
    var body = Array("WAVE".utf8)
    body += Self.padded("fmt ", format)
    body += Self.padded("data", samples)
    let wav = RecordedWAV.chunk("RIFF", body)
    let (_, losses, info) = try copy(wav, to: SoundFileFormat(.wavex, .pcm16))
    #expect(losses.isEmpty && info.metadata.stored?.channelMask == mask)
    if [0x1, 0x600].contains(mask) {
      #expect(try copy(wav, to: SoundFileFormat(.aiff, .pcm16)).losses == ["the positions of the speakers"])
    }
  }

  @Test func markersAndRecordsOfAIFFArePassedOn() throws {
    let folder = TestFolder()
    try write(
      Signal.tones(channels: 1, frames: 500, sampleRate: 44100), to: folder.file("a.aiff"),
      SoundFileFormat(.aiff, .pcm16))
    var bytes = folder.bytes("a.aiff")
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      var whole = Array(name.utf8)
      whole += HeaderBytes.bytes(of: FileNumber(content.count), count: 4, bigEndian: true)
      whole += content
      if content.count % 2 == 1 { whole.append(0) }
      return whole
    }
    let mark: [UInt8] = [0, 1, 0, 1, 0, 0, 0, 100, 5] + Array("Intro".utf8)
    bytes +=
      chunk("MARK", mark) + chunk("INST", [UInt8](repeating: 3, count: 20)) + chunk("ANNO", Array("one".utf8))
    bytes += chunk("ANNO", Array("two".utf8)) + chunk("COMT", [0, 0])
    bytes.replaceSubrange(
      4..<8, with: HeaderBytes.bytes(of: FileNumber(bytes.count - 8), count: 4, bigEndian: true))
    let (copied, losses, info) = try copy(bytes, to: SoundFileFormat(.aiff, .pcm24))
    #expect(losses.isEmpty)
    #expect(info.metadata.partNames == ["MARK", "INST", "ANNO", "ANNO", "COMT"])
    #expect(parts(info)["MARK"] == mark)
    #expect(HeaderBytes.number(copied, 4, 4, bigEndian: true)?.value == copied.count - 8)
    #expect(try copy(bytes, to: SoundFileFormat(.wav, .pcm16)).losses.first?.contains("markers") == true)
  }

  @Test func chunksOfCAFArePassedOn() throws {
    let folder = TestFolder()
    for encoding in [SoundEncoding.pcm16, .alac16] {
      try write(
        Signal.tones(channels: 1, frames: 500, sampleRate: 44100), to: folder.file("a.caf"),
        SoundFileFormat(.caf, encoding)
      ) {
        $0.overwrites = true
        $0.metadata[.title] = "Title"
      }
      var bytes = folder.bytes("a.caf")
      for (name, content) in [
        ("mark", [1, 2, 3]), ("umid", [UInt8](repeating: 9, count: 64)), ("uuid", [7]),
      ] as [(String, [UInt8])] {
        bytes +=
          Array(name.utf8) + HeaderBytes.bytes(of: FileNumber(content.count), count: 8, bigEndian: true)
          + content
      }
      let (_, losses, info) = try copy(bytes, to: SoundFileFormat(.caf, encoding))
      #expect(losses.isEmpty && info.metadata[.title] == "Title")
      #expect(parts(info)["mark"] == [1, 2, 3] && parts(info)["uuid"] == [7] && parts(info)["umid"] == nil)
    }
  }

  private static let comments = [
    "TITLE=Ep", "ARTIST=A", "ARTIST=B", "ALBUMARTIST=AA", "COMPOSER=Ç", "replaygain_track_gain=-6.1 dB",
    "REPLAYGAIN_ALBUM_PEAK=0.9", "R128_TRACK_GAIN=-512", "LONG=" + String(repeating: "x", count: 70_000),
  ]
  private static let kept = comments.filter {
    !$0.uppercased().hasPrefix("REPLAYGAIN") && !$0.hasPrefix("R128")
  }
  private static let picture: [UInt8] = {
    var bytes: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 9]
    bytes += Array("image/png".utf8)
    bytes += RecordedWAV.zeros(20)
    bytes += [0, 0, 0x30, 0]
    bytes += [UInt8](repeating: 0xAB, count: 0x3000)
    return bytes
  }()

  private static func encoded(_ comments: [String]) -> [UInt8] {
    var bytes = RecordedWAV.long(4)
    bytes += Array("test".utf8)
    bytes += RecordedWAV.long(comments.count)
    for comment in comments {
      bytes += RecordedWAV.long(comment.utf8.count)
      bytes += Array(comment.utf8)
    }
    return bytes
  }

  /// A FLAC file with comments, a picture and an application block.
  private func flac(_ folder: TestFolder, comments: [String] = comments) throws -> [UInt8] {
    try write(
      Signal.tones(channels: 2, frames: 9000, sampleRate: 48000), to: folder.file("plain.flac"),
      SoundFileFormat(.flac, .pcm16), rate: 48000)
    let plain = folder.bytes("plain.flac")
    func block(_ kind: UInt8, _ bytes: [UInt8]) -> [UInt8] {
      var whole = [kind]
      whole += HeaderBytes.bytes(of: FileNumber(bytes.count), count: 3, bigEndian: true)
      return whole + bytes
    }
    var frames = 42
    while plain[frames] != 0xFF {
      frames += 4 + (try #require(HeaderBytes.number(plain, frames + 1, 3, bigEndian: true))).value
    }
    var bytes = Array(plain[..<42])
    bytes[4] = 0
    if !comments.isEmpty { bytes += block(4, Self.encoded(comments)) }
    bytes += block(6, Self.picture)
    bytes += block(0x82, Array("appldata".utf8))
    return bytes + plain[frames...]
  }

  @Test func commentsAndPicturesOfFLACArePassedOn() throws {
    let folder = TestFolder()
    let source = try flac(folder)
    let (_, losses, info) = try copy(source, to: SoundFileFormat(.flac, .pcm24))
    #expect(losses.isEmpty)
    let comments = try #require(parts(info)["VORBIS_COMMENT"].flatMap { VorbisComments($0) })
    #expect(comments.comments.map { String(decoding: $0, as: UTF8.self) } == Self.kept)
    #expect(parts(info)["PICTURE"] == Self.picture && parts(info)["APPLICATION"] == Array("appldata".utf8))
    #expect(info.metadata[.title] == "Ep")
    let same = try copy(source, to: SoundFileFormat(.flac, .pcm16), isSoundChanged: false)
    let all = try #require(parts(same.info)["VORBIS_COMMENT"].flatMap { VorbisComments($0) })
    #expect(all.comments.count == Self.comments.count)
    let wav = try copy(source, to: SoundFileFormat(.wav, .pcm16))
    #expect(wav.losses.count == 1)
    for name in ["ARTIST", "ALBUMARTIST", "COMPOSER", "picture"] {
      #expect(wav.losses.first?.contains(name) == true)
    }
    #expect(wav.info.metadata[.title] == "Ep")
  }

  @Test(arguments: [SoundEncoding.vorbis, .opus])
  func commentsAndPicturesGoFromFLACToOggAndBack(_ encoding: SoundEncoding) throws {
    let folder = TestFolder()
    let ogg = SoundFileFormat(.ogg, encoding)
    let (bytes, losses, info) = try copy(try flac(folder), to: ogg)
    #expect(losses == ["“APPLICATION”"])
    let comments = try #require(parts(info)["VORBIS_COMMENT"].flatMap { VorbisComments($0) })
    #expect(comments.comments.dropLast().map { String(decoding: $0, as: UTF8.self) } == Self.kept)
    let second = try copy(bytes, to: ogg)
    #expect(second.info.metadata.stored?.parts == info.metadata.stored?.parts)
    let back = try copy(bytes, to: SoundFileFormat(.flac, .pcm16)).info
    #expect(parts(back)["PICTURE"] == Self.picture)
  }

  @Test(arguments: [SoundEncoding.vorbis, .opus])
  func picturesWithoutTextsGoFromFLACToOgg(_ encoding: SoundEncoding) throws {
    for comments in [[], ["COMPOSER=C"], ["TITLE=T", "COMPOSER=C"]] {
      let source = try flac(TestFolder(), comments: comments)
      let (bytes, losses, info) = try copy(source, to: SoundFileFormat(.ogg, encoding))
      #expect(losses == ["“APPLICATION”"])
      let found = try #require(parts(info)["VORBIS_COMMENT"].flatMap { VorbisComments($0) })
      #expect(found.comments.map { String(decoding: $0, as: UTF8.self) }.starts(with: comments))
      let back = try copy(bytes, to: SoundFileFormat(.flac, .pcm16)).info
      #expect(parts(back)["PICTURE"] == Self.picture)
    }
  }

  /// Where a caller changes text fields, comments of other names and pictures stay.
  @Test(arguments: [
    SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.ogg, .opus),
    SoundFileFormat(.mp3, .mpegLayer3),
  ])
  func changedTextsLeaveOtherComments(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    let reader = try SoundFileReader(path: folder.write(try flac(folder), to: "a"))
    var options = SoundFileWriter.Options()
    options.metadata = reader.info.metadata
    options.metadata[.title] = "Another"
    options.metadata[.artist] = nil
    let writer = try SoundFileWriter(
      path: folder.file("b"), format: format, sampleRate: reader.info.sampleRate, channelCount: 2,
      options: options)
    try reader.copySamples(to: writer)
    try writer.finish()
    let found = try SoundFileReader(path: folder.file("b")).info.metadata
    #expect(found[.title] == "Another" && found[.artist] == nil)
    // An MP3 shows its tag as the comments that a FLAC file gets from it.
    let stored = try #require(found.stored(for: SoundFileFormat(.flac, .pcm16)))
    let part = try #require(stored.parts.first { $0.name == "VORBIS_COMMENT" })
    var comments = try #require(VorbisComments(part.bytes))
    var pictures = stored.parts.filter { $0.name == "PICTURE" }.map(\.bytes)
    pictures += comments.takePictures()
    let texts = comments.comments.map { String(decoding: $0, as: UTF8.self) }
    for wanted in Self.kept where !wanted.hasPrefix("TITLE=") && !wanted.hasPrefix("ARTIST=") {
      #expect(texts.filter { $0 == wanted }.count == 1)
    }
    #expect(texts.filter { $0.hasPrefix("TITLE=") } == ["TITLE=Another"])
    #expect(!texts.contains { $0.hasPrefix("ARTIST=") })
    #expect(pictures == [Self.picture])
    #expect(writer.losses == (format.container == .flac ? [] : ["“APPLICATION”"]))
  }

  @Test(arguments: [SoundEncoding.vorbis, .opus])
  func oggFilesAreTheSameEachTime(_ encoding: SoundEncoding) throws {
    let folder = TestFolder()
    var files: [[UInt8]] = []
    for (name, frames) in [("a", 90_000), ("b", 90_000), ("c", 90_001)] {
      try write(
        Signal.tones(channels: 2, frames: frames, sampleRate: 48000), to: folder.file(name),
        SoundFileFormat(.ogg, encoding), rate: 48000
      ) {
        $0.metadata[.title] = "Title"
      }
      files.append(folder.bytes(name))
    }
    #expect(files[0] == files[1] && files[0] != files[2])
  }

  @Test func id3TagsArePassedOn() throws {
    let folder = TestFolder()
    try write(
      Signal.tones(channels: 2, frames: 20_000, sampleRate: 48000), to: folder.file("a.mp3"),
      SoundFileFormat(.mp3, .mpegLayer3), rate: 48000)
    func frame(_ name: String, _ parts: [[UInt8]]) -> [UInt8] {
      let content = parts.flatMap(\.self)
      var whole = Array(name.utf8)
      whole += HeaderBytes.bytes(of: FileNumber(content.count), count: 4, bigEndian: true)
      whole += [0, 0]
      return whole + content
    }
    let png = Array("image/png".utf8)
    var kept = frame("TIT2", [[1, 0xFF, 0xFE, 0xE5, 0x65]])
    kept += frame("TCOM", [[0], Array("Composer".utf8)])
    kept += frame("APIC", [[0], png, [0, 3, 0], [UInt8](repeating: 0x22, count: 3000)])
    var gain = frame("TXXX", [[0], Array("replaygain_track_gain".utf8), [0], Array("-6 dB".utf8)])
    gain += frame("RVA2", [[65, 0, 1, 0, 0, 0]])
    func tag(_ body: [UInt8]) -> [UInt8] {
      let header: [UInt8] = [
        0x49, 0x44, 0x33, 3, 0, 0, 0, 0, UInt8(body.count >> 7), UInt8(body.count & 127),
      ]
      return header + body
    }
    let source = tag(kept + gain) + folder.bytes("a.mp3")
    let (bytes, losses, info) = try copy(source, to: SoundFileFormat(.mp3, .mpegLayer3))
    #expect(losses.isEmpty && info.metadata[.title] == "\u{65E5}")
    #expect(Array(bytes.prefix(kept.count + 10)) == tag(kept))
    let same = try copy(source, to: SoundFileFormat(.mp3, .mpegLayer3), isSoundChanged: false)
    #expect(Array(same.bytes.prefix(kept.count + gain.count + 10)) == tag(kept + gain))
    let wav = try copy(source, to: SoundFileFormat(.wav, .pcm16)).losses
    #expect(wav.first?.contains("APIC") == true && wav.first?.contains("TCOM") == true)
  }

  @Test func aLowerBitRateIsNamed() throws {
    let folder = TestFolder()
    let format = SoundFileFormat(.mp3, .mpegLayer3)
    try write(Signal.tones(channels: 2, frames: 200_000, sampleRate: 44100), to: folder.file("a.mp3"), format)
    {
      $0.quality = 1
      $0.hasConstantBitRate = true
    }
    let losses = try copy(folder.bytes("a.mp3"), to: format).losses
    #expect(losses.contains { $0.hasPrefix("the bit rate:") })
  }
}
