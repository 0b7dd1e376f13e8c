/// A strict, forward reader of JSON (RFC 8259) that builds only the values that the caller asks for.
///
/// Unlike a general decoder it lets the caller see duplicate keys, refuses lone surrogates and malformed UTF-8,
/// and bounds the depth of nesting.
struct JSONScanner {
  /// The deepest nesting of arrays and objects that is skipped over.
  static let maximumDepth = 64

  private let bytes: [UInt8]
  private let source: String
  private(set) var position: Int

  init(_ bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
    self.position = 0
  }

  /// Passes the given byte, with white space before it, or fails.
  mutating func expect(_ byte: UInt8) throws(InterchangeError) {
    guard skip(byte) else { throw error("\"\(Character(Unicode.Scalar(byte)))\"") }
  }

  /// Passes the given byte, with white space before it, if it comes next.
  mutating func skip(_ byte: UInt8) -> Bool {
    skipWhitespace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Fails unless only white space is left.
  mutating func expectEnd() throws(InterchangeError) {
    skipWhitespace()
    if position < bytes.count { throw error("the end of the header") }
  }

  /// Reads an object and calls a closure for each key, with the scanner before the key's value.
  mutating func object(
    _ member: (String, inout JSONScanner) throws(InterchangeError) -> Void
  ) throws(InterchangeError) {
    try expect(UInt8(ascii: "{"))
    if skip(UInt8(ascii: "}")) { return }
    repeat {
      let key = try string()
      try expect(UInt8(ascii: ":"))
      try member(key, &self)
    } while skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Reads an array of integers that are not negative.
  mutating func integers(atMost limit: Int) throws(InterchangeError) -> [Int] {
    try expect(UInt8(ascii: "["))
    var result: [Int] = []
    if skip(UInt8(ascii: "]")) { return result }
    repeat {
      guard result.count < limit else { throw error("at most \(limit) integers") }
      result.append(try integer())
    } while skip(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return result
  }

  /// Reads an integer that is not negative and fits an `Int`.
  mutating func integer() throws(InterchangeError) -> Int {
    skipWhitespace()
    let start = position
    var value = 0
    while position < bytes.count, case let digit = bytes[position] &- 0x30, digit < 10 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit))
      guard !overflow, !carry else { throw error("an integer up to \(Int.max)") }
      value = sum
      position += 1
    }
    let digits = position - start
    guard digits > 0, digits == 1 || bytes[start] != 0x30 else {
      position = start
      throw error("an integer that is not negative")
    }
    return value
  }

  /// Reads a string.
  mutating func string() throws(InterchangeError) -> String {
    try expect(UInt8(ascii: "\""))
    var units: [UInt8] = []
    while true {
      let start = position
      while position < bytes.count, bytes[position] >= 0x20, bytes[position] != 0x22, bytes[position] != 0x5C
      {
        position += 1
      }
      units += bytes[start..<position]
      guard position < bytes.count, bytes[position] >= 0x20 else { throw error("the end of a string") }
      position += 1
      if bytes[position - 1] == 0x22 { break }
      units += Array(String(try escape()).utf8)
    }
    guard let text = String(validating: units, as: UTF8.self) else { throw error("a string of valid UTF-8") }
    return text
  }

  /// Passes one value of any kind and returns its bytes.
  mutating func anyValue() throws(InterchangeError) -> [UInt8] {
    skipWhitespace()
    let start = position
    try skipValue(depth: 0)
    return Array(bytes[start..<position])
  }

  private mutating func skipValue(depth: Int) throws(InterchangeError) {
    guard depth < Self.maximumDepth else { throw error("at most \(Self.maximumDepth) levels of nesting") }
    skipWhitespace()
    guard position < bytes.count else { throw error("a value") }
    switch bytes[position] {
    case UInt8(ascii: "\""):
      _ = try string()
    case UInt8(ascii: "{"):
      try object { (_, scanner) throws(InterchangeError) in try scanner.skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      position += 1
      if skip(UInt8(ascii: "]")) { return }
      repeat { try skipValue(depth: depth + 1) } while skip(UInt8(ascii: ","))
      try expect(UInt8(ascii: "]"))
    case UInt8(ascii: "t"):
      try word("true")
    case UInt8(ascii: "f"):
      try word("false")
    case UInt8(ascii: "n"):
      try word("null")
    default:
      try number()
    }
  }

  private mutating func word(_ text: StaticString) throws(InterchangeError) {
    for byte in text.description.utf8 {
      guard position < bytes.count, bytes[position] == byte else { throw error("\"\(text)\"") }
      position += 1
    }
  }

  private mutating func number() throws(InterchangeError) {
    _ = take(UInt8(ascii: "-"))
    let start = position
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[start] != 0x30 else { throw error("a value") }
    if take(UInt8(ascii: ".")), digits() == 0 { throw error("a digit") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      if digits() == 0 { throw error("a digit") }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func digits() -> Int {
    let start = position
    while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
    return position - start
  }

  /// Reads the part of an escape sequence behind the backslash.
  private mutating func escape() throws(InterchangeError) -> Unicode.Scalar {
    guard position < bytes.count else { throw error("an escape sequence") }
    position += 1
    switch bytes[position - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default:
      position -= 1
      throw error("an escape sequence")
    }
    let first = try hexadecimal()
    var code = first
    if first & 0xFC00 == 0xD800, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
      let second = try hexadecimal()
      if second & 0xFC00 == 0xDC00 { code = 0x10000 + (first & 0x3FF) << 10 + second & 0x3FF }
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("a pair of surrogates") }
    return scalar
  }

  private mutating func hexadecimal() throws(InterchangeError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("four hexadecimal digits") }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private mutating func skipWhitespace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private func error(_ expected: String) -> InterchangeError {
    let found: String
    if position < bytes.count {
      let byte = bytes[position]
      found =
        byte >= 0x20 && byte < 0x7F
        ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte 0x\(String(byte, radix: 16, uppercase: true))"
    } else {
      found = "the end"
    }
    return InterchangeError(
      .malformedHeader, source: source, expected: "\(expected) at header byte \(position)", found: found)
  }
}

/// Text as a JSON string, in quotes, with the characters escaped that JSON requires.
func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
