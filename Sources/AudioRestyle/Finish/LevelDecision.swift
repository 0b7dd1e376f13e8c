import Foundation

/// The last gain of a clip, what decided it, and what the limiter did.
public struct LevelDecision: Hashable, Codable, Sendable {
  /// The gain in dB that is applied to the rendered clip; exactly 0 where nothing is to be done.
  public var gain = 0.0
  /// The loudness in LUFS that was aimed at; `nil` where there was no aim.
  public var targetLoudness: Double?
  /// By how many dB the gain of the whole clip was lowered so that true peaks stay under the ceiling.
  public var ceilingReduction = 0.0
  /// The ceiling in dBTP; `nil` where there is none.
  public var ceiling: Double?
  /// What the limiter did; `nil` where it had nothing to do.
  public var limiting: Limiting?

  /// The default ceiling in dBTP; a louder content keeps its own peak.
  public static let defaultCeiling = -1.0

  /// Gains nearer to 0 dB than this are left away: they are below what meters resolve.
  static let smallestGain = 0.005

  /// Decides the gain that the loudness asks for, before any ceiling.
  ///
  /// - Parameters:
  ///   - aim: Where the level is to go.
  ///   - result: What was measured on the rendered clip.
  /// - Returns: The decision, and bounds that were met.
  static func decided(
    _ aim: LevelAim, _ result: RenderResult
  ) -> (level: LevelDecision, warnings: [RestyleWarning]) {
    var level = LevelDecision()
    var warnings: [RestyleWarning] = []
    level.gain = aim.gain
    level.targetLoudness = aim.loudness
    if let target = aim.loudness, let found = result.gain(toLoudness: target) { level.gain = found }
    if let target = aim.rms, let found = result.power.level {
      level.gain = target - found
      level.targetLoudness = result.loudness(afterGain: level.gain)
    }
    let limit = RestyleOptions.broadbandLimit
    if abs(level.gain) > limit {
      warnings.append(.levelLimited(gain: level.gain, limit: limit))
      level.gain = min(max(level.gain, -limit), limit)
    }
    if abs(level.gain) < smallestGain { level.gain = 0 }
    level.ceiling = aim.ceiling
    return (level, warnings)
  }

  /// Leaves the level as it is.
  init() {}

  /// What a limiter did to a clip.
  public struct Limiting: Hashable, Codable, Sendable {
    /// The share of the clip's time in which the gain was lowered by 0.1 dB or more, 0 to 1.
    public var share: Double
    /// The largest reduction in dB.
    public var largestReduction: Double
    /// By how many LU the limiter lowered the integrated loudness; 0 where it cannot be measured.
    ///
    /// The gain before it makes up for that where the bounds allow it.
    public var loudnessLoss: Double
  }
}
