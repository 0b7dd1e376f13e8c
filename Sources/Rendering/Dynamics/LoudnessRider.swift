import AudioFeatures
import Foundation
import Restylings
import SoundFiles
import StyleProfiles

/// Applies a ``LoudnessRestyling`` to the samples of all channels, or only measures their momentary loudness.
///
/// There is a factor every 10 ms, and factors are linear in between. Gains fall with an attack of 100 ms and rise with
/// a release of 200 ms. The further reduction of pauses has a release of 20 ms, so that no word begins too low. Factors
/// may act in a band alone (``HeldBand``). The output stays behind the input by 0.2 s and half the length of the band
/// filter until ``finish()``. It does not depend on how the input is cut.
package struct LoudnessRider {
  /// The momentary loudness of the input in LUFS, collected where no gain is applied.
  private(set) var momentaryAfterTone = MomentaryLoudness()

  private let restyling: LoudnessRestyling?
  private var meter: MomentaryMeter
  private var held: HeldBand
  private var inputCount = 0
  private var outputCount = 0
  /// The factors at the points that samples still need; `first` is the index of the first point.
  private var points: [Float] = []
  private var first = 0
  private var level: Double?
  private var pauseLevel: Double?

  /// The time constant of falling gains in seconds.
  package static let attack = 0.1
  /// The time constant of rising gains in seconds.
  package static let release = 0.2
  private static let pauseRelease = 0.02
  private static let pointDistance = 0.01

  /// Creates a rider.
  ///
  /// - Parameters:
  ///   - restyling: The gains; `nil` measures the loudness and passes samples on unchanged.
  ///   - band: The frequencies in Hz between which factors act; `nil` for all.
  ///   - source: The clip whose loudness is measured.
  ///   - channelCount: The number of channels that get the gain, the clip's own first; `nil` for the clip's alone.
  init(
    _ restyling: LoudnessRestyling?, within band: ClosedRange<Double>? = nil, source: any FrameSource,
    channelCount: Int? = nil
  ) {
    self.restyling = restyling
    meter = MomentaryMeter(
      sampleRate: source.sampleRate,
      channelWeights: LoudnessWeights.weights(
        channelCount: source.channelCount, lfeChannels: source.lfeChannels))
    held = HeldBand(
      restyling == nil ? nil : band, sampleRate: source.sampleRate,
      channelCount: channelCount ?? source.channelCount)
  }

  /// Takes in samples and returns the finished ones.
  mutating func process(_ buffer: FrameBuffer) throws -> FrameBuffer {
    take(
      meter.process(frameCount: buffer.frameCount) { channel, other, body in
        buffer.withChannel(channel) { samples in buffer.withChannel(other) { body(samples, $0) } }
      })
    guard let restyling else { return buffer }
    held.append(buffer)
    inputCount += buffer.frameCount
    return try output(restyling, isLast: false)
  }

  /// Returns the remaining samples; `nil` where no gain is applied.
  mutating func finish() throws -> FrameBuffer? {
    take(meter.finish())
    guard let restyling else { return nil }
    held.finish()
    return try output(restyling, isLast: true)
  }

  private var pending: [MomentaryMeter.Value] = []

  private mutating func take(_ values: [MomentaryMeter.Value]) {
    if restyling == nil {
      for value in values { momentaryAfterTone.add(value.momentary) }
    } else {
      pending += values
    }
  }

  private mutating func output(_ restyling: LoudnessRestyling, isLast: Bool) throws -> FrameBuffer {
    if !pending.isEmpty {
      let wanted = try restyling.gains(pending.map { $0.momentary - restyling.anchor })
      let pauses = restyling.pauseGains(pending.map { $0.short - restyling.anchor })
      pending = []
      for (gain, pause) in zip(wanted, pauses) {
        let slow = Self.follow(gain, &level, release: Self.release)
        let gain = slow + Self.follow(pause, &pauseLevel, release: Self.pauseRelease)
        points.append(Decibels.amplitude(Float(gain)))
      }
    }
    let known = first + points.count
    var count = isLast ? inputCount : known > 0 ? place(known - 1) : 0
    count = min(count, inputCount, outputCount + held.readyCount) - outputCount
    guard count > 0 else { return held.take(times: []) }
    let factors = factors(ofNext: count)
    outputCount += count
    let done = max(first, min(known - 1, (outputCount - meter.stride / 2) / meter.stride - 1))
    if done > first {
      points.removeFirst(done - first)
      first = done
    }
    return held.take(times: factors)
  }

  /// Moves a gain in dB towards another by one point of attack or release.
  private static func follow(_ gain: Double, _ state: inout Double?, release: Double) -> Double {
    let last = state ?? gain
    let time = gain < last ? attack : release
    let next = last + (1 - exp(-pointDistance / time)) * (gain - last)
    state = next
    return next
  }

  /// The sample frame of a point.
  private func place(_ point: Int) -> Int { point * meter.stride + meter.stride / 2 }

  /// The factors of the next samples: linear between points, and constant beyond the first and the last.
  private func factors(ofNext count: Int) -> ContiguousArray<Float> {
    var factors = ContiguousArray<Float>(repeating: 1, count: count)
    guard let last = points.last else { return factors }
    var index = 0
    unsafe factors.withUnsafeMutableBufferPointer { factors in
      while index < count {
        // The points around this sample, and the place of the second.
        let next = max(0, (outputCount + index - meter.stride / 2) / meter.stride + 1)
        let isBefore = outputCount + index < place(0)
        let upper = isBefore ? 0 : next - first
        let end = min(count, (isBefore ? place(0) : place(next)) - outputCount)
        let after = points.indices.contains(upper) ? points[upper] : last
        let before = isBefore ? after : points.indices.contains(upper - 1) ? points[upper - 1] : last
        let slope = (after - before) / Float(meter.stride)
        let behind = place(next) - outputCount
        for i in index..<end {
          unsafe factors[i] = after - slope * Float(Int32(truncatingIfNeeded: behind &- i))
        }
        index = end
      }
    }
    return factors
  }
}
