/// The JSON header of a safetensors file, checked against the size of the data behind it.
struct SafetensorsHeader {
  /// One tensor's entry.
  struct Entry {
    let name: String
    let dtype: ElementType
    let shape: [Int]
    /// The tensor's bytes, counted from the first byte after the header.
    let range: Range<Int>
    /// Members that this library does not know, as `"key":value` in JSON.
    let unknownMembers: [String]
  }

  /// The string map under `__metadata__`.
  private(set) var metadata: [String: String] = [:]
  /// The tensors in the order of their data, without gap or overlap.
  private(set) var entries: [Entry] = []

  /// The key of the string map.
  static let metadataKey = "__metadata__"
  /// The longest header that the format allows, in bytes.
  static let maximumLength = 100_000_000
  /// The largest number of axes that is read; NumPy and PyTorch stop at 64.
  static let maximumRank = 64

  /// Reads a header.
  ///
  /// - Parameters:
  ///   - bytes: The header's bytes in the file, padding included.
  ///   - dataSize: The number of bytes behind the header.
  ///   - source: The file's name, for messages.
  init(_ bytes: [UInt8], dataSize: Int, source: String) throws(InterchangeError) {
    guard bytes.first == UInt8(ascii: "{") else {
      throw InterchangeError(
        .malformedHeader, source: source, expected: "\"{\" as the first byte of the header",
        found: bytes.first.map { "byte 0x\(String($0, radix: 16))" } ?? "an empty header")
    }
    var scanner = JSONScanner(bytes, source: source)
    var metadata: [String: String]?
    var entries: [Entry] = []
    var names: Set<String> = []
    try scanner.object { (name, scanner) throws(InterchangeError) in
      guard names.insert(name).inserted else { throw Self.duplicate(name, source) }
      if name == Self.metadataKey {
        metadata = try Self.metadata(&scanner, source: source)
      } else {
        entries.append(try Self.entry(name, &scanner, source: source))
      }
    }
    try scanner.expectEnd()
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try Self.checkLayout(entries, dataSize: dataSize, source: source)
    self.metadata = metadata ?? [:]
    self.entries = entries
  }

  private static func metadata(
    _ scanner: inout JSONScanner, source: String
  ) throws(InterchangeError) -> [String: String] {
    var result: [String: String] = [:]
    try scanner.object { (key, scanner) throws(InterchangeError) in
      guard result.updateValue(try scanner.string(), forKey: key) == nil else { throw duplicate(key, source) }
    }
    return result
  }

  private static func entry(
    _ name: String, _ scanner: inout JSONScanner, source: String
  ) throws(InterchangeError) -> Entry {
    var dtype: ElementType?
    var shape: [Int]?
    var offsets: [Int]?
    var unknown: [String] = []
    var keys: Set<String> = []
    try scanner.object { (key, scanner) throws(InterchangeError) in
      guard keys.insert(key).inserted else { throw duplicate("\(name)\" / \"\(key)", source) }
      switch key {
      case "dtype":
        let text = try scanner.string()
        dtype = ElementType(rawValue: text)
        if dtype == nil {
          let known = ElementType.allCases.map(\.rawValue).joined(separator: " ")
          throw InterchangeError(
            .unsupported, source: source, key: name, expected: "a dtype of \(known)", found: "\"\(text)\"")
        }
      case "shape": shape = try scanner.integers(atMost: maximumRank)
      case "data_offsets": offsets = try scanner.integers(atMost: 2)
      default:
        let value = try scanner.anyValue()
        unknown.append("\(jsonString(key)):\(String(decoding: value, as: UTF8.self))")
      }
    }
    guard let dtype, let shape, let offsets else {
      let missing = dtype == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw InterchangeError(
        .malformedHeader, source: source, key: name, expected: "dtype, shape and data_offsets",
        found: "no \(missing)")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw InterchangeError(
        .offsets, source: source, key: name, expected: "data_offsets [begin, end] with begin ≤ end",
        found: "\(offsets)")
    }
    guard let size = dtype.byteCount(of: shape), size == offsets[1] - offsets[0] else {
      let expected = dtype.byteCount(of: shape).map { "\($0) bytes" } ?? "a size that fits an Int"
      throw InterchangeError(
        .shape, source: source, key: name, expected: "\(expected) for \(dtype.rawValue) of shape \(shape)",
        found: "\(offsets[1] - offsets[0]) bytes (data_offsets \(offsets))")
    }
    return Entry(
      name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1], unknownMembers: unknown)
  }

  /// Checks that the tensors fill the data from its first to its last byte.
  private static func checkLayout(
    _ entries: [Entry], dataSize: Int, source: String
  ) throws(InterchangeError) {
    var end = 0
    for entry in entries {
      let offsets = [entry.range.lowerBound, entry.range.upperBound]
      guard entry.range.upperBound <= dataSize else {
        throw InterchangeError(
          .truncated, source: source, key: entry.name, expected: "data up to byte \(entry.range.upperBound)",
          found: "\(dataSize) bytes of data")
      }
      guard entry.range.lowerBound == end else {
        let fault = entry.range.lowerBound < end ? "an overlap" : "a gap"
        throw InterchangeError(
          .offsets, source: source, key: entry.name, expected: "data_offsets that begin at \(end)",
          found: "\(fault): \(offsets)")
      }
      end = entry.range.upperBound
    }
    guard end == dataSize else {
      throw InterchangeError(
        .offsets, source: source, expected: "\(end) bytes of data, as the header says",
        found: "\(dataSize) bytes")
    }
  }

  private static func duplicate(_ key: String, _ source: String) -> InterchangeError {
    InterchangeError(.duplicateKey, source: source, key: key, expected: "every key once", found: "it twice")
  }
}
