import Foundation
@testable import SoundFiles
import Testing

/// Bytes in memory and in a file are read alike.
@Suite struct ByteStoreTests {
  private func stores(_ bytes: [UInt8], _ body: (ByteStore) throws -> Void) throws {
    let folder = TestFolder()
    let descriptor = open(folder.write(bytes, to: "a"), O_RDONLY)
    defer { close(descriptor) }
    try body(.file(descriptor))
    try body(.memory(bytes))
  }

  @Test func readsEndWithTheBytes() throws {
    try stores([1, 2, 3, 4, 5]) { store in
      for (offset, wanted) in [(0, [1, 2, 3]), (3, [4, 5]), (5, []), (900, [])] as [(Int, [UInt8])] {
        var buffer = [UInt8](repeating: 0, count: 3)
        let got = buffer.withUnsafeMutableBytes { store.read($0, at: offset) }
        #expect(Array(buffer.prefix(got)) == wanted)
      }
    }
  }

  /// Marks stand at the ends, beside each other, and across the border of two blocks of 1 MiB.
  @Test func marksAreFoundWhereTheyStand() throws {
    let marks: [[UInt8]] = [[9, 1, 1, 2], [9, 1, 1, 3]]
    let border = 1 << 20
    let places = [0, 4, 100, border - 2, border + 2, 2 * border - 5, 2 * border + 996]
    var bytes = [UInt8](repeating: 0, count: 2 * border + 1000)
    // Beginnings of marks without their ends.
    for place in [50, border - 1000, 2 * border + 990] {
      bytes.replaceSubrange(place..<place + 3, with: [9, 1, 1])
    }
    for (number, place) in places.enumerated() {
      bytes.replaceSubrange(place..<place + 4, with: marks[number % 2])
    }
    try stores(bytes) { store in
      func found(from start: FileNumber, limit: Int = 100) -> [Int] {
        store.places(ofAny: marks, from: start, byteCount: bytes.count, limit: limit)
      }
      #expect(found(from: 0) == places)
      #expect(found(from: 1) == Array(places.dropFirst()))
      #expect(found(from: 0, limit: 3) == Array(places.prefix(3)))
      #expect(found(from: FileNumber(bytes.count)).isEmpty && found(from: FileNumber(.max)).isEmpty)
    }
  }

  @Test(arguments: [SoundContainer.wav, .rf64, .aiff, .caf, .w64, .au, .flac, .ogg, .mp3])
  func headersAreReadAlike(_ container: SoundContainer) throws {
    let folder = TestFolder()
    let encoding: SoundEncoding = container == .ogg ? .vorbis : container == .mp3 ? .mpegLayer3 : .pcm16
    let format = SoundFileFormat(container, encoding)
    try write(
      Signal.tones(channels: 2, frames: 5000, sampleRate: 48000), to: folder.file("a"), format, rate: 48000
    ) { $0.metadata[.title] = "Title" }
    let once = folder.bytes("a")
    for bytes in [once, once + once, Array(once.dropLast(10))] {
      let file = try SoundSource(path: folder.write(bytes, to: "b"))
      let memory = SoundSource(bytes: bytes, path: "b")
      let (one, other) = (HeaderProbe(file), HeaderProbe(memory))
      #expect(one.streams == other.streams && one.declaredEnd == other.declaredEnd)
      #expect(one.damageCount == other.damageCount && one.hasMoreStreams == other.hasMoreStreams)
      for layout in one.streams {
        #expect(
          file.view(layout).bytes(at: 0, count: bytes.count)
            == memory.view(layout).bytes(at: 0, count: bytes.count))
      }
      #expect(
        StoredMetadata.read(file, one, format, hasLayout: false)
          == StoredMetadata.read(memory, other, format, hasLayout: false))
      let output = try OutputFile(path: folder.file("copy"), overwrites: true)
      try memory.copyAll(to: output, "copy")
      try output.commit()
      #expect(folder.bytes("copy") == bytes)
    }
  }
}
