/// sin²(α v) / α in `Float`, of which Snake is the sum with v.
///
/// sin² has the period π. With k = round(α v / π) and r = α v / π − k it is s · p(s), where s = r² and p is a polynomial of
/// degree 5 whose error is below 1.2 · 10⁻⁸ of sin² for s up to ¼ (Remez). s is held within ¼, so that the result is
/// bounded however large v is. The kernels in C follow the steps operation by operation.
struct FloatSnake {
  /// α / π, and what rounding left out of it.
  private(set) var turns: Float = 0
  private(set) var turnsLow: Float = 0

  typealias Terms = (Float, Float, Float, Float, Float, Float)

  /// The polynomial's terms, divided by α; all 0 where α is 0.
  private(set) var terms: Terms = (0, 0, 0, 0, 0, 0)

  /// The polynomial of sin²(π r) / r² in r².
  private static let polynomial = [
    9.86960383541202858, -32.4696329632670814, 42.7263394191868061, -30.0936257015737779, 13.0187241811608112,
    -3.310942157259548,
  ]

  /// No Snake: adds 0.
  init() {}

  /// The constants of an α; where 1 / α leaves the range of `Float`, those of 0.
  ///
  /// What rounding adds to a term is taken from the next one, at that share which leaves least over the range of s.
  init(alpha: Double) {
    guard alpha != 0, Float(Self.polynomial[2] / alpha).isFinite else { return }
    let wide = alpha / .pi
    turns = Float(wide)
    turnsLow = Float(wide - Double(turns))
    var added = 0.0
    func next(_ term: Double) -> Float {
      let exact = term / alpha - 4.5 * added
      let rounded = Float(exact)
      added = Double(rounded) - exact
      return rounded
    }
    let p = Self.polynomial
    terms = (next(p[0]), next(p[1]), next(p[2]), next(p[3]), next(p[4]), next(p[5]))
  }

  /// v + sin²(α v) / α.
  @inline(__always)
  func callAsFunction(_ v: SIMD8<Float>) -> SIMD8<Float> {
    func all(_ value: Float) -> SIMD8<Float> { SIMD8(repeating: value) }
    // Adding and subtracting 1.5 · 2²³ rounds to an integer.
    let rounder = all(0x1.8p+23)
    let k = rounder.addingProduct(v, all(turns)) - rounder
    let r = (-k).addingProduct(v, all(turns)).addingProduct(v, all(turnsLow))
    let limit = all(0.25)
    let square = r * r
    let s = limit.replacing(with: square, where: square .< limit)
    var p = all(terms.4).addingProduct(all(terms.5), s)
    p = all(terms.3).addingProduct(p, s)
    p = all(terms.2).addingProduct(p, s)
    p = all(terms.1).addingProduct(p, s)
    p = all(terms.0).addingProduct(p, s)
    return v.addingProduct(p, s)
  }
}
