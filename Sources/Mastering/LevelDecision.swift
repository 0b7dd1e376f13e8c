import Foundation
package import Restylings
package import SoundFiles
package import StyleProfiles

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

  /// Gains nearer to 0 dB than this are left away: they are below what meters resolve.
  package static let smallestGain = 0.005

  /// Decides the gain that the loudness asks for, before any ceiling.
  ///
  /// - Parameters:
  ///   - aim: Where the level is to go.
  ///   - result: What was measured on the rendered clip.
  /// - Returns: The decision, and bounds that were met.
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

  /// Leaves the level as it is.
  package init() {}

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

/// A rendered clip with its last gain, limited where asked for, and then trimmed.
package final class LeveledSource: ForwardingSource {
  /// The factor of all samples before the limiter.
  package var factor: Float = 1
  /// What the limiter holds; nil passes peaks as they are.
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
