import AudioFeatures
import Foundation
import StyleProfiles

/// A gain in dB that follows from the two envelopes of a clip: the sum of a function of each level.
public struct EnvelopeGain: Hashable, Codable, Sendable {
  /// The level in dB where the tables begin; below it is what they begin with, above their end what they end with.
  public private(set) var lowestLevel: Double
  /// For each envelope the gain in dB every half dB.
  public private(set) var tables: [[Double]]

  /// What the gain in dB is held within.
  public var limits = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

  /// The least and the largest gain in dB over what was active in the clip it was made for.
  public var range: ClosedRange<Double>?

  /// The distance of the tables' levels in dB.
  package static let step = 0.5
  /// What is not worth a compressor, in dB.
  private static let smallest = 0.25

  /// The gain 0 dB for levels of a range.
  package init(levels: ClosedRange<Double>) {
    lowestLevel = levels.lowerBound
    let count = Int((levels.upperBound - levels.lowerBound) / Self.step) + 2
    tables = Array(repeating: [Double](repeating: 0, count: count), count: EnvelopeMeter.times.count)
  }

  /// Whether the gain is nearly the same for all that is active.
  package var isNegligible: Bool { range.map { $0.upperBound - $0.lowerBound < Self.smallest } ?? false }

  /// Makes levels that stand higher by some dB get the same gains as before.
  package mutating func follow(_ change: Double) {
    lowestLevel += change
  }

  /// Adds a constant in dB.
  package mutating func add(_ gain: Double) {
    tables[0] = tables[0].map { $0 + gain }
  }

  /// Adds a share of what a compressor does.
  package mutating func add(_ compressor: Compressor, share: Double) {
    for index in tables[compressor.envelope].indices {
      let level = lowestLevel + Double(index) * Self.step
      tables[compressor.envelope][index] += share * Double(compressor.gain(atLevel: Float(level)))
    }
  }

  /// The gain times a factor, as far as levels that rise by 1 dB come out risen within bounds in dB.
  package func scaled(by factor: Double, slopes: ClosedRange<Double>) -> EnvelopeGain {
    // The steepest fall and rise of the gain, in dB for 1 dB, where both envelopes move together.
    var (fall, rise) = (0.0, 0.0)
    for table in tables {
      let slopes = zip(table, table.dropFirst()).map { ($1 - $0) / Self.step }
      fall += max(0, -(slopes.min() ?? 0))
      rise += max(0, slopes.max() ?? 0)
    }
    let (most, least) = (slopes.upperBound - 1, 1 - slopes.lowerBound)
    func bound(_ falling: Double, _ rising: Double) -> Double {
      min(falling > 0 ? least / falling : .infinity, rising > 0 ? most / rising : .infinity)
    }
    let bounded = min(bound(fall, rise), max(-bound(rise, fall), factor))
    var result = self
    result.tables = tables.map { $0.map { bounded * $0 } }
    return result
  }

  /// The gain in dB for two amplitudes.
  package func callAsFunction(_ envelopes: SIMD2<Float>) -> Double {
    var gain = 0.0
    for (index, table) in tables.enumerated() {
      let level = 20 * log10(max(Double(envelopes[index]), .leastNormalMagnitude))
      let place = (0...Double(table.count - 1)).nearest(to: (level - lowestLevel) / Self.step)
      let lower = min(Int(place), table.count - 2)
      gain += table[lower] + (place - Double(lower)) * (table[lower + 1] - table[lower])
    }
    return limits.nearest(to: gain)
  }
}

/// A compressor with a soft knee: how its gain follows from the level of an envelope.
///
/// With the level's distance d over the threshold, the ratio R and the half width w of the knee,
///
///     g = (1/R − 1) · (d + w)² / 4w    within the knee, |d| < w,
///     g = (1/R − 1) · max(0, d)        outside
///
/// (Giannoulis, Massberg and Reiss 2012, with the knee's width 2w).
package struct Compressor: Hashable, Sendable {
  /// Which of ``EnvelopeMeter/times`` it follows.
  package let envelope: Int
  /// The threshold in dB.
  let threshold: Float
  /// By how many dB the input rises for 1 dB of the output, above the threshold.
  let ratio: Float

  /// Half the width of the knee in dB.
  private static let knee: Float = 4.25

  /// The gain in dB at a level in dB.
  @inline(__always)
  package func gain(atLevel level: Float) -> Float {
    let distance = level - threshold
    let inKnee = (distance + Self.knee) * (distance + Self.knee) / (4 * Self.knee)
    let over = abs(distance) < Self.knee ? inKnee : max(0, distance)
    return over * (1 / ratio - 1)
  }

  /// Creates a compressor of one envelope.
  package init(envelope: Int, threshold: Float, ratio: Float) {
    self.envelope = envelope
    self.threshold = threshold
    self.ratio = ratio
  }
}
