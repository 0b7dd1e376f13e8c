import Foundation
@testable import SoundFiles
import Testing

/// Chunks of WAV files in forms that the standard does not allow, and texts of containers into which none are written.
@Suite struct ChunkFaultTests {
  private static let wav = SoundFileFormat(.wav, .pcm16)
  private static let title = ChunkFile.list([("INAM", "Name"), ("IENG", "Eng")])

  private func parts(_ info: SoundFileInfo) -> [String: [UInt8]] {
    Dictionary(info.metadata.stored?.parts.map { ($0.name, $0.bytes) } ?? [], uniquingKeysWith: { $1 })
  }

  /// Chunks behind faults are found.
  @Test(arguments: ["noPadding", "zeros", "name", "blankName"])
  func chunksBehindAFaultAreKept(_ fault: String) throws {
    var losses: [String] = []
    let odd = Array("odd!".utf8) + ChunkFile.number(3, 4, bigEndian: false) + [1, 2, 3]
    var behind: [UInt8]
    switch fault {
    case "noPadding": behind = odd
    case "zeros": behind = [UInt8](repeating: 0, count: 12)
    case "name":
      behind = [0xFF, 0xFE, 0x61, 0x62, 4, 0, 0, 0, 1, 2, 3, 4]
      losses = ["a chunk without a readable name"]
    default: behind = ChunkFile.chunk("    ", [1, 2])
    }
    behind += Self.title + ChunkFile.chunk("strc", [7])
    let (_, found, info) = try copy(ChunkFile.wav(behind: behind), to: Self.wav)
    #expect(found == losses)
    #expect(info.metadata[.title] == "Name" && parts(info)["strc"] == [7])
    #expect(parts(info)["odd!"] == (fault == "noPadding" ? [1, 2, 3] : nil))
    let flac = try copy(ChunkFile.wav(behind: behind), to: SoundFileFormat(.flac, .pcm16)).losses
    #expect(flac.first?.contains("the text “IENG”") == true && flac.first?.contains("strc") == true)
    #expect(flac.first?.contains("without a readable name") == ["name", "blankName"].contains(fault))
  }

  /// A sample chunk of odd length without a pad byte.
  @Test func chunksBehindOddDataWithoutPaddingAreKept() throws {
    let format = [1, 0, 1, 0, 0x80, 0xBB, 0, 0, 0x80, 0xBB, 0, 0, 1, 0, 8, 0] as [UInt8]
    var body = Array("WAVE".utf8) + ChunkFile.chunk("fmt ", format)
    body += Array("data".utf8) + ChunkFile.number(1001, 4, bigEndian: false)
    body += [UInt8](repeating: 0x90, count: 1001) + Self.title
    let bytes = Array("RIFF".utf8) + ChunkFile.number(body.count, 4, bigEndian: false) + body
    let (_, losses, info) = try copy(bytes, to: SoundFileFormat(.wav, .pcmU8))
    #expect(losses.isEmpty && info.metadata[.title] == "Name" && info.metadata.partNames == ["LIST"])
  }

  @Test func chunksThatTheEndCutsOffAreNamed() throws {
    let end = ", which the end of the file cuts off"
    // The chunk has 700 bytes by its length, 602 of which are there.
    var bext = Array("bext".utf8)
    bext += ChunkFile.number(700, 4, bigEndian: false)
    bext += [UInt8](repeating: 0x41, count: 602)
    let strc = ChunkFile.chunk("strc", [1, 2, 3, 4])
    let cases: [(chunk: [UInt8], cut: Int, loss: String, name: String?)] = [
      (strc, 1, "“strc”", nil), (Self.title, 3, "the end of the texts (LIST)", "LIST"),
      (bext, 0, "the end of the broadcast extension (bext)", "bext"),
      (bext, 2, "the broadcast extension (bext)", nil),
    ]
    for (chunk, cut, loss, name) in cases {
      let (bytes, losses, info) = try copy(ChunkFile.wav(behind: Array(chunk.dropLast(cut))), to: Self.wav)
      #expect(losses == [loss + end])
      #expect(info.metadata.partNames == (name.map { [$0] } ?? []))
      #expect(info.metadata[.title] == (name == "LIST" ? "Name" : nil))
      // What was written is whole.
      #expect(try copy(bytes, to: Self.wav).losses.isEmpty)
    }
  }

  @Test func whatFollowsTheLastChunkIsNamed() throws {
    let many = (0..<4200).flatMap { _ in ChunkFile.chunk("many", []) }
    for behind in [many, [1, 2, 3, 4, 5], Self.title + [UInt8](repeating: 0xE0, count: 40)] {
      let losses = try copy(ChunkFile.wav(behind: behind), to: Self.wav).losses
      #expect(losses == ["the bytes behind the last readable chunk"])
    }
    #expect(try copy(ChunkFile.wav(behind: [0, 0, 0]), to: Self.wav).losses.isEmpty)
  }

