import Foundation

/// The block powers and the energy of one clip, or of several clips as one programme, from which loudness follows.
///
/// Merging adds the gating blocks of the clips (ITU-R BS.1770-4 then gates them all together) and their energies. A
/// clip without a whole block of 400 ms counts as one block of its mean power, so that short clips count among long
/// ones. There are no blocks across the borders between clips.
public struct LoudnessStatistics: Sendable {
  private var blocks: LoudnessHistogram
  private var hasBlocks: Bool
  private var shortTerms: LoudnessHistogram
  /// The mean K-weighted power.
  private var power: Double
  /// The duration in seconds.
  private var duration: Double

  /// Creates statistics from a meter's measurements.
  public init(_ meter: LoudnessMeter) {
    blocks = meter.steps.blocks
    shortTerms = meter.steps.shortTerms
    hasBlocks = meter.steps.count >= LoudnessSteps.momentarySteps
    duration = Double(meter.frameCount) / meter.sampleRate
    power = meter.kWeightedPower
  }

  /// Adds the blocks and the energy of another clip.
  public mutating func merge(_ other: LoudnessStatistics) {
    addBlockIfShort()
    var other = other
    other.addBlockIfShort()
    blocks.merge(other.blocks)
    shortTerms.merge(other.shortTerms)
    let total = duration + other.duration
    if total > 0 { power = (power * duration + other.power * other.duration) / total }
    duration = total
  }

  /// The same clip after a gain in dB.
  public func moved(by gain: Double) -> LoudnessStatistics {
    let factor = pow(10, gain / 10)
    var result = self
    result.blocks = blocks.scaled(by: factor)
    result.shortTerms = shortTerms.scaled(by: factor)
    result.power = power * factor
    return result
  }

  /// Integrated loudness in LUFS; nil where no block passes the gates.
  public var integratedLoudness: Double? { integratedLoudness(afterGain: 0) }

  /// The integrated loudness in LUFS after a gain in dB (``LoudnessMeter/integratedLoudness(afterGain:)``).
  public func integratedLoudness(afterGain gain: Double) -> Double? {
    blocks.gatedPower(relativeGate: -10, absoluteGate: LoudnessHistogram.absoluteGate - gain).map {
      KWeighting.loudness(power: $0) + gain
    }
  }

  /// The loudness in LUFS of the mean power, without gates; nil for no frames and for digital silence.
  public var ungatedLoudness: Double? {
    power > 0 ? KWeighting.loudness(power: power) : nil
  }

  /// Calls a closure with momentary loudnesses in LUFS, in rising order, and the number of blocks of 400 ms that have
  /// each.
  ///
  /// A clip without a whole block has one block, of its mean power.
  public func forEachBlock(_ body: (_ loudness: Double, _ count: Int) -> Void) {
    var whole = self
    whole.addBlockIfShort()
    whole.blocks.forEach(body)
  }

  /// Calls a closure with short-term loudnesses in LUFS, in rising order, and the number of windows of 3 s that have
  /// each.
  public func forEachShortTerm(_ body: (_ loudness: Double, _ count: Int) -> Void) {
    shortTerms.forEach(body)
  }

  private mutating func addBlockIfShort() {
    guard !hasBlocks, duration > 0 else { return }
    blocks.add(power: power)
    hasBlocks = true
  }
}

/// A histogram of block powers with bins 0.01 LU wide from −130 to +60 LUFS.
///
/// Each bin holds the number of its blocks and the exact sum of their powers, so memory does not grow with the number
/// of blocks. Blocks at or under −130 LUFS are left out; the range under −70 LUFS lets the absolute gate be applied as
/// after a gain of up to 60 dB. Blocks above +60 LUFS share the last bin. Means over all blocks are exact to rounding.
/// Where a gate falls into a bin, the whole bin passes or not, by its mean. So every block is judged by a gate that
/// lies less than 0.01 LU from the true one.
struct LoudnessHistogram: Sendable {
  static let lowestLoudness = -130.0
  static let absoluteGate = -70.0
  static let highestLoudness = 60.0
  static let binsPerUnit = 100.0

  private struct Bin {
    var count = 0
    var power = 0.0

    var mean: Double { power / Double(count) }
  }

  /// The bins from the lowest to the highest loudness so far, and some on both sides; none until the first block.
  private var bins: ContiguousArray<Bin> = []
  /// The number of the first bin of `bins`.
  private var first = 0
  private static let binCount = Int((highestLoudness - lowestLoudness) * binsPerUnit)
  /// The number of bins that are added beyond the needed ones.
  private static let margin = 256

