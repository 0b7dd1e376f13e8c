/// What follows a norm in the same pass: the value is normalized and activated while it is in the cache.
public enum Activation: Hashable, Sendable, Codable {
  /// max(v, 0).
  case relu
  /// v, and slope · v below 0.
  case leakyReLU(slope: Double)
  /// v + sin²(α v) / α with an α for each channel, shape (C); v where α is 0.
  ///
  /// In `Float`, and in `Float16` computed in it, sin² of the exact α v is within 2·10⁻⁷ for |α v| up to 10⁷; beyond 2²³
  /// it only stays between 0 and 1. Source: Ziyin, Hartwig and Ueda, 2020 (arXiv 2006.08195).
  case snake(alpha: [Double])

  /// Decodes an activation.
  ///
  /// - Throws: DecodingError, also for a slope or α that is not finite.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func check(_ numbers: [Double], _ key: CodingKeys) throws {
      if let number = numbers.first(where: { !$0.isFinite }) {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "expected finite numbers, found \(number)")
      }
    }
    switch try values.decode(Kind.self, forKey: .kind) {
    case .relu: self = .relu
    case .leakyReLU:
      let slope = try values.decode(Double.self, forKey: .slope)
      try check([slope], .slope)
      self = .leakyReLU(slope: slope)
    case .snake:
      let alpha = try values.decode([Double].self, forKey: .alpha)
      try check(alpha, .alpha)
      self = .snake(alpha: alpha)
    }
  }

  /// Encodes `kind` and, where there is one, `slope` or `alpha`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .relu: try values.encode(Kind.relu, forKey: .kind)
    case .leakyReLU(let slope):
      try values.encode(Kind.leakyReLU, forKey: .kind)
      try values.encode(slope, forKey: .slope)
    case .snake(let alpha):
      try values.encode(Kind.snake, forKey: .kind)
      try values.encode(alpha, forKey: .alpha)
    }
  }

  private enum Kind: String, Codable {
    case relu, leakyReLU, snake
  }

  private enum CodingKeys: String, CodingKey {
    case kind, slope, alpha
  }

  /// What is wrong with the activation for a layer of C channels, or nil.
  func problem(numFeatures: Int) -> String? {
    switch self {
    case .relu: nil
    case .leakyReLU(let slope): slope.isFinite ? nil : "expected a finite slope, found \(slope)"
    case .snake(let alpha):
      if alpha.count != numFeatures {
        "expected \(numFeatures) values of α, found \(alpha.count)"
      } else {
        alpha.first { !$0.isFinite }.map { "expected finite values of α, found \($0)" }
      }
    }
  }
}

/// The activation of one row.
struct RowActivation {
  enum Kind {
    case identity, relu, leaky, snake
  }

  let kind: Kind
  /// The factor below 0.
  var slope = 0.0
  /// α and 1 / α; both 0 where 1 / α is not finite.
  var alpha = 0.0
  var inverse = 0.0
  /// The same α in `Float`.
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

  /// The derivative at v, and that by α.
  func derivatives(_ v: Double) -> (value: Double, alpha: Double) {
    switch kind {
    case .identity: return (1, 0)
    case .relu: return (v < 0 ? 0 : 1, 0)
    case .leaky: return (v < 0 ? slope : 1, 0)
    case .snake:
      let (sine, double) = (Self.sine(alpha * v), Self.sine(2 * alpha * v))
      // sin²(α v) / α is α v² for small α, whose derivative by α is v².
      return (1 + double, alpha == 0 ? v * v : (v * double - sine * sine * inverse) * inverse)
    }
  }
}