  @Test func identitiesGoFromEveryKindOfRIFF() throws {
    for bigEndian in [false, true] {
      func number(_ value: Int) -> [UInt8] { ChunkFile.number(value, 2, bigEndian: bigEndian) }
      var bext = Array("Scene".utf8)
      bext += [UInt8](repeating: 0, count: 346 - bext.count) + number(2)
      bext += [UInt8](repeating: 0x11, count: 64) + number(0xF704)
      bext += [UInt8](repeating: 1, count: 602 - bext.count)
      let chunks =
        ChunkFile.chunk("bext", bext, bigEndian: bigEndian)
        + ChunkFile.chunk("umid", [UInt8](repeating: 9, count: 24), bigEndian: bigEndian)
      let bytes = ChunkFile.wav(behind: chunks, bigEndian: bigEndian)
      let format = SoundFileFormat(.wav, .pcm16, byteOrder: bigEndian ? .big : .standard)
      let info = try copy(bytes, to: format).info
      let found = try #require(parts(info)["bext"])
      #expect(parts(info)["umid"] == nil && HeaderBytes.text(found, 0, 5) == "Scene")
      #expect(Array(found[346..<348]) == number(2) && found[348..<412].allSatisfy { $0 == 0 })
      #expect(Array(found[412..<422]) == (0..<5).flatMap { _ in number(0x7FFF) })
      let same = try copy(bytes, to: format, isSoundChanged: false).info
      #expect(parts(same)["umid"]?.count == 24 && parts(same)["bext"] == bext)
    }
  }

  @Test(arguments: [
    SoundFileFormat(.wav, .pcm16), SoundFileFormat(.flac, .pcm16), SoundFileFormat(.aiff, .pcm16),
  ])
  func otherTextsOfCAFAreNamed(_ format: SoundFileFormat) throws {
    let texts = [
      ("title", "T"), ("composer", "C"), ("track number", "7"), ("encoder", "E"), ("tempo", "120"),
      ("empty", ""), ("comments", "N"),
    ]
    let (_, losses, info) = try copy(ChunkFile.caf(texts), to: format)
    let kept: [SoundMetadata.Field: String] = [.title: "T", .trackNumber: "7", .software: "E", .comment: "N"]
    #expect(
      losses.last == "the text “composer”, the text “tempo” and the text “empty”"
        && losses.count == (format.container == .aiff ? 2 : 1))
    #expect(info.metadata.texts == kept.filter { format.container != .aiff || $0.key != .trackNumber })
    let same = try copy(ChunkFile.caf(texts), to: SoundFileFormat(.caf, .pcm16))
    #expect(same.losses.isEmpty && same.info.metadata.partNames == ["info"])
  }

  @Test func severalTextsOfAIFFBecomeOne() throws {
    var behind: [UInt8] = []
    for (name, text) in [
      ("NAME", "Nm"), ("ANNO", "first"), ("ANNO", "second"), ("APPL", "stocLogicdata"), ("AUTH", "one"),
      ("AUTH", "two"), ("APPL", "m3gaRecorder"),
    ] {
      behind += ChunkFile.chunk(name, Array(text.utf8), bigEndian: true)
    }
    let bytes = ChunkFile.aiff(behind: behind)
    let (_, losses, info) = try copy(bytes, to: SoundFileFormat(.flac, .pcm16))
    #expect(losses == ["“APPL”"])
    #expect(
      info.metadata.texts
        == [.title: "Nm", .comment: "first\nsecond", .artist: "one; two", .software: "Recorder"])
    let same = try copy(bytes, to: SoundFileFormat(.aiff, .pcm24))
    #expect(same.losses.isEmpty && same.info.metadata.partNames.count == 7)
  }

  @Test func textsOfOtherContainersAreKept() throws {
    let list = Array(Self.title.dropFirst(8))
    var bext = Array("Scene".utf8)
    bext += [UInt8](repeating: 0, count: 602 - bext.count)
    // A list of W64 in UTF-16: the number of texts, then name, length and letters of each.
    let summary =
      ChunkFile.number(1, 4, bigEndian: false) + Array("IART".utf8) + ChunkFile.number(4, 4, bigEndian: false)
      + [0x41, 0, 0xB3, 3]
    let w64 = ChunkFile.w64(behind: [
      (Array("list".utf8) + ChunkFile.w64Name("list").dropFirst(4), list), (ChunkFile.w64Name("bext"), bext),
      ([0xBC, 0x94, 0x5F, 0x92] + ChunkFile.w64Name("list").dropFirst(4), summary),
      ([0x56, 0x62, 0xF7, 0xAB] + ChunkFile.w64Name("list").dropFirst(4), [0, 0, 0, 0]),
    ])
    let wav = try copy(w64, to: Self.wav)
    #expect(wav.losses == ["the markers"] && parts(wav.info)["bext"]?.count == 602)
    #expect(wav.info.metadata.texts == [.title: "Name", .artist: "Aγ"])
    let flac = try copy(w64, to: SoundFileFormat(.flac, .pcm16))
    #expect(flac.losses == ["the text “IENG”, the broadcast extension (bext) and the markers"])
    #expect(flac.info.metadata.texts == wav.info.metadata.texts)

    let cut = ChunkFile.w64(behind: [(ChunkFile.w64Name("bext"), bext)]).dropLast(20)
    #expect(
      try copy(Array(cut), to: Self.wav).losses
        == ["the broadcast extension (bext), which the end of the file cuts off"])

    let note = ChunkFile.chunk("ANNO", Array("a note".utf8), bigEndian: true)
    for bytes in [
      ChunkFile.au(Array("a note\0\0".utf8)), ChunkFile.voc("a note"), ChunkFile.svx(behind: note),
    ] {
      for format in [SoundFileFormat(.wav, .pcm16), SoundFileFormat(.aiff, .pcm16)] {
        let (_, losses, info) = try copy(bytes, to: format)
        #expect(losses.isEmpty && info.metadata.texts == [.comment: "a note"])
      }
      #expect(try copy(bytes, to: SoundFileFormat(.au, .pcm16)).losses == ["the text field “comment”"])
    }
    // Bytes that are no text are not taken for one.
    #expect(try copy(ChunkFile.au([1, 2, 3, 4]), to: Self.wav).info.metadata.isEmpty)
  }
}
