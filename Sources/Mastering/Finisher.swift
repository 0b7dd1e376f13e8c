package import AudioFeatures
import Foundation
package import Restylings
import SoundFiles
package import StyleProfiles

/// The last step of a restyling: the gain to the target loudness, and true peaks under the ceiling.
///
/// With ``PeakControl/limit`` the gain before the limiter makes up for the loudness that the limiter takes away. Trial
/// readings of the rendered clip find this gain. There are two bounds: no peak is lowered by more than
/// ``largestReduction``, and the limiter takes away no more than ``largestLoss`` of loudness. Beyond them the limiter
/// would act on more than peaks; the level then stays under its target, with a warning.
package struct Finisher {
  let restyling: Restyling
  let result: RenderResult
  /// The rendered clip.
  let base: any FrameSource
  let word: OutputWord
  let team: ThreadTeam
  /// Called with the number of a trial, from 1 on, and the number of frames that it has read.
  package var progress: (Int, Int) throws -> Void = { _, _ in }

  /// The most that the limiter may lower a peak, in dB.
  package static let largestReduction = 12.0
  /// The most that the limiter may lower the integrated loudness, in LU.
  static let largestLoss = 2.0
  /// The tolerance of the loudness target in LU.
  private static let tolerance = 0.03
  /// The tolerance of ``largestLoss`` in LU, where this bound keeps the loudness from its target.
  private static let lossTolerance = 0.05
  private static let mostTrials = 6

  /// The clip as it is to be written, and its final levels.
  package struct Finished {
    /// The samples; the source must be rewound before reading.
    package var source: LeveledSource
    package var level: LevelDecision
    /// The integrated loudness in LUFS; `nil` for silence.
    package var loudness: Double?
    /// The true peak in dBTP.
    package var truePeak: Double
    /// The warnings about bounds that were reached.
    package var warnings: [RestyleWarning] = []
  }

  /// Decides the level.
  package func finish() throws -> Finished {
    let (level, warnings) = LevelDecision.decided(restyling.level, result)
    var finished = try finish(wanting: level)
    finished.warnings = warnings + finished.warnings
    return finished
  }

  private func finish(wanting level: LevelDecision) throws -> Finished {
    let isUntouched = restyling.isIdentity && level.gain == 0
    guard let ceiling = level.ceiling else { return finished(level) }
    // Unchanged samples are quantised without error, so they need no margin under the ceiling.
    let kept = PeakLimiter.Ceilings(
      truePeak: Float(pow(10, ceiling / 20)), sample: word.bits == nil ? .infinity : 1)
    guard !isUntouched || result.excess(over: kept, atGain: 0) > 0 else { return finished(level) }
    let ceilings = word.ceilings(ceiling, sampleRate: base.sampleRate)
    let excess = result.excess(over: ceilings, atGain: level.gain)
    guard excess > 0 else { return finished(level) }
    guard restyling.level.peaks == .limit else {
      var lowered = level
      lowered.ceilingReduction = excess
      lowered.gain -= excess
      return finished(lowered)
    }
    return try limited(level, under: ceilings, excess: excess)
  }

  /// Applies a level that was decided for this and other clips together; a limiter acts on the clip's own peaks.
  ///
  /// - Parameter makesUp: Whether the gain makes up for the loudness that a limiter takes away.
  package func finish(at level: LevelDecision, makingUp makesUp: Bool = false) throws -> Finished {
    if makesUp, restyling.level.peaks == .limit { return try finish(wanting: level) }
    guard let ceiling = level.ceiling, restyling.level.peaks == .limit,
      !(restyling.isIdentity && level.gain == 0)
    else { return finished(level) }
    let ceilings = word.ceilings(ceiling, sampleRate: base.sampleRate)
    guard result.excess(over: ceilings, atGain: level.gain) > 0 else { return finished(level) }
    let source = LeveledSource(base)
    source.ceilings = ceilings
    return finished(level, try trial(1, source, level.gain), source, ceilings, target: nil)
  }

  private func finished(_ level: LevelDecision) -> Finished {
    let source = LeveledSource(base)
    source.factor = Self.factor(level.gain)
    return Finished(
      source: source, level: level, loudness: result.loudness(afterGain: level.gain),
      truePeak: result.truePeak + level.gain)
  }

  private static func factor(_ gain: Double) -> Float { gain == 0 ? 1 : Float(pow(10, gain / 20)) }

  /// Creates a value of its parts.
  package init(
    restyling: Restyling, result: RenderResult, base: any FrameSource, word: OutputWord, team: ThreadTeam,
    progress: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) {
    self.restyling = restyling
    self.result = result
    self.base = base
    self.word = word
    self.team = team
    self.progress = progress
  }
}

