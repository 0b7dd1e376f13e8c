public import Foundation

/// Reading and writing NumPy's .npy files, versions 1.0 to 3.0.
extension StoredArray {
  /// Reads a .npy file, of either byte order, in C or Fortran order.
  ///
  /// - Throws: ``InterchangeError`` that names the file, what was expected and what was found.
  public init(npy url: URL) throws(InterchangeError) {
    var input = try ByteReader(url)
    try self.init(npy: &input)
  }

  /// Reads a .npy file's bytes from memory.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - source: The name that error messages use.
  /// - Throws: ``InterchangeError``, as for a file.
  public init(npyBytes bytes: [UInt8], source: String = "npy") throws(InterchangeError) {
    var input = ByteReader(bytes, source: source)
    try self.init(npy: &input)
  }

  /// The bytes of a .npy file, of version 1.0 unless the header is too long for it.
  ///
  /// - Parameter fortranOrder: Whether the first extent varies fastest in the file.
  /// - Throws: ``InterchangeError`` (`unsupported`) for element types that NumPy does not have.
  public func npyBytes(fortranOrder: Bool = false) throws(InterchangeError) -> [UInt8] {
    try npyHeader(fortranOrder, source: "npy") + npyData(fortranOrder)
  }

  /// Writes a .npy file, whole or not at all.
  ///
  /// - Parameters:
  ///   - url: The file to write.
  ///   - fortranOrder: Whether the first extent varies fastest in the file.
  /// - Throws: ``InterchangeError``: `unsupported` for element types that NumPy does not have, `unwritable` where the
  ///   file cannot be written.
  public func write(npy url: URL, fortranOrder: Bool = false) throws(InterchangeError) {
    let header = try npyHeader(fortranOrder, source: url.lastPathComponent)
    try writeAtomically([header, npyData(fortranOrder)], to: url)
  }

  private init(npy input: inout ByteReader) throws(InterchangeError) {
    let source = input.source
    let start = try input.read(8, of: "magic and version")
    guard Array(start[..<6]) == NpyHeader.magic else {
      throw InterchangeError(
        .malformedHeader, source: source, expected: "\\x93NUMPY as the first 6 bytes", found: "\(start[..<6])"
      )
    }
    guard (1...3).contains(start[6]) else {
      throw InterchangeError(
        .unsupported, source: source, expected: "version 1, 2 or 3", found: "\(start[6]).\(start[7])")
    }
    let prefix = try input.read(start[6] == 1 ? 2 : 4, of: "the header's length")
    let length = prefix.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= NpyHeader.maximumLength else {
      throw InterchangeError(
        .malformedHeader, source: source, expected: "a header of at most \(NpyHeader.maximumLength) bytes",
        found: "a length of \(length)")
    }
    let header = try NpyHeader(input.read(length, of: "the header"), source: source)
    guard let size = header.dtype.byteCount(of: header.shape) else {
      throw InterchangeError(
        .shape, source: source, expected: "a size that fits an Int", found: "shape \(header.shape)")
    }
    guard size <= input.remaining else {
      throw InterchangeError(
        .truncated, source: source,
        expected: "\(size) bytes for \(header.dtype.rawValue) of shape \(header.shape)",
        found: "\(input.remaining) bytes")
    }
    var bytes = try input.read(size, of: "the array")
    guard input.remaining == 0 else {
      throw InterchangeError(
        .shape, source: source,
        expected: "\(size) bytes for \(header.dtype.rawValue) of shape \(header.shape)",
        found: "\(input.remaining) bytes more")
    }
    if header.isBigEndian {
      // A complex number is two floats, each in its own byte order.
      swapBytes(&bytes, header.dtype == .c64 ? 4 : header.dtype.byteCount)
    }
    if header.isFortranOrder {
      bytes = transposed(bytes, header.shape.reversed(), header.dtype.byteCount)
    }
    self.init(checked: header.dtype, shape: header.shape, bytes: bytes)
  }

  private func npyHeader(_ fortranOrder: Bool, source: String) throws(InterchangeError) -> [UInt8] {
    guard let code = NpyHeader.code(dtype) else {
      throw InterchangeError(
        .unsupported, source: source, expected: "an element type that NumPy has", found: dtype.rawValue)
    }
    return NpyHeader.encoded(code: code, shape: shape, fortranOrder: fortranOrder)
  }

  private func npyData(_ fortranOrder: Bool) -> [UInt8] {
    fortranOrder ? transposed(bytes, shape, dtype.byteCount) : bytes
  }
}

/// Reverses the bytes of each element.
private func swapBytes(_ bytes: inout [UInt8], _ size: Int) {
  if size == 1 { return }
  for start in stride(from: 0, to: bytes.count, by: size) {
    bytes[start..<start + size].reverse()
  }
}

/// Reverses the order of the axes of an array in row-major order.
private func transposed(_ bytes: [UInt8], _ shape: [Int], _ size: Int) -> [UInt8] {
  guard shape.count > 1, !bytes.isEmpty else { return bytes }
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  // Positions are counted in the new order; each axis advances by its stride in the old order.
  var strides = Array(repeating: size, count: shape.count)
  for axis in stride(from: shape.count - 2, through: 0, by: -1) {
    strides[axis] = strides[axis + 1] * shape[axis + 1]
  }
  var position = Array(repeating: 0, count: shape.count)
  var offset = 0
  for _ in 0..<bytes.count / size {
    result += bytes[offset..<offset + size]
    // The first axis of the old order varies fastest in the new one.
    for axis in shape.indices {
      position[axis] += 1
      offset += strides[axis]
      if position[axis] < shape[axis] { break }
      offset -= strides[axis] * shape[axis]
      position[axis] = 0
    }
  }
  return result
}

/// The header of a .npy file: a Python dictionary of `descr`, `fortran_order` and `shape`.
///
/// Source: NumPy's format description, NEP 1, versions 1.0 to 3.0.
struct NpyHeader {
  let dtype: ElementType
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The longest header that is read, in bytes; NumPy itself writes some hundred.
  static let maximumLength = 1 << 20

  private static let kinds: [String: ElementType] = [
    "b1": .bool, "u1": .u8, "i1": .i8, "u2": .u16, "i2": .i16, "u4": .u32, "i4": .i32, "u8": .u64, "i8": .i64,
    "f2": .f16, "f4": .f32, "f8": .f64, "c8": .c64,
  ]

  /// The type's code without byte order, or nil for types NumPy does not have.
  static func code(_ dtype: ElementType) -> String? {
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

  /// The header's bytes: magic, version, length and padded text.
  static func encoded(code: String, shape: [Int], fortranOrder: Bool) -> [UInt8] {
    let order = code.hasSuffix("1") ? "|" : "<"
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text =
      "{'descr': '\(order)\(code)', 'fortran_order': \(fortranOrder ? "True" : "False"), 'shape': (\(extents)), }"
    // Version 1.0 has a length of 2 bytes, version 2.0 one of 4 bytes; the data begin at a multiple of 64.
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
