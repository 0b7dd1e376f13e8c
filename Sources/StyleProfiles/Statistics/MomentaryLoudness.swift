package import AudioFeatures
import Foundation

/// The distribution of a recording's momentary loudness (400 ms, ITU-R BS.1770-4) about its integrated loudness.
///
/// It is a histogram in bins of 0.1 LU, which merges exactly and in any order.
package struct MomentaryLoudness: Hashable, Sendable {
  /// The number of values in each bin; bin b holds values from b/10 LU up to (b + 1)/10 LU.
  private(set) var bins: [Int: Int64] = [:]

  private static let binsPerUnit = 10.0
  /// The largest magnitude of a bin number: 200 LU.
  static let limit = 2000

  /// The shares of the quantiles that describe a distribution.
  package static let shares = [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.995]
  /// The index of the quantile of 0.7, which stays where slopes change the range.
  package static let middle = 7
  /// The largest distance in LU of sound under the 99.5th percentile.
  private static let range = 40.0
  /// The least distance in LU of sound over pauses, in recordings with real pauses.
  private static let overPauses = 8.0

  /// The fewest windows of 3 s (one every 100 ms) whose range is used: 15 s of sound.
  package static let leastOfRange: Int64 = 120

  package init() {}

  /// The momentary blocks (400 ms) of a programme, less a loudness in LUFS.
  package init(_ statistics: LoudnessStatistics, about loudness: Double) {
    statistics.forEachBlock { add($0 - loudness, count: Int64($1)) }
  }

  /// The short-term windows (3 s) of a programme, less a loudness in LUFS; `nil` where there are none.
  package init?(shortTermsOf statistics: LoudnessStatistics, about loudness: Double) {
    statistics.forEachShortTerm { add($0 - loudness, count: Int64($1)) }
    guard !bins.isEmpty else { return nil }
  }

  /// Creates a histogram from the bins and counts of a file.
  ///
  /// - Returns: `nil` where the lengths differ, a bin stands twice or beyond ±200 LU, or a count is out of range.
  init?(bins numbers: [Int64], counts: [Int64]) {
    guard numbers.count == counts.count, counts.allSatisfy({ (1...Int64(1) << 40).contains($0) }) else {
      return nil
    }
    for (bin, count) in zip(numbers, counts) {
      let known = -Int64(Self.limit)...Int64(Self.limit)
      guard known.contains(bin), bins[Int(bin)] == nil else { return nil }
      bins[Int(bin)] = count
    }
  }

  /// The number of values.
  package var count: Int64 { bins.values.reduce(0, +) }

  /// Adds a value in LU, held within ±200 LU; values that are not finite are ignored.
  package mutating func add(_ value: Double, count: Int64 = 1) {
    guard value.isFinite else { return }
    let bin = Int(
      min(max((value * Self.binsPerUnit).rounded(.down), -Double(Self.limit)), Double(Self.limit)))
    bins[bin, default: 0] += count
  }

  /// The histogram with all values moved by some LU, rounded down to 0.1 LU.
  package func moved(by change: Double) -> MomentaryLoudness {
    var result = MomentaryLoudness()
    for (value, count) in values { result.add(value + change, count: count) }
    return result
  }

  /// The histogram of the values of both.
  package func merged(with other: MomentaryLoudness) -> MomentaryLoudness {
    var result = self
    for (bin, count) in other.bins { result.bins[bin, default: 0] += count }
    return result
  }

  /// Values in rising order, at the middles of their bins, with their counts.
  private var values: [(value: Double, count: Int64)] {
    bins.sorted { $0.key < $1.key }.map { ((Double($0.key) + 0.5) / Self.binsPerUnit, $0.value) }
  }

  /// The range in LU from the 10th to the 95th percentile of the values above the mean power less 20 LU; `nil` without
  /// values.
  ///
  /// For short-term windows this is the loudness range (EBU Tech 3342) without its absolute gate.
  package var loudnessRange: Double? {
    let all = values
    guard let level = Self.level(all) else { return nil }
    let kept = all.filter { $0.value >= level - 20 }
    guard let low = Self.quantile(kept, 0.1), let high = Self.quantile(kept, 0.95) else { return nil }
    return high - low
  }

  /// The level difference in dB between the mean powers of sound and of pauses; `nil` without values.
  ///
  /// Pauses are the values up to 3 LU above the 1st percentile.
  package var soundOverPauses: Double? {
    let all = values
    guard let sound = sound()?.level, let bottom = Self.quantile(all, 0.01) else { return nil }
    return Self.level(all.filter { $0.value <= bottom + 3 }).map { sound - $0 }
  }

  /// The distribution of the values above the pauses; `nil` without values.
  package func sound() -> Sound? {
    let all = values
    guard let top = Self.quantile(all, 0.995), let bottom = Self.quantile(all, 0.01) else { return nil }
    let pauses = Self.level(all.filter { $0.value <= bottom + 3 })
    var gate = top - Self.range
    if let pauses, top - pauses > LongTermSpectrum.realPauses { gate = max(gate, pauses + Self.overPauses) }
    let kept = all.filter { $0.value > gate }
    guard let level = Self.level(kept) else { return nil }
    let count = Double(kept.reduce(0) { $0 + $1.count })
    let mean = kept.reduce(0) { $0 + $1.value * Double($1.count) } / count
    let square = kept.reduce(0) { $0 + pow($1.value - mean, 2) * Double($1.count) }
    return Sound(
      quantiles: Self.shares.compactMap { Self.quantile(kept, $0) }, gate: gate, level: level, mean: mean,
      spread: (square / count).squareRoot(),
      range: (Self.quantile(kept, 0.95) ?? 0) - (Self.quantile(kept, 0.1) ?? 0),
      values: kept)
  }

  /// The distribution of the values above the pauses, in LU about the integrated loudness.
  package struct Sound {
    /// The quantiles at ``MomentaryLoudness/shares``.
    package var quantiles: [Double]
    /// The gate: values at or under it are pauses.
    package var gate: Double
    /// The level of its mean power.
    package var level: Double
    package var mean: Double
    package var spread: Double
    /// The range from the 10th to the 95th percentile.
    package var range: Double
    var values: [(value: Double, count: Int64)]

    /// By how many LU the level of the mean power rises when all distances to the mean value are multiplied.
    package func levelChange(spreadingBy factor: Double) -> Double {
      let spread = values.map { (value: mean + factor * ($0.value - mean), count: $0.count) }
      return (MomentaryLoudness.level(spread) ?? level) - level
    }

    /// Mean and spread of a function of the values.
    package func moments(_ function: (Double) -> Double) -> (mean: Double, spread: Double) {
      let count = Double(values.reduce(0) { $0 + $1.count })
      let mean = values.reduce(0) { $0 + function($1.value) * Double($1.count) } / count
      let square = values.reduce(0) { $0 + pow(function($1.value) - mean, 2) * Double($1.count) }
      return (mean, (square / count).squareRoot())
    }
  }

  private static func quantile(_ values: [(value: Double, count: Int64)], _ share: Double) -> Double? {
    let total = values.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    var rank = Int64((share * Double(total - 1)).rounded())
    for (value, count) in values {
      if rank < count { return value }
      rank -= count
    }
    return values.last?.value
  }

  /// The level of the mean power of some values.
  private static func level(_ values: [(value: Double, count: Int64)]) -> Double? {
    let total = values.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    return 10 * log10(values.reduce(0) { $0 + pow(10, $1.value / 10) * Double($1.count) } / Double(total))
  }
}