/// The search for the gain before the limiter.
extension Finisher {
  /// The measurements of a trial reading.
  private struct Trial {
    var gain: Double
    var loudness: Double?
    var truePeak: Double
    var samplePeak: Double
    var limiting: LevelDecision.Limiting
  }

  private func limited(
    _ wanted: LevelDecision, under ceilings: PeakLimiter.Ceilings, excess: Double
  ) throws -> Finished {
    let target = result.loudness(afterGain: wanted.gain)
    let source = LeveledSource(base)
    source.ceilings = ceilings
    var curve = LossCurve(start: wanted.gain - excess)
    let bound = curve.start + Self.largestReduction
    // Bounds of the best gain so far.
    var lowest = curve.start
    var highest = bound + Self.tolerance / 2
    var best: (trial: Trial, missing: Double)?
    var gain = min(wanted.gain, bound)
    for number in 1...Self.mostTrials {
      let found = try trial(number, source, gain)
      let loss = found.limiting.loudnessLoss
      curve.add(gain: gain, loss: loss)
      let missing = target.flatMap { target in found.loudness.map { target - $0 } } ?? 0
      let isWithinBounds = loss <= Self.largestLoss
      if isWithinBounds {
        if abs(missing) < best.map({ abs($0.missing) }) ?? .infinity { best = (found, missing) }
        guard abs(missing) > Self.tolerance, Self.largestLoss - loss > Self.lossTolerance else { break }
      }
      if isWithinBounds && missing > 0 { lowest = gain } else { highest = gain }
      guard highest - lowest > Self.tolerance else { break }
      let next = min(
        bound, curve.gain(raising: missing), curve.gain(atLoss: Self.largestLoss - Self.lossTolerance / 2))
      gain = next > lowest && next < highest ? next : (lowest + highest) / 2
    }
    // At the lowest gain nothing is limited, which is always within the bounds.
    let chosen = try best?.trial ?? trial(Self.mostTrials, source, lowest)
    return finished(wanted, chosen, source, ceilings, target: target)
  }

  private func finished(
    _ wanted: LevelDecision, _ chosen: Trial, _ source: LeveledSource, _ ceilings: PeakLimiter.Ceilings,
    target: Double?
  ) -> Finished {
    // One gain removes the rest over the ceilings; true peaks follow it exactly.
    let rest = max(
      0, chosen.truePeak - 20 * log10(Double(ceilings.truePeak)),
      chosen.samplePeak - 20 * log10(Double(ceilings.sample)))
    source.factor = Self.factor(chosen.gain)
    source.trim = Self.factor(-rest)
    var level = wanted
    level.gain = chosen.gain - rest
    level.limiting = chosen.limiting
    let loudness = chosen.loudness.map { $0 - rest }
    var warnings: [RestyleWarning] = []
    if let target, let loudness, target - loudness > 0.1 {
      level.ceilingReduction = target - loudness
      warnings.append(
        .loudnessMissed(
          difference: target - loudness, largestReduction: Self.largestReduction,
          largestLoss: Self.largestLoss))
    }
    return Finished(
      source: source, level: level, loudness: loudness, truePeak: chosen.truePeak - rest, warnings: warnings)
  }

