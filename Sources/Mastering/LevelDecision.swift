import Foundation
package import Restylings
package import SoundFiles
package import StyleProfiles

/// The last gain of a clip, the reasons for it, and the work of the limiter.
public struct LevelDecision: Hashable, Codable, Sendable {
  /// The gain in dB that is applied to the rendered clip; exactly 0 where it needs none.
  public var gain = 0.0
  /// The loudness target in LUFS; `nil` where there was none.
  public var targetLoudness: Double?
  /// By how many dB the whole clip is under its target level, so that true peaks stay under the ceiling.
  public var ceilingReduction = 0.0
  /// The ceiling in dBTP; `nil` where there is none.
  public var ceiling: Double?
  /// The work of the limiter; `nil` where no peak passed the ceiling.
  public var limiting: Limiting?

  /// Gains in dB nearer to 0 dB than this count as 0 dB; meters do not resolve them.
  package static let smallestGain = 0.005

  /// Decides the gain to the target level, before any ceiling.
  ///
  /// - Parameters:
  ///   - aim: The target level.
  ///   - result: The measurements of the rendered clip.
  /// - Returns: The decision, and the warnings about bounds that were reached.
  package static func decided(
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
    let limit = LevelAim.largestGain
    if abs(level.gain) > limit {
      warnings.append(.levelLimited(gain: level.gain, limit: limit))
      level.gain = min(max(level.gain, -limit), limit)
    }
    if abs(level.gain) < smallestGain { level.gain = 0 }
    level.ceiling = aim.ceiling
    return (level, warnings)
  }

  /// Creates a decision that leaves the level as it is.
  package init() {}

  /// The work of a limiter on a clip.
  public struct Limiting: Hashable, Codable, Sendable {
    /// The share of the clip's time in which the gain was lowered by 0.1 dB or more, 0 to 1.
    public var share: Double
    /// The largest reduction in dB.
    public var largestReduction: Double
    /// By how many LU the limiter lowered the integrated loudness; 0 where it cannot be measured.
    ///
    /// The gain before the limiter makes up for this loss within the bounds of the finisher.
    public var loudnessLoss: Double
  }
}

/// A rendered clip with its last gain, the limiter, and a trim behind it.
package final class LeveledSource: ForwardingSource {
  /// The factor of all samples before the limiter.
  package var factor: Float = 1
  /// The ceilings of the limiter; `nil` for no limiter.
  package var ceilings: PeakLimiter.Ceilings?
  /// The factor of all samples behind the limiter.
  package var trim: Float = 1

  /// Whether samples differ from those of the rendered clip.
  package var isChanging: Bool { factor != 1 || trim != 1 || ceilings != nil }

  /// The limiter since the last rewind.
  private(set) var limiter: PeakLimiter?
  private var chunk: FrameBuffer

  package override init(_ base: any FrameSource) {
    chunk = FrameBuffer(channelCount: base.channelCount, capacity: ProfileLearner.chunkLength)
    super.init(base)
  }

  package override func rewind() throws {
    try super.rewind()
    limiter = ceilings.map {
      PeakLimiter(sampleRate: sampleRate, channelCount: channelCount, ceilings: $0)
    }
  }

  package override func read(into buffer: inout FrameBuffer) throws -> Int {
    guard limiter != nil else {
      let count = try super.read(into: &buffer)
      buffer.scale(by: factor)
      buffer.scale(by: trim)
      return count
    }
    while limiter?.take(into: &buffer) == 0 {
      if try super.read(into: &chunk) > 0 {
        chunk.scale(by: factor)
        limiter?.append(chunk)
      } else {
        limiter?.finish()
        _ = limiter?.take(into: &buffer)
        break
      }
    }
    buffer.scale(by: trim)
    return buffer.frameCount
  }
}

extension FrameBuffer {
  /// Multiplies all valid frames by a factor; 1 leaves their bits alone.
  package mutating func scale(by factor: Float) {
    guard factor != 1 else { return }
    let count = frameCount
    for channel in 0..<channelCount {
      withMutableChannel(channel) { samples in
        for i in 0..<count { samples[i] *= factor }
      }
    }
  }
}
