import AudioFeatures
import Foundation
import StyleProfiles

/// A gain that follows the two envelopes of a clip: `g = limits(t₀(L₀) + t₁(L₁))` in dB.
///
/// Lᵢ is the level of envelope i in dB (`EnvelopeMeter`), and tᵢ its table, linear between entries.
public struct EnvelopeGain: Hashable, Codable, Sendable {
  /// The level in dB of the tables' first entry; outside a table its first or last entry holds.
  public private(set) var lowestLevel: Double
  /// The tables: for each envelope, gains in dB at levels 0.5 dB apart.
  public private(set) var tables: [[Double]]

  /// The bounds of the gain in dB.
  public var limits = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

  /// The smallest and the largest gain in dB over the active parts of the clip that it was made for; `nil` if unknown.
  public var range: ClosedRange<Double>?

  /// The distance in dB between the levels of neighbouring entries.
  package static let step = 0.5
  /// The range of gains in dB below which the gain is left out.
  private static let smallest = 0.25

  /// Creates a gain of 0 dB with tables over a range of levels in dB.
  package init(levels: ClosedRange<Double>) {
    lowestLevel = levels.lowerBound
    let count = Int((levels.upperBound - levels.lowerBound) / Self.step) + 2
    tables = Array(repeating: [Double](repeating: 0, count: count), count: EnvelopeMeter.times.count)
  }

  /// Whether the gain is nearly constant over the active parts of the clip.
  package var isNegligible: Bool { range.map { $0.upperBound - $0.lowerBound < Self.smallest } ?? false }

  /// Moves the tables: levels higher by `change` dB get the gains of before.
  package mutating func follow(_ change: Double) {
    lowestLevel += change
  }

  /// Adds a constant in dB.
  package mutating func add(_ gain: Double) {
    tables[0] = tables[0].map { $0 + gain }
  }

  /// Adds a share of a compressor's gain.
  package mutating func add(_ compressor: Compressor, share: Double) {
    for index in tables[compressor.envelope].indices {
      let level = lowestLevel + Double(index) * Self.step
      tables[compressor.envelope][index] += share * Double(compressor.gain(atLevel: Float(level)))
    }
  }

  /// The gain times a factor, whose magnitude is reduced where slopes would leave their bounds.
  ///
  /// - Parameters:
  ///   - factor: The factor.
  ///   - slopes: The bounds of the rise of the output level in dB for 1 dB of the input level.
  package func scaled(by factor: Double, slopes: ClosedRange<Double>) -> EnvelopeGain {
    // The steepest fall and rise of the gain in dB for 1 dB, if both envelopes move together.
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

  /// The gain in dB for the amplitudes of both envelopes.
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

/// The gain of a compressor with a soft knee, as a function of an envelope's level.
///
/// With the distance d of the level over the threshold, the ratio R and half the width of the knee w, all in dB but R,
///
///     g = (1/R − 1) · (d + w)² / 4w    within the knee, |d| < w,
///     g = (1/R − 1) · max(0, d)        outside
///
/// (Giannoulis, Massberg and Reiss 2012; their width of the knee is 2w).
package struct Compressor: Hashable, Sendable {
  /// The index in ``EnvelopeMeter/times`` of the envelope that it follows.
  package let envelope: Int
  /// The threshold in dB.
  let threshold: Float
  /// The ratio: the rise of the input in dB for 1 dB of the output, above the knee.
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
