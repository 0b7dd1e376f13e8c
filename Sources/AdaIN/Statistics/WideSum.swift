/// A signed 128-bit integer with what exact sums of squares need; the standard type needs newer systems.
struct WideSum: Hashable, Sendable {
  private(set) var high: Int64
  private(set) var low: UInt64

  init(high: Int64 = 0, low: UInt64 = 0) {
    self.high = high
    self.low = low
  }

  /// The product of two integers.
  init(_ a: Int64, times b: Int64) {
    let product = a.multipliedFullWidth(by: b)
    self.init(high: product.high, low: product.low)
  }

  /// Adds an integer.
  mutating func add(_ value: Int64) {
    self += WideSum(high: value < 0 ? -1 : 0, low: UInt64(bitPattern: value))
  }

  static func += (left: inout WideSum, right: WideSum) {
    let (low, carry) = left.low.addingReportingOverflow(right.low)
    left.low = low
    left.high = left.high &+ right.high &+ (carry ? 1 : 0)
  }

  static func -= (left: inout WideSum, right: WideSum) {
    let (low, borrow) = left.low.subtractingReportingOverflow(right.low)
    left.low = low
    left.high = left.high &- right.high &- (borrow ? 1 : 0)
  }

  /// The nearest `Double`, up to one rounding of each half.
  var double: Double {
    guard isNegative else { return Double(high) * 0x1p64 + Double(low) }
    var magnitude = WideSum()
    magnitude -= self
    return -(Double(UInt64(bitPattern: magnitude.high)) * 0x1p64 + Double(magnitude.low))
  }

  var isNegative: Bool { high < 0 }
}
