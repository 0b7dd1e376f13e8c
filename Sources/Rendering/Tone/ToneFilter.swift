import StyleProfiles
import AudioFeatures
import Foundation
import Restylings
import SoundFiles

/// A minimum-phase filter for all channels that applies the tone of a restyling.
///
/// Frames then apply only the difference of their gains to ``Restyling/filterTone(sampleRate:)``. The output stays
/// behind the input by up to three times the length of the response until ``finish()``. It does not depend on how the
/// input is cut. Its end is about as quiet as the input's (``EndFade``).
struct ToneFilter: Sendable {
  private let channelCount: Int
  private var convolver: Convolver
  private var end: EndFade

  /// The least length of the response in seconds; in samples it is a power of two within ``lengths``.
  static let duration = 0.08
  private static let lengths = 256...1 << 17
  /// The highest sample rate in Hz at which a response within ``lengths`` has its least length.
  static let highestRate = Double(lengths.upperBound) / duration

  /// Creates the filter of a restyling; `nil` where all gains are left to frames.
  ///
  /// - Parameters:
  ///   - restyling: The restyling.
  ///   - channelCount: The number of channels.
  ///   - leadCount: The number of leading channels, which decide on the fade of all at the end; `nil` for all.
  ///   - sampleRate: The sample rate in Hz.
  init?(_ restyling: Restyling, channelCount: Int, leadCount: Int? = nil, sampleRate: Double) {
    guard let gains = restyling.filterTone(sampleRate: sampleRate) else { return nil }
    let curve = ToneCurve(layout: restyling.layout, gains: gains, equaliser: restyling.filterEqualiser)
    let response = MinimumPhaseResponse(
      decibels: curve.decibels(halfCount: Self.tapCount(sampleRate: sampleRate), sampleRate: sampleRate))
    self.channelCount = channelCount
    convolver = Convolver(taps: response.taps, channelCount: channelCount)
    end = EndFade(channelCount: channelCount, leadCount: leadCount, sampleRate: sampleRate)
  }

  /// The number K of samples of the response at a sample rate in Hz.
  static func tapCount(sampleRate: Double) -> Int {
    var count = lengths.lowerBound
    while count < lengths.upperBound && Double(count) < duration * sampleRate { count *= 2 }
    return count
  }

  /// Takes in samples and returns the finished ones.
  mutating func process(_ buffer: FrameBuffer) -> FrameBuffer {
    end.observe(buffer)
    let done = collect(convolver.outputCount(of: buffer.frameCount)) { convolver, channel, body in
      buffer.withChannel(channel) { convolver.process($0, channel: channel, into: body) }
    }
    return end.process(done)
  }

  /// Returns the remaining samples.
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

/// A fade that lets a filtered clip end as quietly as the clip itself.
///
/// A filter rings on after the end of a clip, and a result of the clip's length cuts the ringing off: a clip that fades
/// to silence would end in a step. e(x) is the largest magnitude of the last samples of x, divided by the largest of
/// all. With it,
///
///     y[N − m + i] ← (r + (1 − r) · (1 + cos(π (i + 1)/m))/2) · y[N − m + i],    r = min(1, e(x)/e(y)),   i = 0 … m −
///     1
///
/// over the last m samples, 10 ms. r is computed for the last 1 ms and for the last 0.1 ms, and the smaller one counts.
/// A clip that is cut within its sound, such as a loop, has r near 1 and stays as it is.
struct EndFade: Sendable {
  private let channelCount: Int
  /// The number of leading channels, which decide on the fade of all: the clip's own, before those of a stem.
  private let leadCount: Int
  private let length: Int
  /// The numbers of last samples that are compared.
  private let windows: [Int]
  /// The magnitudes of the clip's last samples: the largest one of the leading channels.
  private var lastInput: [Float] = []
  private var inputPeak: Float = 0
  private var outputPeak: Float = 0
  /// The last samples of the result, which were not returned yet.
  private var held: FrameBuffer

  /// The length of the fade in seconds.
  private static let duration = 0.01
  /// The lengths of the compared ends in seconds.
  private static let windowDurations = [0.001, 0.0001]
  /// The value of r from which on the end is left as it is.
  private static let least = 0.9