  /// Reads and measures the clip with a gain in dB before the limiter.
  private func trial(_ number: Int, _ source: LeveledSource, _ gain: Double) throws -> Trial {
    source.factor = Self.factor(gain)
    let meters = ClipMeters(source: source)
    var count = 0
    try source.forEachChunk(
      team: team,
      progress: {
        count = $0
        try progress(number, count)
      }
    ) { meters.jobs($0) }
    meters.finish()
    let found = RenderResult(meters: meters)
    let before = result.loudness(afterGain: gain)
    let after = found.loudness(afterGain: 0)
    let limiter = source.limiter
    return Trial(
      gain: gain, loudness: after, truePeak: found.truePeak, samplePeak: found.samplePeak,
      limiting: LevelDecision.Limiting(
        share: Double(limiter?.limitedCount ?? 0) / Double(max(count, 1)),
        largestReduction: -20 * log10(Double(limiter?.lowestGain ?? 1)),
        loudnessLoss: before.flatMap { before in after.map { before - $0 } } ?? 0))
  }
}

/// A model of the loudness in LU that a limiter takes away, as a function of the gain before it.
///
///     loss(d) = L · (d/D)ᵖ
///
/// d: gain in dB above the gain at which nothing is limited; (D, L): last measurement; p: exponent through the last two
/// measurements. With one measurement p is 2: music and speech have 1.7 to 2.3.
struct LossCurve {
  /// The gain in dB at which nothing is limited.
  let start: Double
  private var last = (distance: 1.0, loss: 0.0)
  private var exponent = 2.0

  init(start: Double) {
    self.start = start
  }

  /// Takes in a measurement: the loss in LU at a gain in dB.
  mutating func add(gain: Double, loss: Double) {
    let next = (distance: max(gain - start, 1e-3), loss: max(loss, 1e-6))
    let (steps, growth) = (log(next.distance / last.distance), log(next.loss / last.loss))
    // Two measurements that are too close together give no exponent.
    if last.loss > 0, abs(steps) > 0.02 { exponent = min(max(growth / steps, 1), 4) }
    last = next
  }

  /// The gain in dB at a loss in LU.
  func gain(atLoss loss: Double) -> Double {
    start + last.distance * pow(loss / last.loss, 1 / exponent)
  }

  /// The gain in dB at which the loudness is higher than at the last measurement by a number of LU.
  func gain(raising loudness: Double) -> Double {
    var distance = last.distance
    for _ in 0..<8 {
      let loss = last.loss * pow(max(distance, 0) / last.distance, exponent)
      let slope = exponent * loss / max(distance, 1e-3)
      let missing = loudness - (distance - last.distance) + (loss - last.loss)
      // The slope of the loss is held under 0.8, which bounds the steps.
      distance = max(0, distance + missing / (1 - min(slope, 0.8)))
    }
    return start + distance
  }
}

/// The number format in which a result is stored, as far as it matters for peaks.
package struct OutputWord: Hashable, Sendable {
  /// The word length of integers in bits; `nil` for floats and lossy codecs.
  var bits: Int?
  /// Whether the integers are dithered.
  var isDithered = false

  /// Floats, which hold samples as they are.
  package static let float = OutputWord(bits: nil)

  /// The ceilings before quantising, such that afterwards the true peak is at most `ceiling` dBTP and no sample is
  /// clipped.
  ///
  /// Rounding moves a sample by at most half a unit, and dither by another whole one. Both move the true peak by at
  /// most `gainBound` times as much. The ceiling of the true peak is never lowered to less than half, however coarse
  /// the units are.
  func ceilings(_ ceiling: Double, gainBound: Double) -> PeakLimiter.Ceilings {
    let level = pow(10, ceiling / 20)
    guard let bits else { return PeakLimiter.Ceilings(truePeak: Float(level)) }
    let unit = pow(2, 1 - Double(bits))
    let error = (isDithered ? 1.5 : 0.5) * unit
    return PeakLimiter.Ceilings(
      truePeak: Float(max(level - error * gainBound, level / 2)), sample: Float(1 - unit - error))
  }

  /// The ceilings for a sample rate in Hz.
  package func ceilings(_ ceiling: Double, sampleRate: Double) -> PeakLimiter.Ceilings {
    ceilings(ceiling, gainBound: TruePeakMeter(sampleRate: sampleRate, channelCount: 0).gainBound)
  }

  /// Creates a value of its parts.
  package init(bits: Int? = nil, isDithered: Bool = false) {
    self.bits = bits
    self.isDithered = isDithered
  }
}
