import AudioFeatures
import SoundFiles

/// The tone of a plan as one filter for all channels, as equalisers are: with the least delay that its gains can have.
///
/// Frames then have only what their gains differ by from ``RestylePlan/commonGains``. The output stays behind the input by up to a block
/// of the convolver until ``finish()``; it does not depend on how the input is cut.
struct ToneFilter {
  private var channels: [Convolver]

  /// How long the filter's response is: the next power of two samples.
  private static let duration = 0.08
  private static let longest = 1 << 16

  /// Creates the filter of a plan; `nil` where all gains are left to frames.
  init?(_ plan: RestylePlan, channelCount: Int, sampleRate: Double) {
    guard let gains = plan.commonGains else { return nil }
    var count = 256
    while count < min(Self.longest, Int(Self.duration * sampleRate)) { count *= 2 }
    let curve = GainCurve(layout: plan.content.layout, gains: gains)
    let response = MinimumPhaseResponse(count: count) { curve[$0 * sampleRate] }
    channels = Array(repeating: Convolver(taps: response.taps), count: channelCount)
  }

  /// Takes samples in, and gives back those that are done.
  mutating func process(_ buffer: FrameBuffer) -> FrameBuffer {
    collect(capacity: buffer.frameCount + channels[0].blockLength) { convolver, channel, body in
      buffer.withChannel(channel) { convolver.process($0, into: body) }
    }
  }

  /// Gives back the samples that are still held.
  mutating func finish() -> FrameBuffer {
    collect(capacity: channels[0].blockLength) { convolver, _, body in convolver.finish(into: body) }
  }

  private mutating func collect(
    capacity: Int, _ work: (inout Convolver, Int, (Span<Float>) -> Void) -> Void
  ) -> FrameBuffer {
    var result = FrameBuffer(channelCount: channels.count, capacity: capacity)
    for channel in channels.indices {
      var count = 0
      work(&channels[channel], channel) { samples in
        result.withMutableChannel(channel) { target in
          unsafe samples.withUnsafeBufferPointer { samples in
            unsafe target.withUnsafeMutableBufferPointer { target in
              _ = unsafe target[count..<count + samples.count].update(fromContentsOf: samples)
            }
          }
        }
        count += samples.count
      }
      result.frameCount = count
    }
    return result
  }
}

extension RestylePlan {
  /// The gains in dB that all channels of the clip have in common throughout: the mean over the views that change, of their means over
  /// the active frames; `nil` where frames have all gains: for linear phase, and for levels from outside, which are reached frame by
  /// frame.
  var commonGains: [Float]? {
    let changed = views.filter { !$0.isIdentity }
    guard options.phase == .minimum, !changed.isEmpty, changed.allSatisfy({ $0.levels == nil }) else {
      return nil
    }
    let limits = options.lowestGain...options.highestGain
    return content.layout.frequencies.indices.map { channel in
      let sum = changed.reduce(0.0) { sum, view in
        let mean = view.requested(strength: options.strength).mean[channel]
        return sum + limits.nearest(to: mean - view.contentMean[channel])
      }
      return Float(sum / Double(changed.count))
    }
  }
}
