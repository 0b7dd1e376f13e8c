#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif
import Tensors

/// The activation of one row: ``Activation`` with the constants of the row's channel.
struct RowActivation {
  enum Kind {
    case identity, relu, leaky, snake
  }

  let kind: Kind
  /// The factor below 0.
  var slope = 0.0
  /// Snake's α and 1 / α; both 0 where 1 / α is not finite.
  var alpha = 0.0
  var inverse = 0.0
  /// Snake with the same α in `Float`.
  var snake = FloatSnake()

  /// The activation of a channel; nil stands for none.
  init(_ activation: Activation?, channel: Int) {
    switch activation {
    case nil: kind = .identity
    case .relu: kind = .relu
    case .leakyReLU(let slope):
      kind = .leaky
      self.slope = slope
    case .snake(let alpha):
      kind = .snake
      let inverse = 1 / alpha[channel]
      if inverse.isFinite { (self.alpha, self.inverse) = (alpha[channel], inverse) }
      snake = FloatSnake(alpha: self.alpha)
    }
  }

  /// The activation of v in `Double`.
  func callAsFunction(_ v: Double) -> Double {
    switch kind {
    case .identity: return v
    case .relu: return v < 0 ? 0 : v
    case .leaky: return v < 0 ? v * slope : v
    case .snake:
      let sine = sin(alpha * v)
      return v + sine * sine * inverse
    }
  }

  /// The activation of eight values in `Float`; the kernels in C follow it operation by operation.
  @inline(__always)
  func callAsFunction(_ v: SIMD8<Float>) -> SIMD8<Float> {
    switch kind {
    case .identity: v
    case .relu: v.replacing(with: 0, where: v .< 0)
    case .leaky: v.replacing(with: v * Float(slope), where: v .< 0)
    case .snake: snake(v)
    }
  }

  /// The derivatives of the activation by v and by α.
  func derivatives(_ v: Double) -> (value: Double, alpha: Double) {
    switch kind {
    case .identity: return (1, 0)
    case .relu: return (v < 0 ? 0 : 1, 0)
    case .leaky: return (v < 0 ? slope : 1, 0)
    case .snake:
      let (sine, double) = (sin(alpha * v), sin(2 * alpha * v))
      // sin²(α v) / α is α v² for small α, whose derivative by α is v².
      return (1 + double, alpha == 0 ? v * v : (v * double - sine * sine * inverse) * inverse)
    }
  }
}

/// Snake in `Float`: v + sin²(α v) / α.
///
/// sin² has the period π. With k = round(α v / π) and r = α v / π − k, sin²(α v) = s · p(s), where s = r² and p is a
/// polynomial of degree 5 whose error is below 1.2 · 10⁻⁸ of sin² for s up to ¼ (Remez). s is limited to ¼, so that
/// sin² stays bounded however large v is. The kernels in C follow the steps operation by operation.
struct FloatSnake {
  /// α / π as the sum of two `Float`s.
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

  /// The constants of α = 0, with which Snake returns v.
  init() {}

  /// The constants of an α; those of α = 0 where a term divided by α leaves the range of `Float`.
  ///
  /// 4.5 times the rounding error of a term is subtracted from the next term. At s = 1 / 4.5 the two cancel, and over
  /// the range of s this factor leaves the least error.
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
