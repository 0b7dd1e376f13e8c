import Foundation

/// The block powers and the energy of one clip, or of several as one programme: what loudness follows from.
///
/// Pooling adds the gating blocks of the clips (ITU-R BS.1770-4 then gates them all together) and their energies. A clip
/// without a whole block of 400 ms counts as one block of its mean power, so that short clips have their say among
/// long ones. Blocks across the borders between clips do not exist.
public struct LoudnessStatistics: Sendable {
  private var blocks: LoudnessHistogram
  private var hasBlocks: Bool
  private var shortTerms: LoudnessHistogram
  /// The mean K-weighted power.
  private var power: Double
  /// The duration in seconds.
  private var duration: Double

  /// What a meter has found.
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

  /// Calls a closure with momentary loudnesses in LUFS and how many blocks of 400 ms have them, in rising order.
  ///
  /// A clip without a whole block has one: that of its mean power.
  public func forEachBlock(_ body: (_ loudness: Double, _ count: Int) -> Void) {
    var whole = self
    whole.addBlockIfShort()
    whole.blocks.forEach(body)
  }

  /// Calls a closure with short-term loudnesses in LUFS and how many windows of 3 s have them, in rising order.
  public func forEachShortTerm(_ body: (_ loudness: Double, _ count: Int) -> Void) {
    shortTerms.forEach(body)
  }

  private mutating func addBlockIfShort() {
    guard !hasBlocks, duration > 0 else { return }
    blocks.add(power: power)
    hasBlocks = true
  }
}
