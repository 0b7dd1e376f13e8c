import Testing

@testable import TensorFiles
@testable import Plots

/// What is compressed comes back through the decoder of .npz files, which is not of this module.
@Suite struct DeflateTests {
  private func roundTrip(_ bytes: [UInt8]) throws -> [UInt8] {
    let stream = Deflate.zlib(bytes)
    #expect(Array(stream.prefix(2)) == [0x78, 0x9C] && stream.count >= 6)
    return try Inflate.decoded(stream.dropFirst(2).dropLast(4), size: bytes.count, source: "test")
  }

  private func noise(_ count: Int, values: UInt64, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8((state >> 33) % values)
    }
  }

  @Test func bytesComeBack() throws {
    let text = Array("a rose is a rose is a rose".utf8)
    let cases: [[UInt8]] = [
      [], [7], [7, 7], [7, 7, 7], text, [UInt8](0...255), [UInt8](repeating: 0, count: 100_000),
      noise(70_000, values: 256), noise(200_000, values: 3), noise(5000, values: 2) + text,
      // A match at the farthest distance, and one just beyond it.
      text + noise(32_768 - text.count, values: 256, seed: 2) + text,
      text + noise(32_769 - text.count, values: 256, seed: 3) + text,
    ]
    for bytes in cases { #expect(try roundTrip(bytes) == bytes, "\(bytes.count) bytes") }
  }

  /// Counts that double make words of any length; they stay within 15 bits, and no word begins another one.
  @Test func codesAreShortEnough() {
    let counts = (0..<40).map { 1 << min($0, 40) } + [0, 0, 5]
    let code = HuffmanCode(counts, longest: 15)
    let lengths = code.lengths
    #expect(lengths.allSatisfy { $0 <= 15 })
    #expect(lengths[40] == 0 && lengths[42] > 0)
    let kraft = lengths.filter { $0 > 0 }.reduce(0.0) { $0 + 1 / Double(1 << $1) }
    #expect(kraft == 1, "a complete code: \(kraft)")
  }

  @Test func repetitionIsShort() {
    let row = noise(1000, values: 256)
    let bytes = (0..<100).flatMap { _ in row }
    #expect(Deflate.zlib(bytes).count < 1000 + 100 * 20)
    #expect(Deflate.zlib([UInt8](repeating: 0, count: 1 << 20)).count < 4096)
  }

  /// Check values of CRC-32 (ISO/IEC 15948 refers to ITU-T V.42) and Adler-32 of "123456789".
  @Test func checksums() {
    #expect(PNG.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(Deflate.adler(Array("123456789".utf8)) == 0x091E_01DE)
    #expect(Deflate.adler([]) == 1)
    // Sums beyond 5552 bytes: 1 + n·255 and its running sum, modulo 65521.
    let bytes = [UInt8](repeating: 255, count: 20_000)
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    #expect(Deflate.adler(bytes) == UInt32(b << 16 | a))
  }
}
