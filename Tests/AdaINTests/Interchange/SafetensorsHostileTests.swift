import AdaIN
import Testing

@Suite struct SafetensorsHostileTests {
  /// A file whose header is damaged in one way, and the error it must give.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let header: String
    let data: [UInt8]
    let reason: InterchangeError.Reason
    let expected: String
    let found: String

    init(
      _ name: String, _ header: String, _ reason: InterchangeError.Reason, data: [UInt8] = [0, 0, 0, 0],
      expected: String, found: String
    ) {
      (testDescription, self.header, self.data) = (name, header, data)
      (self.reason, self.expected, self.found) = (reason, expected, found)
    }
  }

  static func entry(_ dtype: String = "F32", _ shape: String = "[1]", _ offsets: String = "[0,4]") -> String {
    #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  static let cases: [Case] = [
    Case(
      "gap at the start", #"{"a":\#(entry("U8", "[3]", "[1,4]"))}"#, .offsets,
      expected: "data_offsets that begin at 0", found: "a gap: [1, 4]"),
    Case(
      "overlap", #"{"a":\#(entry("U8", "[3]", "[0,3]")),"b":\#(entry("U8", "[2]", "[2,4]"))}"#, .offsets,
      expected: "data_offsets that begin at 3", found: "an overlap: [2, 4]"),
    Case(
      "the same bytes twice", #"{"a":\#(entry()),"b":\#(entry())}"#, .offsets,
      expected: "data_offsets that begin at 4", found: "an overlap: [0, 4]"),
    Case(
      "bytes left over", #"{"a":\#(entry())}"#, .offsets, data: [0, 0, 0, 0, 0],
      expected: "4 bytes of data, as the header says", found: "5 bytes"),
    Case(
      "out of range", #"{"a":\#(entry("F32", "[2]", "[0,8]"))}"#, .truncated,
      expected: "data up to byte 8", found: "4 bytes of data"),
    Case(
      "a terabyte announced", #"{"a":\#(entry("F32", "[250000000000]", "[0,1000000000000]"))}"#, .truncated,
      expected: "data up to byte 1000000000000", found: "4 bytes of data"),
    Case(
      "end before begin", #"{"a":\#(entry("F32", "[1]", "[4,0]"))}"#, .offsets,
      expected: "data_offsets [begin, end] with begin ≤ end", found: "[4, 0]"),
    Case(
      "three offsets", #"{"a":\#(entry("F32", "[1]", "[0,4,4]"))}"#, .malformedHeader,
      expected: "at most 2 integers at header byte 52", found: "\"4\""),
    Case(
      "one offset", #"{"a":\#(entry("F32", "[1]", "[4]"))}"#, .offsets,
      expected: "data_offsets [begin, end] with begin ≤ end", found: "[4]"),
    Case(
      "shape and bytes differ", #"{"a":\#(entry("F64"))}"#, .shape,
      expected: "8 bytes for F64 of shape [1]", found: "4 bytes (data_offsets [0, 4])"),
    Case(
      "overflowing shape", #"{"a":\#(entry("F32", "[4294967296,4294967296]"))}"#, .shape,
      expected: "a size that fits an Int for F32 of shape [4294967296, 4294967296]",
      found: "4 bytes (data_offsets [0, 4])"),
    Case(
      "integer over 64 bits", #"{"a":\#(entry("F32", "[92233720368547758070]"))}"#, .malformedHeader,
      expected: "an integer up to 9223372036854775807 at header byte 48", found: "\"0\""),
    Case(
      "negative extent", #"{"a":\#(entry("F32", "[-1]"))}"#, .malformedHeader,
      expected: "an integer that is not negative at header byte 29", found: "\"-\""),
    Case(
      "fractional extent", #"{"a":\#(entry("F32", "[1.0]"))}"#, .malformedHeader,
      expected: "\"]\" at header byte 30", found: "\".\""),
    Case(
      "leading zero", #"{"a":\#(entry("F32", "[01]"))}"#, .malformedHeader,
      expected: "an integer that is not negative at header byte 29", found: "\"0\""),
    Case(
      "unknown dtype", #"{"a":\#(entry("F31"))}"#, .unsupported,
      expected: "a dtype of \(ElementType.allCases.map(\.rawValue).joined(separator: " "))", found: "\"F31\""),
    Case(
      "the same tensor twice", #"{"a":\#(entry()),"a":\#(entry())}"#, .duplicateKey,
      expected: "every key once", found: "it twice"),
    Case(
      "the same tensor twice, once escaped", #"{"a":\#(entry()),"\u0061":\#(entry())}"#, .duplicateKey,
      expected: "every key once", found: "it twice"),
    Case(
      "metadata twice", #"{"__metadata__":{},"__metadata__":{},"a":\#(entry())}"#, .duplicateKey,
      expected: "every key once", found: "it twice"),
    Case(
      "metadata key twice", #"{"__metadata__":{"k":"1","k":"2"},"a":\#(entry())}"#, .duplicateKey,
      expected: "every key once", found: "it twice"),
    Case(
      "dtype twice", #"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, .duplicateKey,
      expected: "every key once", found: "it twice"),
    Case(
      "metadata value no string", #"{"__metadata__":{"k":1},"a":\#(entry())}"#, .malformedHeader,
      expected: "\"\"\" at header byte 21", found: "\"1\""),
    Case(
      "no shape", #"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, .malformedHeader,
      expected: "dtype, shape and data_offsets", found: "no shape"),
    Case(
      "entry no object", #"{"a":[1]}"#, .malformedHeader, expected: "\"{\" at header byte 5", found: "\"[\""),
    Case(
      "array as header", "[]", .malformedHeader, expected: "\"{\" as the first byte of the header",
      found: "byte 0x5b"),
    Case(
      "no header", "", .malformedHeader, expected: "\"{\" as the first byte of the header",
      found: "an empty header"),
    Case(
      "text after the header", "{}x", .malformedHeader, expected: "the end of the header at header byte 2",
      found: "\"x\""),
    Case(
      "header cut", #"{"a":{"dtype":"#, .malformedHeader, expected: "\"\"\" at header byte 14",
      found: "the end"),
    Case(
      "string cut", #"{"a"#, .malformedHeader, expected: "the end of a string at header byte 3",
      found: "the end"),
    Case(
      "lone surrogate", #"{"\ud800":\#(entry())}"#, .malformedHeader,
      expected: "a pair of surrogates at header byte 8", found: "\"\"\""),
    Case(
      "reversed surrogates", #"{"\udc00\ud800":\#(entry())}"#, .malformedHeader,
      expected: "a pair of surrogates at header byte 8", found: "\"\\\""),
    Case(
      "unknown escape", #"{"\x":\#(entry())}"#, .malformedHeader,
      expected: "an escape sequence at header byte 3", found: "\"x\""),
    Case(
      "control character in a string", "{\"\u{1}\":\(entry())}", .malformedHeader,
      expected: "the end of a string at header byte 2", found: "byte 0x1"),
    Case(
      "trailing comma", #"{"a":\#(entry()),}"#, .malformedHeader,
      expected: "\"\"\" at header byte 54", found: "\"}\""),
    Case(
      "too many axes",
      #"{"a":\#(entry("F32", "[" + Array(repeating: "1", count: 65).joined(separator: ",") + "]"))}"#,
      .malformedHeader, expected: "at most 64 integers at header byte 157", found: "\"1\""),
    Case(
      "deep nesting", #"{"a":{"x":\#(String(repeating: "[", count: 100_000))"#, .malformedHeader,
      expected: "at most 64 levels of nesting at header byte 74", found: "\"[\""),
    Case(
      "deep objects", #"{"a":{"x":\#(String(repeating: #"{"y":"#, count: 100_000))"#, .malformedHeader,
      expected: "at most 64 levels of nesting at header byte 330", found: "\"{\""),
  ]

  @Test(arguments: cases) func damageIsNamed(_ damaged: Case) throws {
    let error = try #require(throws: InterchangeError.self) {
      try SafetensorsFile(
        bytes: SafetensorsFileTests.bytes(damaged.header, data: damaged.data), source: "x.safetensors")
    }
    #expect(error.reason == damaged.reason)
    #expect(error.expected == damaged.expected)
    #expect(error.found == damaged.found)
    #expect(error.source == "x.safetensors")
    #expect(error.description.count < 400)
  }

  @Test func sizesAreCheckedBeforeMemoryIsTaken() throws {
    let huge = try #require(throws: InterchangeError.self) {
      try SafetensorsFile(bytes: [UInt8](repeating: 0xFF, count: 16))
    }
    #expect(huge.expected == "a header of at most 100000000 bytes")
    #expect(huge.found == "a length of 18446744073709551615")
    let long = try #require(throws: InterchangeError.self) {
      try SafetensorsFile(bytes: [0x00, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, 0x7B])
    }
    #expect(long.reason == .truncated)
    #expect(long.expected == "100000000 bytes of the header at byte 8" && long.found == "1 bytes")
  }

  @Test func malformedUTF8IsRefused() throws {
    var bytes = SafetensorsFileTests.bytes(#"{"aa":\#(Self.entry())}"#, data: [0, 0, 0, 0])
    bytes[10] = 0xC3
    let error = try #require(throws: InterchangeError.self) { try SafetensorsFile(bytes: bytes) }
    #expect(error.expected.hasPrefix("a string of valid UTF-8"))
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try SafetensorsFileTests.example().encoded()
    for length in 0..<bytes.count {
      #expect(throws: InterchangeError.self, "\(length) bytes") {
        try SafetensorsFile(bytes: Array(bytes[..<length]))
      }
    }
  }
}
