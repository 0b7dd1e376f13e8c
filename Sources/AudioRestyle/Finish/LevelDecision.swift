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
  ///   - plan: The plan, with the loudness of content and styles.
  ///   - result: What was measured on the rendered clip.
  ///   - warnings: Takes sentences on bounds that were met.
  init(plan: RestylePlan, result: RenderResult, warnings: inout [String]) {
    let options = plan.options
    switch options.loudness {
    case .off:
      gain = options.features == .waveform ? 0 : options.strength * plan.broadbandGain
    case .keep:
      targetLoudness = plan.content.loudness
    case .lufs(let value):
      targetLoudness = value
    case .style:
      // What has no active sound is not lifted to where it would be heard.
      if plan.content.hasActiveSound, let content = plan.content.loudness, let style = plan.styleLoudness {
        targetLoudness = content + options.strength * (style - content)
      }
    }
    if let targetLoudness, let found = result.gain(toLoudness: targetLoudness) { gain = found }
    let limit = RestyleOptions.broadbandLimit
    if abs(gain) > limit {
      warnings.append(
        "the level would change by \(Self.text(gain)) dB; it is limited to ±\(Int(limit)) dB")
      gain = min(max(gain, -limit), limit)
    }
    if abs(gain) < Self.smallestGain { gain = 0 }
    ceiling = Self.ceiling(of: plan)
  }

  /// The ceiling in dBTP that a plan asks for; `nil` where there is none.
  static func ceiling(of plan: RestylePlan) -> Double? {
    switch plan.options.ceiling {
    case .off: nil
    case .automatic: max(defaultCeiling, plan.content.truePeak)
    case .decibelsTruePeak(let value): value
    }
  }

  /// Leaves the level as it is.
  init() {}

  private static func text(_ value: Double) -> String {
    String(format: "%+.1f", value)
  }

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
