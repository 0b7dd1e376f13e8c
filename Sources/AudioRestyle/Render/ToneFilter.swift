import AudioFeatures
import Foundation
import SoundFiles

/// The tone of a restyling as one minimum-phase filter for all channels, as equalisers are.
///
/// Frames then have only what their gains differ by from ``Restyling/filterTone(sampleRate:)``. The output stays behind the input by up to
/// three times the response until ``finish()``; it does not depend on how the input is cut. The end is no louder than the input's
/// (``EndFade``).
struct ToneFilter: Sendable {
  private let channelCount: Int
  private var convolver: Convolver
  private var end: EndFade

  /// How long the response is at least, in seconds; it has a power of two samples, within ``lengths``.
  static let duration = 0.08
  private static let lengths = 256...1 << 17
  /// Above this rate in Hz a response within ``lengths`` would be shorter.
  static let highestRate = Double(lengths.upperBound) / duration

  /// Creates the filter of a restyling; `nil` where all gains are left to frames.
  ///
  /// - Parameters:
  ///   - restyling: What has the tone.
  ///   - channelCount: The number of channels.
  ///   - leadCount: How many of them, from the first on, decide on the end of all; `nil` for all.
  ///   - sampleRate: The sample rate in hertz.
  init?(_ restyling: Restyling, channelCount: Int, leadCount: Int? = nil, sampleRate: Double) {
    guard let gains = restyling.filterTone(sampleRate: sampleRate) else { return nil }
    let curve = ToneCurve(layout: restyling.layout, gains: gains, equaliser: restyling.filterEqualiser)
    let response = MinimumPhaseResponse(
      decibels: curve.decibels(halfCount: Self.tapCount(sampleRate: sampleRate), sampleRate: sampleRate))
    self.channelCount = channelCount
    convolver = Convolver(taps: response.taps, channelCount: channelCount)
    end = EndFade(channelCount: channelCount, leadCount: leadCount, sampleRate: sampleRate)
  }

  /// The number K of samples of the response at a sample rate.
  static func tapCount(sampleRate: Double) -> Int {
    var count = lengths.lowerBound
    while count < lengths.upperBound && Double(count) < duration * sampleRate { count *= 2 }
    return count
  }

  /// Takes samples in, and gives back those that are done.
  mutating func process(_ buffer: FrameBuffer) -> FrameBuffer {
    end.observe(buffer)
    let done = collect(convolver.outputCount(of: buffer.frameCount)) { convolver, channel, body in
      buffer.withChannel(channel) { convolver.process($0, channel: channel, into: body) }
    }
    return end.process(done)
  }

  /// Gives back the samples that are still held.
  mutating func finish() -> FrameBuffer {
    let rest = collect(convolver.heldCount()) { convolver, channel, body in
      convolver.finish(channel: channel, into: body)
    }
    return joined(end.process(rest), end.finish())
  }

  private func joined(_ first: FrameBuffer, _ second: FrameBuffer) -> FrameBuffer {
    FrameBuffer(channels: (0..<channelCount).map { first.channel($0) + second.channel($0) })
  }

  private mutating func collect(
    _ frameCount: Int, _ work: (inout Convolver, Int, (Span<Float>) -> Void) -> Void
  ) -> FrameBuffer {
    var result = unsafe FrameBuffer(unfilledChannels: channelCount, capacity: frameCount)
    result.frameCount = frameCount
    for channel in 0..<channelCount {
      var count = 0
      work(&convolver, channel) { samples in
        result.withMutableChannel(channel) { target in
          unsafe samples.withUnsafeBufferPointer { samples in
            unsafe target.withUnsafeMutableBufferPointer { target in
              _ = unsafe target[count..<count + samples.count].update(fromContentsOf: samples)
            }
          }
        }
        count += samples.count
      }
      precondition(count == frameCount, "channels give out alike")
    }
    return result
  }
}
