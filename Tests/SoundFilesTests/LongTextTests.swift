import Foundation
@testable import SoundFiles
import Testing

/// Texts that libsndfile does not write, or does not read back.
@Suite struct LongTextTests {
  private static let buffer = Signal.tones(channels: 1, frames: 2000, sampleRate: 48000)
  private static let lines = (0..<2000).map { "line \($0) of the notes, äöü" }.joined(separator: "\n")

  private func written(
    _ texts: [SoundMetadata.Field: String], _ format: SoundFileFormat
  ) throws -> (bytes: [UInt8], losses: [String], metadata: SoundMetadata) {
    let folder = TestFolder()
    let writer = try write(Self.buffer, to: folder.file("a"), format, rate: 48000) {
      $0.metadata = SoundMetadata(texts: texts)
    }
    let metadata = try SoundFileReader(path: folder.file("a")).info.metadata
    return (folder.bytes("a"), writer.losses, metadata)
  }

  @Test(arguments: [
    SoundFileFormat(.wav, .pcm16), SoundFileFormat(.wavex, .pcm16), SoundFileFormat(.rf64, .pcm16),
    SoundFileFormat(.wav, .pcm16, byteOrder: .big), SoundFileFormat(.caf, .pcm16),
    SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis),
  ])
  func longTextsAreWritten(_ format: SoundFileFormat) throws {
    #expect(Self.lines.utf8.count > 51_200)
    let texts: [SoundMetadata.Field: String] = [
      .comment: Self.lines, .title: "Title", .software: "Recorder", .genre: "Ambient", .license: "CC0",
    ]
    let (bytes, losses, metadata) = try written(texts, format)
    let isRIFF = [.wav, .wavex, .rf64].contains(format.container)
    #expect(metadata.texts == texts.filter { !isRIFF || $0.key != .license })
    #expect(
      losses
        == (isRIFF
          ? [
            "the text field “license”",
            "the text field “comment” for readers built on libsndfile (over 2000 bytes)",
          ] : []))
    // The file is passed on as it is.
    let again = try copy(bytes, to: format)
    #expect(again.info.metadata.texts == metadata.texts && again.losses.isEmpty)
    guard isRIFF, format.container != .rf64 else { return }
    // libsndfile itself still reads the shorter texts.
    let view = FileView(.memory(bytes), FileLayout(0..<bytes.count))
    #expect(
      try SoundFileHandle(reading: view).metadata().texts == [
        .title: "Title", .software: "Recorder", .genre: "Ambient",
      ])
  }

  @Test func longCommentsOfAIFFBecomeAnnotations() throws {
    let format = SoundFileFormat(.aiff, .pcm16)
    let kept = String(Self.lines.prefix(30_000))
    let whole = try written([.comment: kept, .title: "Title", .software: "Recorder"], format)
    #expect(whole.losses.isEmpty)
    #expect(whole.metadata.texts == [.comment: kept, .title: "Title", .software: "Recorder"])
    #expect(whole.metadata.partNames.filter { $0 == "ANNO" }.count > 3)
    for (text, count) in [(Self.lines, 40_000), (String(repeating: "ä", count: 9000), 8188)] {
      let (_, losses, metadata) = try written([.comment: text, .title: "Title"], format)
      let found = try #require(metadata[.comment])
      #expect(metadata[.title] == "Title" && text.hasPrefix(found))
      #expect(count - 200...count ~= found.utf8.count)
      #expect(losses == ["the end of the text field “comment” (\(found.utf8.count) bytes are kept)"])
    }
  }

  /// A text chunk of another container that is too long for libsndfile in AIFF.
  @Test func longAnnotationsOfAUAreCutInAIFF() throws {
    let text = [UInt8](repeating: 0x61, count: 9000)
    let (_, losses, info) = try copy(ChunkFile.au(text), to: SoundFileFormat(.aiff, .pcm16))
    #expect(info.metadata[.comment] == String(repeating: "a", count: 8189))
    #expect(losses == ["the end of the text field “comment” (8189 bytes are kept)"])
  }

  @Test(arguments: [
    SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.aiff, .pcm16),
    SoundFileFormat(.caf, .pcm16),
  ])
  func textsOfListsAreReadWhole(_ format: SoundFileFormat) throws {
    let long = String(repeating: "L", count: 3000)
    let wav = ChunkFile.wav(before: ChunkFile.list([("ICMT", long), ("INAM", "T"), ("IART", "A")]))
    let (_, losses, info) = try copy(wav, to: format)
    #expect(losses.isEmpty && info.metadata.texts == [.comment: long, .title: "T", .artist: "A"])
  }

  @Test func severalTextsOfAFieldBecomeOne() throws {
    let first = ChunkFile.list([
      ("IART", "one"), ("IART", "two"), ("INAM", "A"), ("IPRT", "7"), ("ITRK", "7"),
    ])
    let second = ChunkFile.list([("INAM", "B"), ("ICMT", "C"), ("ICMT", "D")])
    let wav = ChunkFile.wav(before: first, behind: second)
    let (_, losses, info) = try copy(wav, to: SoundFileFormat(.flac, .pcm16))
    #expect(losses.isEmpty)
    #expect(
      info.metadata.texts
        == [.artist: "one; two", .title: "A; B", .comment: "C\nD", .trackNumber: "7"])
    let same = try copy(wav, to: SoundFileFormat(.wav, .pcm24)).info.metadata
    #expect(same.partNames == ["LIST", "LIST"] && same.texts == info.metadata.texts)
  }

  @Test func textsWithoutPaddingAreFound() throws {
    var list = Array("INFO".utf8)
    for (name, text) in [("INAM", "Titl\0"), ("IART", "Arti\0"), ("ICMT", "Note")] {
      list += Array(name.utf8) + ChunkFile.number(text.utf8.count, 4, bigEndian: false) + Array(text.utf8)
    }
    let wav = ChunkFile.wav(before: ChunkFile.chunk("LIST", list))
    let (_, losses, info) = try copy(wav, to: SoundFileFormat(.flac, .pcm16))
    #expect(losses.isEmpty && info.metadata.texts == [.title: "Titl", .artist: "Arti", .comment: "Note"])
  }
}