  init(channelCount: Int, leadCount: Int? = nil, sampleRate: Double) {
    self.channelCount = channelCount
    self.leadCount = leadCount ?? channelCount
    length = max(2, Int(Self.duration * sampleRate))
    windows = Self.windowDurations.map { max(2, Int($0 * sampleRate)) }
    held = FrameBuffer(channelCount: channelCount, capacity: 0)
  }

  /// Notes the magnitudes of the clip's next samples.
  mutating func observe(_ input: FrameBuffer) {
    let count = input.frameCount
    let kept = min(count, windows[0])
    var magnitudes = [Float](repeating: 0, count: kept)
    for channel in 0..<leadCount {
      input.withChannel(channel) { samples in
        inputPeak = max(inputPeak, RowArithmetic.largestMagnitude(samples))
        for i in 0..<kept { magnitudes[i] = max(magnitudes[i], abs(samples[count - kept + i])) }
      }
    }
    lastInput = (lastInput + magnitudes).suffix(windows[0])
  }

  /// Takes in the result's next samples and returns those that lie before the fade.
  mutating func process(_ output: FrameBuffer) -> FrameBuffer {
    for channel in 0..<leadCount {
      output.withChannel(channel) { outputPeak = max(outputPeak, RowArithmetic.largestMagnitude($0)) }
    }
    let total = held.frameCount + output.frameCount
    let done = max(0, total - length)
    let joined = Self.part(held, output, 0..<done)
    held = Self.part(held, output, done..<total)
    return joined
  }

  /// Returns the rest of the result, faded if r is small.
  mutating func finish() -> FrameBuffer {
    let count = held.frameCount
    let factor = windows.map { self.factor(ofLast: $0) }.min() ?? 1
    guard count > 0, factor < Self.least else { return held }
    for channel in 0..<channelCount {
      held.withMutableChannel(channel) { samples in
        for i in 0..<count {
          let fall = (1 + cos(.pi * Double(i + 1) / Double(count))) / 2
          samples[i] *= Float(factor + (1 - factor) * fall)
        }
      }
    }
    return held
  }

  /// r for a number of last samples.
  private func factor(ofLast window: Int) -> Double {
    let own = lastInput.suffix(window).max() ?? 0
    var reached: Float = 0
    for channel in 0..<leadCount {
      held.withChannel(channel) {
        let end = $0.extracting(max(0, $0.count - window)..<$0.count)
        reached = max(reached, RowArithmetic.largestMagnitude(end))
      }
    }
    guard reached > 0, inputPeak > 0 else { return 1 }
    return min(1, Double(own) / Double(inputPeak) * Double(outputPeak) / Double(reached))
  }

  /// A range of the frames of two buffers, the second following the first.
  private static func part(_ first: FrameBuffer, _ second: FrameBuffer, _ range: Range<Int>) -> FrameBuffer {
    var result = unsafe FrameBuffer(unfilledChannels: second.channelCount, capacity: range.count)
    result.frameCount = range.count
    let split = first.frameCount
    let before = min(split, range.lowerBound)..<min(split, range.upperBound)
    let behind = max(split, range.lowerBound) - split..<max(split, range.upperBound) - split
    for channel in 0..<second.channelCount {
      result.withMutableChannel(channel) { target in
        first.withChannel(channel) { copy($0.extracting(before), into: &target, at: 0) }
        second.withChannel(channel) { copy($0.extracting(behind), into: &target, at: before.count) }
      }
    }
    return result
  }

  private static func copy(_ samples: Span<Float>, into target: inout MutableSpan<Float>, at place: Int) {
    unsafe samples.withUnsafeBufferPointer { samples in
      unsafe target.withUnsafeMutableBufferPointer { target in
        _ = unsafe target[place..<place + samples.count].update(fromContentsOf: samples)
      }
    }
  }
}

extension Restyling {
  /// The gains in dB of each band that one filter applies to all channels (``commonTone``); `nil` where frames apply
  /// all gains.
  ///
  /// Frames apply all gains for linear phase, for features other than `bands`, for levels from a feature file, where a
  /// view with sound stays as it is, and above ``ToneFilter/highestRate``.
  func filterTone(sampleRate: Double) -> [Double]? {
    guard phase == .minimum, features == .bands, sampleRate <= ToneFilter.highestRate else { return nil }
    let sounding = views.filter { $0.state != .silent }
    guard sounding.allSatisfy({ !$0.isIdentity && $0.state != .levelsFromOutside }) else { return nil }
    return commonTone
  }
}
