import StyleProfiles
import AudioFeatures
import Foundation
import Restylings
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

/// Lets a filtered clip end as quietly as the clip itself did.
///
/// A filter rings on where a clip ends, and a result of the clip's length cuts that off: what faded to nothing would
/// end in a step. With e(x) the largest of the last samples of x over the largest of all,
///
///     y[N − m + i] ← (r + (1 − r) · (1 + cos(π (i + 1)/m))/2) · y[N − m + i],    r = min(1, e(x)/e(y)),   i = 0 … m − 1
///
/// over the last m samples, 10 ms. The last samples are those of 1 ms and those of 0.1 ms; the smaller r counts. A
/// clip that is cut within its sound, as a loop is, has r near 1, and stays as it is.
struct EndFade: Sendable {
  private let channelCount: Int
  /// How many channels decide on the fade of all: a clip's own, before those of a stem.
  private let leadCount: Int
  private let length: Int
  /// How many samples at the end are compared.
  private let windows: [Int]
  /// The last samples of the clip: the largest magnitude of the leading channels.
  private var lastInput: [Float] = []
  private var inputPeak: Float = 0
  private var outputPeak: Float = 0
  /// The last samples of the result, which are not given out yet.
  private var held: FrameBuffer

  /// Over how many seconds a clip fades.
  private static let duration = 0.01
  /// What is compared, in seconds.
  private static let windowDurations = [0.001, 0.0001]
  /// An end that is no louder than this factor of the clip's own is left alone.
  private static let least = 0.9

  init(channelCount: Int, leadCount: Int? = nil, sampleRate: Double) {
    self.channelCount = channelCount
    self.leadCount = leadCount ?? channelCount
    length = max(2, Int(Self.duration * sampleRate))
    windows = Self.windowDurations.map { max(2, Int($0 * sampleRate)) }
    held = FrameBuffer(channelCount: channelCount, capacity: 0)
  }

  /// Takes note of the clip's next samples.
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

  /// Takes the result's next samples, and gives back those that lie far enough before the end.
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

  /// Gives back the rest of the result, faded where that is needed.
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

  /// r for a number of samples at the end.
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

  /// Some frames of two buffers in a row.
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
  /// The gains in dB that all channels of the clip have in common throughout, which one filter applies: of each band the
  /// mean over the views, by their power there, of ``ViewRestyling/tone`` within the gain limits.
  ///
  /// It is `nil` where frames have all gains: for linear phase, for features that are no bands, for levels from outside,
  /// which are reached frame by frame, where a view with sound stays as it is, and at sample rates beyond all that sound
  /// needs.
  func filterTone(sampleRate: Double) -> [Double]? {
    guard phase == .minimum, features == .bands, sampleRate <= ToneFilter.highestRate else { return nil }
    let sounding = views.filter { $0.state != .silent }
    guard sounding.allSatisfy({ !$0.isIdentity && $0.state != .levelsFromOutside }) else { return nil }
    return commonTone
  }
}
