import Foundation

/// The gain of a look-ahead limiter, from what each point in time allows.
///
/// Points come in order at equal distances. With the allowed gain cₖ of point k, the release factor a, and W points of
/// look-ahead,
///
///     rₖ = min(cₖ, rₖ₋₁ᵃ)                    back to 1 exponentially in dB
///     mₖ = min(rₖ, …, rₖ₊W)                  down W points ahead
///     gₖ = Σⱼ wⱼ · mₖ₋ⱼ,  j = 0 … W          smooth: w is a raised cosine with the sum 1
///
/// Every mₖ₋ⱼ is at most rₖ, so gₖ ≤ cₖ: the gain never exceeds what is allowed, and it gets there within the look-ahead,
/// without a corner. Where nothing is to be limited the gain is exactly 1.
struct LimiterGain: Sendable {
  /// How many points a gain comes after the allowed one it belongs to: W.
  let delay: Int

  private let releaseExponent: Double
  private let weights: [Double]
  /// The last W + 1 values of r and of m, the newest last.
  private var released: [Double]
  private var least: [Double]
  /// How many points in a row allowed everything and came after no reduction.
  private var restCount: Int

  /// Gains nearer to 1 than this, 0.005 dB, are 1 again at the end of a release.
  private static let rest = 1 - 0.0006

  /// Creates a gain that starts at 1.
  ///
  /// - Parameters:
  ///   - lookAhead: The look-ahead in points, at least 1.
  ///   - release: The number of points after which a reduction in dB has fallen to 1/e.
  init(lookAhead: Int, release: Double) {
    precondition(lookAhead >= 1 && release > 0)
    delay = lookAhead
    releaseExponent = exp(-1 / release)
    let shape = (0...lookAhead).map { 1 - cos(2 * .pi * (Double($0) + 1) / Double(lookAhead + 2)) }
    let sum = shape.reduce(0, +)
    weights = shape.map { $0 / sum }
    released = [Double](repeating: 1, count: lookAhead + 1)
    least = released
    restCount = 2 * lookAhead + 1
  }

  /// Takes the gain that the next point allows, 0 to 1.
  ///
  /// - Returns: The gain of the point ``delay`` points before.
  mutating func next(allowed: Double) -> Double {
    // Both windows hold nothing but 1 then.
    if allowed == 1, restCount > 2 * delay { return 1 }
    let last = pow(released[delay], releaseExponent)
    let next = min(allowed, last > Self.rest ? 1 : last)
    restCount = next == 1 ? restCount + 1 : 0
    Self.push(next, to: &released)
    Self.push(released.min() ?? 1, to: &least)
    guard least.contains(where: { $0 < 1 }) else { return 1 }
    // The newest of `least` belongs to the point itself, the oldest to the one W before.
    var sum = 0.0
    for index in weights.indices { sum += weights[index] * least[index] }
    return sum
  }

  /// Moves a window on by one value.
  private static func push(_ value: Double, to window: inout [Double]) {
    for index in 1..<window.count { window[index - 1] = window[index] }
    window[window.count - 1] = value
  }
}
