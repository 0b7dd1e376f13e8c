/// The header of a .npy file: a Python dictionary of `descr`, `fortran_order` and `shape`.
///
/// Source: NumPy's format description, NEP 1, versions 1.0 to 3.0.
struct NpyHeader {
  let dtype: DType
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The longest header read; NumPy itself writes some hundred bytes.
  static let maximumLength = 1 << 20

  private static let kinds: [String: DType] = [
    "b1": .bool, "u1": .u8, "i1": .i8, "u2": .u16, "i2": .i16, "u4": .u32, "i4": .i32, "u8": .u64, "i8": .i64,
    "f2": .f16, "f4": .f32, "f8": .f64, "c8": .c64,
  ]

  /// The type's code without byte order, or nil for types NumPy does not have.
  static func code(_ dtype: DType) -> String? {
    kinds.first { $0.value == dtype }?.key
  }

  /// Reads a header's text.
  init(_ bytes: [UInt8], source: String) throws(InterchangeError) {
    var scanner = PythonScanner(bytes, source: source)
    var (descr, order, shape): (String?, Bool?, [Int]?)
    try scanner.dictionary { (key, scanner) throws(InterchangeError) in
      switch key {
      case "descr" where descr == nil: descr = try scanner.string()
      case "fortran_order" where order == nil: order = try scanner.boolean()
      case "shape" where shape == nil: shape = try scanner.tuple()
      case "descr", "fortran_order", "shape":
        throw InterchangeError(
          .duplicateKey, source: source, key: key, expected: "every key once", found: "it twice")
      default:
        throw InterchangeError(
          .malformedHeader, source: source, key: key, expected: "the keys descr, fortran_order and shape",
          found: "another one")
      }
    }
    guard let descr, let order, let shape else {
      let missing = descr == nil ? "descr" : order == nil ? "fortran_order" : "shape"
      throw InterchangeError(
        .malformedHeader, source: source, expected: "descr, fortran_order and shape", found: "no \(missing)")
    }
    guard let dtype = Self.kinds[String(descr.dropFirst())], let prefix = descr.first, "<>|=".contains(prefix)
    else {
      throw InterchangeError(
        .unsupported, source: source, key: "descr",
        expected: "a type of \(Self.kinds.keys.sorted().joined(separator: " ")) after <, >, | or =",
        found: "\"\(descr)\"")
    }
    self.dtype = dtype
    self.isBigEndian = prefix == ">"
    self.isFortranOrder = order
    self.shape = shape
  }

  /// Magic, version, length and padded text for an array.
  static func encoded(code: String, shape: [Int], fortranOrder: Bool) -> [UInt8] {
    let order = code.hasSuffix("1") ? "|" : "<"
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text =
      "{'descr': '\(order)\(code)', 'fortran_order': \(fortranOrder ? "True" : "False"), 'shape': (\(extents)), }"
    // Version 1.0 has a 2-byte length, 2.0 a 4-byte one; the data begin at a multiple of 64.
    let isShort = text.utf8.count < 60_000
    let prefix = isShort ? 10 : 12
    let padding = (64 - (prefix + text.utf8.count + 1) % 64) % 64
    let length = text.utf8.count + padding + 1
    let lengthBytes = (0..<prefix - 8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return magic + [isShort ? 1 : 2, 0] + lengthBytes + Array(text.utf8)
      + Array(repeating: 0x20, count: padding) + [0x0A]
  }
}

/// A reader of the few Python literals that a .npy header may hold.
struct PythonScanner {
  private let bytes: [UInt8]
  private let source: String
  private var position = 0

  init(_ bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  /// Reads `{'key': value, ...}` to the end of the text.
  mutating func dictionary(
    _ member: (String, inout PythonScanner) throws(InterchangeError) -> Void
  ) throws(InterchangeError) {
    try expect("{")
    while !skip("}") {
      let key = try string()
      try expect(":")
      try member(key, &self)
      if !skip(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    if position < bytes.count { throw error("the end of the header") }
  }

  mutating func string() throws(InterchangeError) -> String {
    skipSpace()
    guard position < bytes.count, bytes[position] == 0x27 || bytes[position] == 0x22 else {
      throw error("a string")
    }
    let quote = bytes[position]
    let start = position + 1
    guard let end = bytes[start...].firstIndex(of: quote) else { throw error("the end of a string") }
    position = end + 1
    guard let text = String(validating: bytes[start..<end], as: UTF8.self), !text.contains("\\") else {
      throw error("a plain string")
    }
    return text
  }

  mutating func boolean() throws(InterchangeError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw error("True or False")
  }

  /// Reads a tuple of integers that are not negative.
  mutating func tuple() throws(InterchangeError) -> [Int] {
    try expect("(")
    var result: [Int] = []
    var mayContinue = true
    while !skip(")") {
      guard mayContinue else { throw error("\",\" or \")\"") }
      guard result.count < SafetensorsHeader.maximumRank else {
        throw error("at most \(SafetensorsHeader.maximumRank) extents")
      }
      result.append(try integer())
      mayContinue = skip(",")
    }
    return result
  }

  private mutating func integer() throws(InterchangeError) -> Int {
    skipSpace()
    let digits = bytes[position...].prefix { $0 &- 0x30 < 10 }
    guard !digits.isEmpty else { throw error("an integer that is not negative") }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw error("an integer up to \(Int.max)")
    }
    position = digits.endIndex
    // Python 2 wrote long integers with an L.
    if position < bytes.count, bytes[position] == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private mutating func expect(_ text: Character) throws(InterchangeError) {
    guard skip(text) else { throw error("\"\(text)\"") }
  }

  private mutating func skip(_ text: Character) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == text.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private func error(_ expected: String) -> InterchangeError {
    let found = position < bytes.count ? "byte 0x\(String(bytes[position], radix: 16))" : "the end"
    return InterchangeError(
      .malformedHeader, source: source, expected: "\(expected) at header byte \(position)", found: found)
  }
}
