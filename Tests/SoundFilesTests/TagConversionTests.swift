import Foundation
import Testing

@testable import SoundFiles

/// Vorbis comments as ID3 tags and back, in the forms that taggers write them.
struct TagConversionTests {
  private static let comments = [
    "TITLE=Ep", "ARTIST=A", "ARTIST=Ä", "ALBUM=Al", "ALBUMARTIST=AA", "COMPOSER=C", "DATE=2024-05-06",
    "TRACKNUMBER=3/9",
    "DISCNUMBER=2", "GENRE=Jazz", "COMMENT=one", "COMMENT=two", "LYRICS=la\nla", "ISRC=US1234567890",
    "BPM=120",
    "MUSICBRAINZ_TRACKID=0-1-2", "MIX=曲", "ORGANIZATION=Label",
  ]

  /// A picture block of FLAC.
  private static let picture: [UInt8] =
    [0, 0, 0, 3, 0, 0, 0, 9] + Array("image/png".utf8) + [0, 0, 0, 2] + Array("Hi".utf8)
    + [UInt8](repeating: 0, count: 16) + [0, 0, 0, 5, 0x89, 0x50, 0, 0xFF, 0xD8]

  private func stored(_ comments: [String]) -> StoredMetadata {
    var value = VorbisComments()
    value.comments = comments.map { Array($0.utf8) }
    var stored = StoredMetadata(.comments)
    stored.parts = [
      StoredMetadata.Part(name: StoredMetadata.comment, bytes: value.encoded()),
      StoredMetadata.Part(name: StoredMetadata.picture, bytes: Self.picture),
    ]
    return stored
  }

  private func texts(_ stored: StoredMetadata?) -> [String] {
    let part = stored?.parts.first { $0.name == StoredMetadata.comment }
    return part.flatMap { VorbisComments($0.bytes) }?.comments.map { String(decoding: $0, as: UTF8.self) }
      ?? []
  }

  @Test func commentsComeBackFromATag() throws {
    let tag = try #require(stored(Self.comments).converted(to: .id3))
    #expect(tag.omitted.isEmpty && tag.parts.count == 1)
    let back = try #require(tag.converted(to: .comments))
    #expect(texts(back) == Self.comments && back.omitted.isEmpty)
    #expect(back.parts.last?.bytes == Self.picture)
    #expect(stored(Self.comments).converted(to: .riff) == nil)
  }

  /// A frame of version 2.3 or 2.2.
  private func frame(_ name: String, _ content: [UInt8], flags: UInt8 = 0) -> [UInt8] {
    let length = HeaderBytes.bytes(of: FileNumber(content.count), count: name.count, bigEndian: true)
    return Array(name.utf8) + length + (name.count == 4 ? [0, flags] : []) + content
  }

  private func tag(_ version: UInt8, _ frames: [UInt8], flags: UInt8 = 0) -> StoredMetadata {
    var stored = StoredMetadata(.id3)
    let bytes = Array("ID3".utf8) + [version, 0, flags] + ID3Tag.syncSafe(frames.count) + frames
    stored.parts = [StoredMetadata.Part(name: "ID3", bytes: bytes)]
    return stored
  }

  @Test func tagsOfEarlierVersionsAreUnderstood() throws {
    let wide: [UInt8] = [1, 0xFF, 0xFE, 0x53, 0, 0x6F, 0, 0xB3, 3]
    let frames =
      frame("TIT2", wide) + frame("TPE1", [0, 0xC4]) + frame("TYER", [0] + Array("1999".utf8))
      + frame("TXXX", [0] + Array("Mood".utf8) + [0] + Array("calm".utf8))
      + frame("COMM", [0] + Array("eng".utf8) + [0] + Array("note".utf8))
      + frame("COMM", [0] + Array("engiTunNORM".utf8) + [0] + Array("0001".utf8))
      + frame("APIC", [0] + Array("image/png".utf8) + [0, 3, 0, 9, 8, 7])
      + frame("PRIV", Array("x".utf8)) + frame("TALB", [0] + Array("zip".utf8), flags: 0x80)
    let third = try #require(tag(3, frames).converted(to: .comments))
    #expect(texts(third) == ["TITLE=Soγ", "ARTIST=Ä", "DATE=1999", "MOOD=calm", "COMMENT=note"])
    #expect(third.omitted == ["the ID3 frame “COMM”", "the ID3 frame “PRIV”", "the ID3 frame “TALB”"])
    let picture = try #require(third.parts.last { $0.name == StoredMetadata.picture })
    #expect(picture.bytes.suffix(7) == [0, 0, 0, 3, 9, 8, 7])
    let second = try #require(
      tag(
        2, frame("TT2", [0] + Array("Old".utf8)) + frame("PIC", [0] + Array("JPG".utf8) + [3, 0, 1, 2])
      ).converted(to: .comments))
    #expect(texts(second) == ["TITLE=Old"] && second.parts.count == 2)
  }

  @Test(arguments: [SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis)])
  func filesKeepTheirTagsThroughMP3(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    let buffer = Signal.tones(channels: 1, frames: 20_000, sampleRate: 44100)
    var metadata = SoundMetadata(texts: [.title: "Ep", .artist: "A"])
    try write(buffer, to: folder.file("plain"), format) { $0.metadata = metadata }
    metadata = try SoundFileReader(path: folder.file("plain")).info.metadata
    metadata.stored = stored(Self.comments)
    metadata.stored?.texts = metadata.texts
    let first = try write(buffer, to: folder.file("one"), format) { $0.metadata = metadata }
    #expect(first.losses.isEmpty)
    metadata = try SoundFileReader(path: folder.file("one")).info.metadata
    let second = try write(buffer, to: folder.file("two.mp3"), SoundFileFormat(.mp3, .mpegLayer3)) {
      $0.metadata = metadata
    }
    #expect(second.losses.isEmpty)
    let mp3 = try SoundFileReader(path: folder.file("two.mp3"))
    #expect(mp3.info.warnings.isEmpty && mp3.info.metadata.texts[.title] == "Ep")
    let third = try write(buffer, to: folder.file("three"), format) { $0.metadata = mp3.info.metadata }
    #expect(third.losses.isEmpty)
    let before = try SoundFileReader(path: folder.file("one")).info.metadata.stored
    let after = try SoundFileReader(path: folder.file("three")).info.metadata.stored
    #expect(texts(after).sorted() == texts(before).sorted())
  }
}