  /// Adds blocks of a power (weighted mean square); a power that is not a number counts as silence.
  mutating func add(power: Double, count: Int = 1) {
    guard power > 0 else { return }
    let loudness = KWeighting.loudness(power: power)
    guard loudness > Self.lowestLoudness else { return }
    let position = min((loudness - Self.lowestLoudness) * Self.binsPerUnit, Double(Self.binCount - 1))
    makeRoom(for: Int(position)...Int(position))
    bins[Int(position) - first].count += count
    bins[Int(position) - first].power += Double(count) * power
  }

  /// Adds missing bins for a range of bin numbers.
  private mutating func makeRoom(for range: ClosedRange<Int>) {
    if bins.isEmpty { first = range.lowerBound }
    if range.lowerBound < first {
      let added = min(first, first - range.lowerBound + Self.margin)
      bins.insert(contentsOf: repeatElement(Bin(), count: added), at: 0)
      first -= added
    }
    let missing = range.upperBound - (first + bins.count) + 1
    guard missing > 0 else { return }
    bins.append(contentsOf: repeatElement(Bin(), count: missing + Self.margin))
  }

  /// The blocks with their powers times a factor.
  func scaled(by factor: Double) -> LoudnessHistogram {
    var result = LoudnessHistogram()
    for bin in bins where bin.count > 0 { result.add(power: bin.mean * factor, count: bin.count) }
    return result
  }

  /// Adds the blocks of another histogram.
  mutating func merge(_ other: LoudnessHistogram) {
    guard !bins.isEmpty else {
      self = other
      return
    }
    guard !other.bins.isEmpty else { return }
    makeRoom(for: other.first...other.first + other.bins.count - 1)
    for index in other.bins.indices where other.bins[index].count > 0 {
      bins[other.first + index - first].count += other.bins[index].count
      bins[other.first + index - first].power += other.bins[index].power
    }
  }

  /// The mean power of the blocks that pass both gates; nil where there are none.
  ///
  /// - Parameters:
  ///   - relativeGate: The distance in LU, negative for a lower gate, from the mean of the blocks above the absolute
  ///     gate.
  ///   - absoluteGate: The absolute gate in LUFS; −70 − g gates the blocks as a gain of g dB would leave them.
  func gatedPower(relativeGate: Double, absoluteGate: Double = Self.absoluteGate) -> Double? {
    let candidates = bins(above: absoluteGate)
    guard !candidates.isEmpty else { return nil }
    let gate = Self.mean(candidates) * pow(10, relativeGate / 10)
    let passed = candidates.filter { $0.mean > gate }
    return passed.isEmpty ? nil : Self.mean(passed)
  }

  /// The loudness in LUFS at each of several fractions of the sorted blocks that pass the relative gate,
  /// to 0.01 LU; nil where there are no blocks.
  func gatedLoudness(atFractions fractions: [Double], relativeGate: Double) -> [Double]? {
    let candidates = bins(above: Self.absoluteGate)
    guard !candidates.isEmpty else { return nil }
    let gate = Self.mean(candidates) * pow(10, relativeGate / 10)
    let passed = candidates.filter { $0.mean > gate }
    let count = passed.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    return fractions.map { fraction in
      var rank = Int((Double(count - 1) * fraction).rounded())
      for bin in passed {
        if rank < bin.count { return KWeighting.loudness(power: bin.mean) }
        rank -= bin.count
      }
      preconditionFailure("the fraction \(fraction) is outside 0...1")
    }
  }

  /// Calls a closure with the loudness in LUFS and the number of blocks of each bin that has some, in rising order.
  func forEach(_ body: (Double, Int) -> Void) {
    for bin in bins where bin.count > 0 { body(KWeighting.loudness(power: bin.mean), bin.count) }
  }

  /// The bins that hold blocks above a gate in LUFS.
  private func bins(above gate: Double) -> [Bin] {
    let position = (gate - Self.lowestLoudness) * Self.binsPerUnit
    // Gates beyond all bins, even infinite ones, are held at the ends.
    let lowest = Int(min(max(position, 0), Double(Self.binCount)).rounded()) - first
    return bins.dropFirst(max(0, min(lowest, bins.count))).filter { $0.count > 0 }
  }

  private static func mean(_ bins: [Bin]) -> Double {
    let count = bins.reduce(0) { $0 + $1.count }
    return bins.reduce(0) { $0 + $1.power } / Double(count)
  }
}
