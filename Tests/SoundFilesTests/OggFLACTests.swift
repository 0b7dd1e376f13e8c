import Foundation
import Testing

@testable import SoundFiles

/// FLAC in Ogg (RFC 9639, section 10.1), put together here of a FLAC file and pages.
struct OggFLACTests {
  /// The packets of a FLAC file: the mapping's head with the block STREAMINFO, the other blocks, then pieces of the frames.
  private func packets(_ flac: [UInt8]) throws -> [[UInt8]] {
    var packets = [[0x7F] + Array("FLAC".utf8) + [1, 0, 0, 1] + Array(flac[..<42])]
    var offset = 42
    var isLast = flac[4] & 0x80 != 0
    while !isLast {
      isLast = flac[offset] & 0x80 != 0
      let length = try #require(HeaderBytes.number(flac, offset + 1, 3, bigEndian: true)).value
      packets.append(Array(flac[offset..<offset + 4 + length]))
      offset += 4 + length
    }
    packets += stride(from: offset, to: flac.count, by: 3000).map {
      Array(flac[$0..<min($0 + 3000, flac.count)])
    }
    return packets
  }

  private func ogg(_ flac: [UInt8], serial: UInt32) throws -> [UInt8] {
    let all = try packets(flac)
    var pages = OggHeaders.pages([all[0]], serial: serial, firstNumber: 0, isFirst: true)
    pages += OggHeaders.pages(Array(all.dropFirst()), serial: serial, firstNumber: 1, isFirst: false)
    // The last page ends the stream.
    pages[pages.count - 1][5] |= 4
    OggHeaders.renumber(&pages[pages.count - 1], serial: serial, number: pages.count - 1)
    return pages.flatMap(\.self)
  }

  private func flac(_ folder: TestFolder, _ name: String, frames: Int) throws -> [UInt8] {
    try write(
      Signal.tones(channels: 2, frames: frames, sampleRate: 48000), to: folder.file(name),
      SoundFileFormat(.flac, .pcm24), rate: 48000
    ) {
      $0.metadata.texts = [.title: "Take", .artist: "One"]
    }
    return folder.bytes(name)
  }

  @Test func itIsReadAsTheFLACThatItHolds() throws {
    let folder = TestFolder()
    let plain = try flac(folder, "plain.flac", frames: 30_000)
    let path = folder.write(try ogg(plain, serial: 7), to: "a.oga")
    let (reader, expected) = try (
      SoundFileReader(path: path), SoundFileReader(path: folder.file("plain.flac"))
    )
    #expect(reader.info.warnings.isEmpty && reader.info.format == expected.info.format)
    #expect(reader.info.metadata.texts == expected.info.metadata.texts)
    #expect(reader.info.metadata.partNames == expected.info.metadata.partNames)
    #expect(try readAll(reader) == readAll(expected))
  }

  @Test func chainsAreReadToTheirEndAndDamageIsTold() throws {
    let folder = TestFolder()
    let (one, two) = try (flac(folder, "1.flac", frames: 9000), flac(folder, "2.flac", frames: 4000))
    let bytes = try ogg(one, serial: 7) + ogg(two, serial: 9)
    let reader = try SoundFileReader(path: folder.write(bytes, to: "chain.ogg"))
    #expect(reader.info.frameCount == 13_000 && reader.info.warnings.isEmpty)
    var damaged = bytes
    damaged[bytes.count / 3] ^= 0x10
    let found = try SoundFileReader(path: folder.write(damaged, to: "damaged.ogg"))
    #expect(throws: SoundFileError.self) { try found.requireWhole() }
    let cut = try SoundFileReader(path: folder.cut("chain.ogg", to: bytes.count - 500, as: "cut.ogg"))
    #expect(throws: SoundFileError.self) { try cut.requireWhole() }
  }
}
