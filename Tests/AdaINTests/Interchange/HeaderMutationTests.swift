import AdaIN
import Foundation
import TestSupport
import Testing

@testable import enum TensorFiles.ZipArchive

/// A thousand and more damaged headers of each format: an error each time or a valid array, no crash, and no allocation
/// larger than the file.
@Suite struct HeaderMutationTests {
  enum Format: String, CaseIterable, Sendable { case safetensors, npy, npyInNpz, npz, compressedNpz }

  @Test(arguments: Format.allCases) func damagedHeadersCostNoMoreThanTheFile(format: Format) throws {
    let original = try Self.original(format)
    let headers = try Self.headers(of: original, format)
    var random = SplitMix64(state: 2026)
    // Tables that are made at first use are not the file's.
    _ = Self.read(original, format)
    var (refused, reasons) = (0, Set<InterchangeError.Reason>())
    let rounds = TestScale.size(1200, unoptimized: 300)
    for round in 0..<rounds {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) { Self.damage(&bytes, headers, &random) }
      if format == .npyInNpz { bytes = try ZipArchive.encoded([("a.npy", bytes)], source: "npz") }
      var outcome = Result<[StoredArray], InterchangeError>.success([])
      // What a compressed archive can hold is known from its size before memory is taken.
      let size = bytes.count * (format == .compressedNpz ? 1032 : 1)
      // At one time: header and arrays, and of archives a member, its array, and that in another order. The kilobyte
      // is for messages.
      let most = (format == .safetensors || format == .npy ? 2 : 3) * size + 1024
      let memory = AllocationMeter.measure(largest: size, peak: most) { outcome = Self.read(bytes, format) }
      if AllocationMeter.isAvailable {
        #expect(memory.largest <= size && memory.peak <= most, "round \(round): \(memory), \(outcome)")
      }
      switch outcome {
      case .success(let arrays):
        for array in arrays {
          #expect(array.bytes.count == array.shape.reduce(array.dtype.byteCount, *))
        }
        #expect(arrays.reduce(0) { $0 + $1.bytes.count } <= size)
      case .failure(let error):
        refused += 1
        reasons.insert(error.reason)
        #expect(!error.expected.isEmpty && !error.found.isEmpty && error.description.count < 500)
      }
    }
    // The damage is of many kinds.
    #expect(refused > rounds * 2 / 3 && reasons.count >= 4, "\(refused) refused: \(reasons)")
  }

  @Test(.enabled(if: AllocationMeter.isAvailable)) func theMeterSeesWhatIsAllocated() {
    let kept = AllocationMeter.measure(peak: 105_000) { _ = [UInt8](repeating: 1, count: 100_000).span }
    #expect(kept.largest >= 100_000 && kept.largest < 101_000 && kept.peak >= 100_000 && kept.peak < 105_000)
    let both = AllocationMeter.measure(largest: 51_000) {
      let first = [UInt8](repeating: 1, count: 50_000)
      let second = first.map { $0 &+ 1 }
      #expect(first.count == second.count)
    }
    #expect(both.largest < 51_000 && both.peak >= 100_000)
  }

  @Test(.enabled(if: AllocationMeter.isAvailable)) func announcedSizesAreNotAllocated() throws {
    let entry = #""dtype":"F32","shape":[250000000000],"data_offsets":[0,1000000000000]"#
    let huge: [(Format, [UInt8])] = [
      (.safetensors, SafetensorsFileTests.bytes("{\"a\":{\(entry)}}")),
      (.safetensors, [0x00, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, 0x7B]),
      (.npy, Self.npy("{'descr': '<f8', 'fortran_order': True, 'shape': (1000000, 1000000), }")),
      (.npy, [0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0x0F, 0]),
      (.npyInNpz, try ZipArchive.encoded([("a.npy", Self.npy("{'shape': (99999999999,)}"))], source: "npz")),
      (.compressedNpz, try Self.announcing(2_000_000_000)),
    ]
    for (format, bytes) in huge {
      var outcome = Self.read(bytes, format)
      let most = 2 * bytes.count + 2048
      let memory = AllocationMeter.measure(peak: most) { outcome = Self.read(bytes, format) }
      #expect(throws: InterchangeError.self, "\(format)") { try outcome.get() }
      #expect(memory.peak <= most, "\(format): \(memory)")
    }
  }

  /// A stream may hold what it announces, but ends before: memory follows what is decoded.
  @Test(.enabled(if: AllocationMeter.isAvailable)) func announcedRatiosAreNotAllocated() throws {
    let bytes = try Self.announcing(900 * Self.original(.compressedNpz).count)
    var outcome = Self.read(bytes, .compressedNpz)
    let most = 20 * bytes.count
    let memory = AllocationMeter.measure(peak: most) { outcome = Self.read(bytes, .compressedNpz) }
    #expect(throws: InterchangeError.self) { try outcome.get() }
    #expect(memory.peak <= most, "\(memory)")
  }

  private static func npy(_ header: String) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
  }

  /// The compressed fixture with one member's size replaced in the archive's directory.
  private static func announcing(_ size: Int) throws -> [UInt8] {
    var bytes = try original(.compressedNpz)
    let directory = try #require(
      (0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] })
    for byte in 0..<4 { bytes[directory + 24 + byte] = UInt8(truncatingIfNeeded: size >> (8 * byte)) }
    return bytes
  }

  /// A file whose headers are small beside its data, so that an allocation that follows a header would stand out.
  private static func original(_ format: Format) throws -> [UInt8] {
    let large = try StoredArray((0..<4000).map { Double($0) }, shape: [10, 20, 20])
    switch format {
    case .safetensors:
      var file = try SafetensorsFileTests.example()
      file["large"] = large
      return try file.encoded()
    case .npy, .npyInNpz: return try large.npyBytes(fortranOrder: true)
    case .npz:
      var file = NpzFile()
      file["large"] = large
      file["small"] = try StoredArray([1, 2, 3] as [Float])
      return try file.encoded()
    case .compressedNpz: return try [UInt8](Data(contentsOf: Fixtures.url("python-compressed.npz")))
    }
  }

  /// The bytes that are not data.
  private static func headers(of bytes: [UInt8], _ format: Format) throws -> [Range<Int>] {
    switch format {
    case .safetensors: return [0..<8 + Int(bytes[0]) + Int(bytes[1]) << 8]
    case .npy, .npyInNpz: return [0..<128]
    case .npz, .compressedNpz:
      // Every record begins with PK; the first bytes of a member are its own header.
      let records = (0..<bytes.count - 60).filter { bytes[$0] == 0x50 && bytes[$0 + 1] == 0x4B }
      return records.map { $0..<$0 + 60 } + [bytes.count - 60..<bytes.count]
    }
  }

  private static func damage(_ bytes: inout [UInt8], _ headers: [Range<Int>], _ random: inout SplitMix64) {
    guard let range = headers.randomElement(using: &random)?.clamped(to: 0..<bytes.count), !range.isEmpty
    else { return }
    let at = Int.random(in: range, using: &random)
    let few = at..<min(bytes.count, at + Int.random(in: 1...9, using: &random))
    switch Int.random(in: 0..<8, using: &random) {
    case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
    case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.removeSubrange(few)
    case 3:
      bytes.insert(Array(#"{}[]()",:'0123456789\ue-"#.utf8).randomElement(using: &random) ?? 0, at: at)
    case 4: bytes.insert(contentsOf: bytes[few], at: at)
    case 5: for index in few { bytes[index] = 0xFF }
    case 6:
      // Another number where one stands.
      if let digit = range.filter({ $0 < bytes.count && bytes[$0] &- 0x30 < 10 }).randomElement(
        using: &random)
      {
        bytes[digit] = UInt8.random(in: 0x30...0x39, using: &random)
        if Bool.random(using: &random) { bytes.insert(contentsOf: Array("999999999".utf8), at: digit) }
      }
    default: bytes.removeLast(Int.random(in: 1...bytes.count / 2, using: &random))
    }
  }

  private static func read(_ bytes: [UInt8], _ format: Format) -> Result<[StoredArray], InterchangeError> {
    do throws(InterchangeError) {
      switch format {
      case .safetensors:
        let file = try SafetensorsFile(bytes: bytes)
        return .success(file.names.compactMap { file[$0] })
      case .npy: return .success([try StoredArray(npyBytes: bytes)])
      case .npz, .npyInNpz, .compressedNpz:
        let file = try NpzFile(bytes: bytes)
        return .success(file.names.compactMap { file[$0] })
      }
    } catch {
      return .failure(error)
    }
  }
}
