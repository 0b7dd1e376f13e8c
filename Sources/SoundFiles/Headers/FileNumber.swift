/// A number from a file, or computed from one; its arithmetic stops at the ends of `Int` instead of overflowing.
///
/// A length near 2⁶³ plus an offset is then still a length beyond the end of the file. All code that reads headers
/// computes with this type alone; `Scripts/check-headers` makes that a rule.
package struct FileNumber: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
  /// The number.
  package let value: Int

  package init(_ value: Int) { self.value = value }

  package init(integerLiteral value: Int) { self.value = value }

  /// The nearest number to one of another type.
  package init(clamping value: some BinaryInteger) { self.value = Int(clamping: value) }

  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }

  package static func + (a: Self, b: Self) -> Self {
    let (sum, overflow) = a.value.addingReportingOverflow(b.value)
    return Self(overflow ? (b.value < 0 ? .min : .max) : sum)
  }

  package static func - (a: Self, b: Self) -> Self {
    let (difference, overflow) = a.value.subtractingReportingOverflow(b.value)
    return Self(overflow ? (b.value < 0 ? .max : .min) : difference)
  }

  package static func * (a: Self, b: Self) -> Self {
    let (product, overflow) = a.value.multipliedReportingOverflow(by: b.value)
    return Self(overflow ? ((a.value < 0) == (b.value < 0) ? .max : .min) : product)
  }

  /// The quotient, rounded towards 0; 0 where the divisor is 0.
  package static func / (a: Self, b: Self) -> Self {
    guard b.value != 0 else { return 0 }
    let (quotient, overflow) = a.value.dividedReportingOverflow(by: b.value)
    return Self(overflow ? .max : quotient)
  }

  package static func += (a: inout Self, b: Self) { a = a + b }

  /// The smallest multiple of a positive step that is not smaller than this number.
  package func roundedUp(toMultipleOf step: Self) -> Self { (self + step - 1) / step * step }
}

/// Numbers and texts in bytes.
package enum HeaderBytes {
  /// The unsigned number in some bytes, at most `Int.max`; nil where the bytes are missing.
  package static func number(
    _ bytes: some RandomAccessCollection<UInt8>, _ start: Int, _ count: Int, bigEndian: Bool
  ) -> FileNumber? {
    guard start >= 0, (0...8).contains(count), start <= bytes.count, count <= bytes.count - start else {
      return nil
    }
    let first = bytes.index(bytes.startIndex, offsetBy: start)
    let range = bytes[first..<bytes.index(first, offsetBy: count)]
    var number: UInt64 = 0
    if bigEndian {
      for byte in range { number = number << 8 | UInt64(byte) }
    } else {
      for byte in range.reversed() { number = number << 8 | UInt64(byte) }
    }
    return FileNumber(clamping: number)
  }

  /// The `count` bytes of a number; a number that does not fit becomes the largest one that does.
  package static func bytes(of number: FileNumber, count: Int, bigEndian: Bool) -> [UInt8] {
    let limit = count >= 8 ? UInt64(Int.max) : (UInt64(1) << UInt64(8 * max(0, count))) - 1
    let value = min(UInt64(max(0, number.value)), limit)
    let little = (0..<max(0, count)).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    return bigEndian ? little.reversed() : little
  }

  /// The text of a range of bytes, or an empty text where they are missing.
  package static func text(_ bytes: some RandomAccessCollection<UInt8>, _ start: Int, _ count: Int) -> String
  {
    guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else { return "" }
    let first = bytes.index(bytes.startIndex, offsetBy: start)
    return String(decoding: bytes[first..<bytes.index(first, offsetBy: count)], as: UTF8.self)
  }
}
