/// A number as the unevaluated sum of two `Double`s, about 32 decimal digits: arithmetic for the references.
///
/// Sums and products are exact transformations (Knuth; Dekker's product by way of a fused multiply-add).
public struct DoubleDouble {
  /// The value rounded to `Double`.
  public var high: Double
  /// What rounding left out.
  public var low: Double

  /// The sum of two parts, of which the second is below a unit in the last place of the first.
  public init(_ high: Double, _ low: Double = 0) {
    self.high = high
    self.low = low
  }

  /// The exact sum of two numbers.
  public init(sum a: Double, _ b: Double) {
    let sum = a + b
    let back = sum - a
    self.init(sum, (a - (sum - back)) + (b - back))
  }

  /// The nearest `Double`.
  public var value: Double { high + low }

  /// The sum.
  public static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let highs = DoubleDouble(sum: a.high, b.high)
    return DoubleDouble(sum: highs.high, highs.low + a.low + b.low)
  }

  /// The number with the other sign.
  public static prefix func - (a: DoubleDouble) -> DoubleDouble { DoubleDouble(-a.high, -a.low) }

  /// The difference.
  public static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

  /// The product.
  public static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let product = a.high * b.high
    let error = (-product).addingProduct(a.high, b.high)
    return DoubleDouble(sum: product, error + a.high * b.low + a.low * b.high)
  }

  /// The quotient.
  public static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let first = DoubleDouble(a.high / b.high)
    let rest = a - first * b
    return first + DoubleDouble(rest.high / b.high)
  }

  /// The square root.
  public func squareRoot() -> DoubleDouble {
    if high == 0 { return self }
    let first = DoubleDouble(high.squareRoot())
    let rest = self - first * first
    return first + DoubleDouble(rest.high / (2 * first.high))
  }
}
