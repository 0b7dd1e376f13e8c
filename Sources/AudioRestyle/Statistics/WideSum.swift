/// A signed 128-bit sum, for exact sums of squares over any number of frames.
///
/// `Int128` would need newer systems than the package supports.
struct WideSum: Hashable, Sendable {
  /// The upper 64 bits, with the sign.
  var high: Int64 = 0
  /// The lower 64 bits.
  var low: UInt64 = 0

  /// Adds a number that is not negative.
  @inline(__always)
  mutating func add(_ value: UInt64) {
    let (sum, carry) = low.addingReportingOverflow(value)
    low = sum
    high &+= carry ? 1 : 0
  }

  /// Adds the product of two signed numbers.
  mutating func addProduct(_ a: Int64, _ b: Int64) {
    let product = a.multipliedFullWidth(by: b)
    self += WideSum(high: product.high, low: product.low)
  }

  static func += (a: inout WideSum, b: WideSum) {
    a.add(b.low)
    a.high &+= b.high
  }

  static func -= (a: inout WideSum, b: WideSum) {
    let (difference, borrow) = a.low.subtractingReportingOverflow(b.low)
    a.low = difference
    a.high = a.high &- b.high &- (borrow ? 1 : 0)
  }

  /// The nearest `Double`.
  var doubleValue: Double { Double(high) * 0x1p64 + Double(low) }
}
