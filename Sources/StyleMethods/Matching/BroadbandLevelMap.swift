import AudioFeatures
import Foundation
import Restylings

/// A map from a frame's broadband level to one gain for all bands, which transfers the style's dynamics.
///
/// Eleven quantiles of the content's level go to those of the style's. They are closest at the top, where compressors
/// act. Between quantiles the map is linear. The slope of each piece is limited and brought nearer to 1 by an exponent,
/// since the quantiles of a few seconds are uncertain. The median goes to the median. Beyond the outer quantiles the
/// gain is constant.
struct BroadbandLevelMap: Hashable, Sendable {
  /// The quantiles of the content's level in dB, ascending: the knots of the map.
  let levels: [Double]
  /// The gain in dB at each knot; strength, tone and dynamics are folded in.
  private(set) var gains: [Double]
  /// The expansion in dB: the style's level range between the quantiles of 0.2 and 0.98, less the content's.
  ///
  /// It is below 0 where the style is more compressed.
  let expansion: Double
  /// How many slopes were limited, so that the levels miss the style's by more than 1 dB there.
  let limitedCount: Int

  private static let median = 4
  /// A slope that stands for those of 0 and less, and the least loss in dB that counts.
  private static let (leastSlope, leastLoss) = (1e-3, 1.0)
  private static let (quiet, loud) = (2, 9)

  /// Makes the map.
  ///
  /// - Parameters:
  ///   - content: The broadband levels of the content's frames in dB; at least one.
  ///   - style: The broadband levels of the style's frames in dB; at least one.
  ///   - exponent: The exponent of slopes: 0 keeps all dynamics.
  ///   - knobs: The strength; slopes stay within their bounds with it.
  ///   - numbers: The quantiles and the bounds of slopes.
  init(
    from content: [Double], to style: [Double], exponent: Double, knobs: Knobs,
    numbers: MatchNumbers.Dynamics = MatchNumbers.standard.dynamics
  ) {
    let (own, other) = (Self.quantiles(content, numbers.shares), Self.quantiles(style, numbers.shares))
    var limited = 0
    var changes = [Double](repeating: 0, count: own.count)
    for index in own.indices.dropLast() {
      let width = own[index + 1] - own[index]
      guard width > 0 else { continue }
      let slope = (other[index + 1] - other[index]) / width
      let kept = numbers.slopes.nearest(to: slope)
      let lost = width * abs(pow(max(slope, Self.leastSlope), exponent) - pow(kept, exponent))
      if lost > Self.leastLoss { limited += 1 }
      let whole = knobs.slope(pow(kept, exponent), within: numbers.slopes)
      changes[index + 1] = (whole - 1) * width
    }
    let middle = Self.median
    var gains = [Double](repeating: knobs.part(other[middle] - own[middle]), count: own.count)
    for index in (middle + 1)..<own.count { gains[index] = gains[index - 1] + changes[index] }
    for index in (0..<middle).reversed() { gains[index] = gains[index + 1] - changes[index + 1] }
    expansion = (other[Self.loud] - other[Self.quiet]) - (own[Self.loud] - own[Self.quiet])
    levels = own
    self.gains = gains
    limitedCount = limited
  }

  /// The map with a share of its dynamics: the other gains come nearer to that of the median.
  func dynamics(share: Double) -> BroadbandLevelMap {
    var result = self
    let middle = gains[Self.median]
    result.gains = gains.map { middle + share * ($0 - middle) }
    return result
  }

  /// Whether the gain is the same at all levels.
  var isConstant: Bool { gains.allSatisfy { $0 == gains[0] } }

  /// The gain in dB at a level in dB.
  func callAsFunction(_ level: Double) -> Double {
    guard let upper = levels.firstIndex(where: { $0 > level }) else { return gains[gains.count - 1] }
    guard upper > 0 else { return gains[0] }
    let share = (level - levels[upper - 1]) / (levels[upper] - levels[upper - 1])
    return gains[upper - 1] + share * (gains[upper] - gains[upper - 1])
  }

  /// The mean gain in dB over levels in dB; 0 without levels.
  func meanGain(at levels: [Double]) -> Double {
    levels.reduce(0) { $0 + self($1) } / Double(max(1, levels.count))
  }

  private static func quantiles(_ values: [Double], _ shares: [Double]) -> [Double] {
    let sorted = values.sorted()
    return shares.map { share in
      let place = share * Double(sorted.count - 1)
      let lower = Int(place)
      let upper = min(lower + 1, sorted.count - 1)
      return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
    }
  }
}
