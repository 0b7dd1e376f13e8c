import AdaIN
import Foundation
import Testing

@Suite struct NumpyHostileTests {
  private func npy(_ header: String, data: Int = 0) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
      + Array(header.utf8) + Array(repeating: 0, count: data)
  }

  private func error(_ bytes: [UInt8]) throws -> InterchangeError {
    try #require(throws: InterchangeError.self) { try StoredArray(npyBytes: bytes, source: "x.npy") }
  }

  @Test func damageIsNamed() throws {
    let cases: [(String, Int, InterchangeError.Reason, String, String)] = [
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 4, .truncated,
        "8 bytes for F32 of shape [2]", "4 bytes"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 12, .shape,
        "8 bytes for F32 of shape [2]", "4 bytes more"
      ),
      (
        "{'descr': '<f8', 'fortran_order': True, 'shape': (4294967296, 4294967296), }", 8, .shape,
        "a size that fits an Int", "shape [4294967296, 4294967296]"
      ),
      (
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", 8, .truncated,
        "8000000000000 bytes for F64 of shape [1000000000000]", "8 bytes"
      ),
      (
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8, .unsupported,
        "a type of b1 c8 f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 after <, >, | or =", "\"|O\""
      ),
      (
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4, .malformedHeader,
        "a string at header byte 10", "byte 0x5b"
      ),
      (
        "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }", 4, .malformedHeader,
        "True or False at header byte 34", "byte 0x31"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4, .malformedHeader,
        "an integer that is not negative at header byte 51", "byte 0x2d"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2), }", 4, .malformedHeader,
        "\",\" or \")\" at header byte 53", "byte 0x32"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, }", 4, .malformedHeader, "descr, fortran_order and shape",
        "no shape"
      ),
      ("{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }", 4, .duplicateKey, "every key once", "it twice"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4, .malformedHeader,
        "the keys descr, fortran_order and shape", "another one"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + 1", 4, .malformedHeader,
        "the end of the header at header byte 58", "byte 0x2b"
      ),
      ("", 0, .malformedHeader, "\"{\" at header byte 0", "the end"),
    ]
    for (header, data, reason, expected, found) in cases {
      let error = try error(npy(header, data: data))
      #expect(
        error.reason == reason && error.expected == expected && error.found == found, "\(header): \(error)")
      #expect(error.source == "x.npy")
    }
    #expect(try error(Array("PK".utf8)).reason == .truncated)
    #expect(try error(Array(repeating: 7, count: 20)).expected == "\\x93NUMPY as the first 6 bytes")
    #expect(try error([0x93] + Array("NUMPY".utf8) + [9, 1, 0, 0]).found == "9.1")
    let long = try error([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255])
    #expect(long.found == "a length of 4294967295")
  }

  @Test func everyTruncationOfAnArchiveIsAnError() throws {
    var file = NpzFile()
    file["a"] = try StoredArray([1, 2, 3] as [Float])
    let bytes = try file.encoded()
    for length in 0..<bytes.count {
      #expect(throws: InterchangeError.self) { try NpzFile(bytes: Array(bytes[..<length])) }
    }
    var wrong = bytes
    wrong[40 + 128] ^= 1
    let error = try #require(throws: InterchangeError.self) { try NpzFile(bytes: wrong) }
    #expect(error.key == "a.npy" && error.expected.hasPrefix("a checksum of "))
  }
}
