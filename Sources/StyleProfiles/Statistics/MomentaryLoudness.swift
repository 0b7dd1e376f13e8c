package import AudioFeatures
import Foundation

/// How the momentary loudness of a recording (400 ms, ITU-R BS.1770-4) is distributed about its integrated loudness.
///
/// Counts of values in bins of 0.1 LU: they merge exactly and in any order.
package struct MomentaryLoudness: Hashable, Sendable {
  /// The number of values in each bin; bin b holds values from b/10 LU up to (b + 1)/10 LU.
  private(set) var bins: [Int: Int64] = [:]

  private static let binsPerUnit = 10.0
  /// The farthest bins: ±200 LU.
  static let limit = 2000

  /// Shares of the values below the quantiles of a curve; they stand closest at the top.
  package static let shares = [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.995]
  /// How far in LU sound lies under the loudest 0.5 % at most.
  private static let range = 40.0
  /// How far in LU sound lies over pauses at least, where there are pauses.
  private static let overPauses = 8.0

  /// From how many windows of 3 s on, one every 100 ms, their range says something: 15 s.
  package static let leastOfRange: Int64 = 120

  package init() {}

  /// The blocks of a programme about a loudness in LUFS.
  package init(_ statistics: LoudnessStatistics, about loudness: Double) {
    statistics.forEachBlock { add($0 - loudness, count: Int64($1)) }
  }

  /// The short-term windows (3 s) of a programme about a loudness in LUFS; `nil` where there are none.
  package init?(shortTermsOf statistics: LoudnessStatistics, about loudness: Double) {
    statistics.forEachShortTerm { add($0 - loudness, count: Int64($1)) }
    guard !bins.isEmpty else { return nil }
  }

  /// Takes counts as they stand in a file.
  ///
  /// - Returns: `nil` for numbers that no values have.
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

  /// Adds a value in LU.
  package mutating func add(_ value: Double, count: Int64 = 1) {
    guard value.isFinite else { return }
    let bin = Int(
      min(max((value * Self.binsPerUnit).rounded(.down), -Double(Self.limit)), Double(Self.limit)))
    bins[bin, default: 0] += count
  }

  /// The values moved by some LU, to a tenth.
  package func moved(by change: Double) -> MomentaryLoudness {
    var result = MomentaryLoudness()
    for (value, count) in values { result.add(value + change, count: count) }
    return result
  }

  /// The values of both.
  package func merged(with other: MomentaryLoudness) -> MomentaryLoudness {
    var result = self
    for (bin, count) in other.bins { result.bins[bin, default: 0] += count }
    return result
  }

  /// Values in rising order, at the middles of their bins, with their counts.
  private var values: [(value: Double, count: Int64)] {
    bins.sorted { $0.key < $1.key }.map { ((Double($0.key) + 0.5) / Self.binsPerUnit, $0.value) }
  }

  /// From the 10th to the 95th percentile of what lies within 20 LU of the mean power, in LU; `nil` without values.
  ///
  /// Of short-term windows that is the loudness range (EBU Tech 3342), but for the absolute gate.
  package var loudnessRange: Double? {
    let all = values
    guard let level = Self.level(all) else { return nil }
    let kept = all.filter { $0.value >= level - 20 }
    guard let low = Self.quantile(kept, 0.1), let high = Self.quantile(kept, 0.95) else { return nil }
    return high - low
  }

  /// By how many dB the mean power of sound lies over that of pauses, which are what lies within 3 LU of the first
  /// percentile; `nil` without values.
  package var soundOverPauses: Double? {
    let all = values
    guard let sound = sound()?.level, let bottom = Self.quantile(all, 0.01) else { return nil }
    return Self.level(all.filter { $0.value <= bottom + 3 }).map { sound - $0 }
  }

  /// What lies above the pauses; `nil` without values.
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

  /// The distribution of what lies above the pauses, in LU.
  package struct Sound {
    /// Its quantiles at ``MomentaryLoudness/shares``.
    package var quantiles: [Double]
    /// What lies under it is a pause.
    package var gate: Double
    /// The level of its mean power.
    package var level: Double
    package var mean: Double
    package var spread: Double
    /// From the 10th to the 95th percentile.
    package var range: Double
    var values: [(value: Double, count: Int64)]

    /// By how many LU the level of the mean power rises where values go `factor` times as far from their mean.
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
