import AudioFeatures
import Foundation
import SoundFiles

/// The tone of a plan as one filter for all channels, as equalisers are: with the least delay that its gains can have.
///
/// Frames then have only what their gains differ by from ``RestylePlan/commonGains``. The output stays behind the input by up to
/// three times the response until ``finish()``; it does not depend on how the input is cut.
struct ToneFilter {
  private let channelCount: Int
  private var convolver: Convolver

  /// How long the response is at least, in seconds; it has a power of two samples, within ``lengths``.
  static let duration = 0.08
  private static let lengths = 256...1 << 17
  /// Above this rate in Hz a response within ``lengths`` would be shorter.
  static let highestRate = Double(lengths.upperBound) / duration

  /// Creates the filter of a plan; `nil` where all gains are left to frames.
  init?(_ plan: RestylePlan, channelCount: Int, sampleRate: Double) {
    guard let gains = plan.commonGains, case .bands(let layout) = plan.content.layout else { return nil }
    var count = Self.lengths.lowerBound
    while count < Self.lengths.upperBound && Double(count) < Self.duration * sampleRate { count *= 2 }
    let curve = GainCurve.shared(layout: layout, sampleRate: sampleRate, count: count + 1)
    let response = MinimumPhaseResponse(decibels: curve.decibels(gains))
    self.channelCount = channelCount
    convolver = Convolver(taps: response.taps, channelCount: channelCount)
  }

  /// Takes samples in, and gives back those that are done.
  mutating func process(_ buffer: FrameBuffer) -> FrameBuffer {
    collect(convolver.outputCount(of: buffer.frameCount)) { convolver, channel, body in
      buffer.withChannel(channel) { convolver.process($0, channel: channel, into: body) }
    }
  }

  /// Gives back the samples that are still held.
  mutating func finish() -> FrameBuffer {
    collect(convolver.heldCount()) { convolver, channel, body in
      convolver.finish(channel: channel, into: body)
    }
  }

  private mutating func collect(
    _ frameCount: Int, _ work: (inout Convolver, Int, (Span<Float>) -> Void) -> Void
  ) -> FrameBuffer {
    var result = FrameBuffer(channelCount: channelCount, capacity: frameCount)
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

extension RestylePlan {
  /// The gains in dB that all channels of the clip have in common throughout: of each band the mean over the views by their power there,
  /// of what their gains are in the mean over the active frames.
  ///
  /// It is `nil` where frames have all gains: for linear phase, for features that are no bands, for levels from outside, which
  /// are reached frame by frame, where a view with sound stays as it is, and at sample rates beyond all that sound needs.
  var commonGains: [Float]? {
    guard options.phase == .minimum, options.features == .bands,
      2 * content.nyquist <= ToneFilter.highestRate
    else { return nil }
    let sounding = views.filter { !$0.isSilent }
    guard !sounding.isEmpty, sounding.allSatisfy({ !$0.isIdentity && $0.levels == nil }) else { return nil }
    let limits = options.lowestGain...options.highestGain
    var sums = [Double](repeating: 0, count: content.layout.channelCount)
    var powers = sums
    for view in sounding {
      let mean = view.requested(strength: options.strength).mean
      for channel in sums.indices {
        // A level of -200 dB is nothing, and still a number to divide by.
        let power = pow(10, max(-200, view.contentMean[channel]) / 10)
        sums[channel] += power * limits.nearest(to: mean[channel] - view.contentMean[channel])
        powers[channel] += power
      }
    }
    return zip(sums, powers).map { Float($0 / $1) }
  }
}
