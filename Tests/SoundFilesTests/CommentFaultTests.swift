import Foundation
@testable import SoundFiles
import Testing

/// Vorbis comments and pictures that are damaged, unusual, or too large for FLAC.
@Suite struct CommentFaultTests {
  private static let buffer = Signal.tones(channels: 1, frames: 20_000, sampleRate: 44100)

  /// A picture block with data of a length.
  private static func picture(_ count: Int) -> [UInt8] {
    [0, 0, 0, 3, 0, 0, 0, 9] + Array("image/png".utf8) + [UInt8](repeating: 0, count: 20)
      + ChunkFile.number(count, 4, bigEndian: true) + [UInt8](repeating: 0x5A, count: count)
  }

  private static func stored(_ comments: [String], _ pictures: [[UInt8]] = []) -> StoredMetadata {
    var value = VorbisComments(vendor: Array("v".utf8))
    value.comments = comments.map { Array($0.utf8) }
    var stored = StoredMetadata(.comments)
    stored.parts = [StoredMetadata.Part(name: StoredMetadata.comment, bytes: value.encoded())]
    stored.parts += pictures.map { StoredMetadata.Part(name: StoredMetadata.picture, bytes: $0) }
    return stored
  }

  private func written(
    _ stored: StoredMetadata, _ format: SoundFileFormat
  ) throws -> (bytes: [UInt8], losses: [String], stored: StoredMetadata) {
    let folder = TestFolder()
    let writer = try write(Self.buffer, to: folder.file("a"), format) {
      $0.metadata.stored = stored
      $0.isSoundChanged = false
    }
    let found = try SoundFileReader(path: folder.file("a")).info.metadata.stored
    return (folder.bytes("a"), writer.losses, try #require(found))
  }

  private func comments(_ stored: StoredMetadata?) -> [String] {
    let part = stored?.parts.first { $0.name == StoredMetadata.comment }
    return part.flatMap { VorbisComments($0.bytes) }?.comments.map { String(decoding: $0, as: UTF8.self) }
      ?? []
  }

  private func pictures(_ stored: StoredMetadata?) -> [[UInt8]] {
    stored?.parts.filter { $0.name == StoredMetadata.picture }.map(\.bytes) ?? []
  }

  @Test func damagedPicturesOfOggStayComments() throws {
    let text = Data(Self.picture(300)).base64EncodedString()
    let damaged = ["aGVsbG8=", String(text.prefix(200)), "?"].map { "METADATA_BLOCK_PICTURE=" + $0 }
    let ogg = try written(Self.stored(["TITLE=T"] + damaged), SoundFileFormat(.ogg, .vorbis)).bytes
    let flac = try copy(ogg, to: SoundFileFormat(.flac, .pcm16))
    #expect(flac.losses.isEmpty && comments(flac.info.metadata.stored) == ["TITLE=T"] + damaged)
    let mp3 = try copy(ogg, to: SoundFileFormat(.mp3, .mpegLayer3))
    #expect(mp3.losses.isEmpty && mp3.info.metadata[.title] == "T")
    let back = mp3.info.metadata.stored(for: SoundFileFormat(.flac, .pcm16))
    #expect(comments(back) == ["TITLE=T"] + damaged)
  }

  @Test func damagedPictureBlocksAreNamed() throws {
    let cut = Array(Self.picture(300).dropLast())
    let (_, losses, stored) = try written(
      Self.stored(["TITLE=T"], [cut, Self.picture(8) + [1, 2]]), SoundFileFormat(.flac, .pcm16))
    #expect(losses == ["the picture (damaged)"] && pictures(stored) == [Self.picture(8)])
    #expect(comments(stored) == ["TITLE=T"])
  }

  @Test func picturesInOtherFormsOfBase64AreRead() throws {
    let picture = Self.picture(300)
    let text = Data(picture).base64EncodedString()
    #expect(text.hasSuffix("="))
    let broken = stride(from: 0, to: text.count, by: 76).map { String(text.dropFirst($0).prefix(76)) }
    for form in [broken.joined(separator: "\n"), String(text.prefix { $0 != "=" })] {
      let tags = ["TITLE=T", "metadata_block_picture=" + form]
      let ogg = try written(Self.stored(tags), SoundFileFormat(.ogg, .vorbis)).bytes
      for format in [SoundFileFormat(.flac, .pcm16), SoundFileFormat(.mp3, .mpegLayer3)] {
        let (_, losses, info) = try copy(ogg, to: format)
        let found = info.metadata.stored(for: SoundFileFormat(.flac, .pcm16))
        #expect(losses.isEmpty && pictures(found) == [picture] && comments(found) == ["TITLE=T"])
      }
    }
  }

  @Test func blocksBeyond16MBAreNamed() throws {
    let limit = (1 << 24) - 1
    let head = Self.picture(0).count
    let long = "LYRICS=" + String(repeating: "x", count: 1 << 24)
    let stored = Self.stored(
      ["TITLE=T", long, "COMPOSER=C"], [Self.picture(limit + 1 - head), Self.picture(limit - head)])
    let (_, losses, found) = try written(stored, SoundFileFormat(.flac, .pcm16))
    #expect(losses == ["the tag “LYRICS” (over 16 MB) and the picture (over 16 MB)"])
    #expect(comments(found) == ["TITLE=T", "COMPOSER=C"])
    #expect(pictures(found).map(\.count) == [limit])
  }

  /// As many of the longest comments are removed as have no room.
  @Test func theLongestCommentsAreRemovedFirst() {
    var comments = VorbisComments(vendor: [1, 2])
    comments.comments = ["A=1", "B=123456", "C=12345678", "D=12"].map { Array($0.utf8) }
    let all = comments.encoded().count
    #expect(comments.shrink(to: all) == [] && comments.comments.count == 4)
    #expect(comments.shrink(to: all - 1) == ["C"])
    #expect(comments.shrink(to: 10 + 7 + 8) == ["B"])
    #expect(comments.encoded().count == 25)
  }

  @Test func commentsBeforeAWrongNumberAreKept() throws {
    let whole = Self.stored(["TITLE=T", "COMPOSER=C"])
    var bytes = try #require(whole.parts.first).bytes
    // The vendor has 1 byte, so the number of comments is at 5.
    bytes[5] += 1
    #expect(VorbisComments(bytes)?.comments.count == 2)
    var stored = whole
    stored.parts[0].bytes = bytes
    let (_, losses, found) = try written(stored, SoundFileFormat(.ogg, .vorbis))
    #expect(losses.isEmpty && comments(found) == ["TITLE=T", "COMPOSER=C"])
    #expect(stored.loss(in: SoundFileFormat(.wav, .pcm16)) == "the tag “COMPOSER”")
  }

  @Test func theEncoderOfFLACIsTheProgram() throws {
    let flac = try written(Self.stored(["ENCODER=Enc 1", "TITLE=T"]), SoundFileFormat(.flac, .pcm16)).bytes
    let wav = try copy(flac, to: SoundFileFormat(.wav, .pcm16))
    #expect(wav.losses.isEmpty && wav.info.metadata.texts == [.software: "Enc 1", .title: "T"])
    let same = try copy(flac, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(same.info.metadata.stored) == ["ENCODER=Enc 1", "TITLE=T"])
    // Of two names of programs, one has no field.
    let both = try written(Self.stored(["ENCODER=E", "SOFTWARE=S"]), SoundFileFormat(.flac, .pcm16)).bytes
    #expect(try copy(both, to: SoundFileFormat(.wav, .pcm16)).losses == ["the tag “ENCODER”"])
    // In the other direction, libsndfile's name is not added.
    let back = try copy(wav.bytes, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(back.info.metadata.stored) == ["TITLE=T", "SOFTWARE=Enc 1"])
  }

  @Test func manyLostTagsAreCounted() throws {
    let tags = (0..<20_000).map { "KEY\($0)=v" } + ["REPLAYGAIN_TRACK_GAIN=-3 dB"]
    let flac = try written(Self.stored(tags), SoundFileFormat(.flac, .pcm16)).bytes
    let loss = try #require(try copy(flac, to: SoundFileFormat(.wav, .pcm16)).losses.first)
    #expect(loss.hasPrefix("the tag “KEY0”, the tag “KEY1”, ") && loss.hasSuffix(" and 19981 more"))
    #expect(loss.utf8.count < 1000)
    let gain = try written(Self.stored(["REPLAYGAIN_TRACK_GAIN=-3 dB"]), SoundFileFormat(.flac, .pcm16)).bytes
    #expect(try copy(gain, to: SoundFileFormat(.wav, .pcm16)).losses.isEmpty)
    let same = try copy(gain, to: SoundFileFormat(.wav, .pcm16), isSoundChanged: false).losses
    #expect(same == ["the tag “REPLAYGAIN_TRACK_GAIN”"])
    let long = String(repeating: "K", count: 5000)
    #expect(try #require(Self.stored([long + "=v"]).loss(in: SoundFileFormat(.wav, .pcm16))).count < 100)
  }
}
