/// How much of a style is taken: strength α, tone t and dynamics d of the options, folded in where targets are made.
///
/// Nothing behind the making of a ``Restyling`` knows of them.
struct Knobs: Sendable {
  /// t: a factor of the differences of means.
  let tone: Double
  private let strength: Double
  private let dynamics: Double

  init(strength: Double = 1, tone: Double = 1, dynamics: Double = 1) {
    (self.strength, self.tone, self.dynamics) = (strength, tone, dynamics)
  }

  init(_ options: RestyleOptions) {
    self.init(strength: options.strength, tone: options.tone, dynamics: options.dynamics)
  }

  /// Whether nothing of a style is taken, so that everything stays as it is.
  var takesNothing: Bool { strength == 0 }

  /// How far a mean moves where the style's lies a difference in dB above: α · t · (μs − μc).
  func shift(_ difference: Double) -> Double { strength * (tone * difference) }

  /// The exponent of a ratio of spreads that can be trusted by a share: d · share.
  func exponent(trust share: Double) -> Double { dynamics * share }

  /// What remains of a slope or ratio of spreads s: 1 + α · (s − 1), within bounds.
  ///
  /// A strength beyond 1 would otherwise turn dynamics upside down.
  func slope(_ slope: Double, within limits: ClosedRange<Double>) -> Double {
    limits.nearest(to: 1 + strength * (slope - 1))
  }

  /// α times a change in dB.
  func part(_ change: Double) -> Double { strength * change }

  /// The share of the way towards the style's peaks, which are never raised: a share times α, at most 1.
  func peakShare(_ share: Double) -> Double { min(1, max(0, strength)) * share }

  /// The factor of what follows the envelopes of samples.
  var envelopeFactor: Double { strength }
}
