import AdaIN
package import AudioFeatures
import Foundation
import InstanceNorm
package import SoundFiles
import Tensors

/// Loudness, peaks and power of a clip.
package final class ClipMeters: Sendable {
  private let meter: Exclusive<LoudnessMeter>
  private let channels: [Exclusive<ChannelPeak>]

  /// The true peak and the power of one channel; each channel is a separate job.
  private struct ChannelPeak: Sendable {
    var meter: TruePeakMeter
    var power = SignalPower()

    init(sampleRate: Double) {
      meter = TruePeakMeter(sampleRate: sampleRate, channelCount: 1)
    }

    mutating func add(_ buffer: FrameBuffer, _ channel: Int) {
      buffer.withChannel(channel) {
        meter.process($0, channel: 0)
        power.add($0)
      }
    }
  }

  /// Creates meters for a clip.
  ///
  /// - Parameters:
  ///   - source: The clip.
  ///   - measuresMonoAsDualMono: Whether a mono clip counts as if two loudspeakers played it. This is 3.01 LU more than
  ///     a meter shows that counts its channel once.
  package init(source: any FrameSource, measuresMonoAsDualMono: Bool = true) {
    meter = Exclusive(
      LoudnessMeter(
        sampleRate: source.sampleRate,
        channelWeights: LoudnessWeights.weights(
          channelCount: source.channelCount, lfeChannels: source.lfeChannels),
        measuresMonoAsDualMono: measuresMonoAsDualMono))
    let rate = source.sampleRate
    channels = (0..<source.channelCount).map { _ in Exclusive(ChannelPeak(sampleRate: rate)) }
  }

  /// The jobs that take in the samples of buffers.
  package func jobs(_ buffers: FrameBuffer...) -> [ThreadTeam.Job] { jobs(buffers) }

  /// The jobs that take in the samples of buffers.
  package func jobs(_ buffers: [FrameBuffer]) -> [ThreadTeam.Job] {
    guard !buffers.isEmpty else { return [] }
    return [ThreadTeam.Job(meter) { meter in for buffer in buffers { meter.process(buffer) } }]
      + channels.enumerated().map { channel, peak in
        ThreadTeam.Job(peak) { peak in
          for buffer in buffers { peak.add(buffer, channel) }
        }
      }
  }

  /// Takes in the samples of a buffer.
  package func add(_ buffer: FrameBuffer) {
    meter.use { $0.process(buffer) }
    for (channel, peak) in channels.enumerated() { peak.use { $0.add(buffer, channel) } }
  }

  /// Takes in the end of the clip; the peaks are complete afterwards.
  package func finish() {
    for peak in channels { peak.use { $0.meter.finish() } }
  }

  /// The loudness meter as it stands.
  package var loudnessMeter: LoudnessMeter { meter.value }

  /// The true peak over all channels in dBTP.
  package var truePeak: Double { largest(\.truePeakDecibels) }

  /// The largest sample over all channels in dBFS.
  package var samplePeak: Double { largest(\.samplePeakDecibels) }

  /// The power over all channels.
  package var power: SignalPower {
    channels.reduce(into: SignalPower()) {
      let power = $1.value.power
      $0.sum += power.sum
      $0.count += power.count
    }
  }

  private func largest(_ peak: (TruePeakMeter) -> Double) -> Double {
    channels.map { peak($0.value.meter) }.max() ?? -.infinity
  }
}

extension LoudnessMeter {
  /// Feeds the valid frames of a buffer.
  fileprivate mutating func process(_ buffer: FrameBuffer) {
    for channel in stride(from: 0, to: buffer.channelCount - 1, by: 2) {
      buffer.withChannel(channel) { first in
        buffer.withChannel(channel + 1) { process(first, $0, firstChannel: channel) }
      }
    }
    if buffer.channelCount % 2 == 1 {
      let last = buffer.channelCount - 1
      buffer.withChannel(last) { process($0, channel: last) }
    }
  }
}

/// The power of a signal: the sum of squares and the number of samples.
package struct SignalPower: Hashable, Sendable {
  package var sum = 0.0
  package var count = 0

  /// The level of the mean square in dB; nil for digital silence.
  package var level: Double? { sum > 0 && count > 0 ? 10 * log10(sum / Double(count)) : nil }

  /// Adds the samples of a row.
  mutating func add(_ samples: Span<Float>) {
    sum += samples.sumOfSquares
    count += samples.count
  }
}

extension Span<Float> {
  /// The sum of squares, in Double.
  package var sumOfSquares: Double {
    unsafe withUnsafeBufferPointer { samples in
      var sums = SIMD8<Double>.zero
      var i = 0
      guard let base = samples.baseAddress else { return 0 }
      while i + 8 <= samples.count {
        let values = SIMD8<Double>(
          unsafe UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Float>.self))
        sums += values * values
        i += 8
      }
      var sum = sums.sum()
      while i < samples.count {
        let value = Double(unsafe samples[i])
        sum += value * value
        i += 1
      }
      return sum
    }
  }
}

/// The BS.1770 weights of a clip's channels.
package enum LoudnessWeights {
  /// The weight of each channel: the standard's where LFE has its standard place, otherwise 1 for all channels but LFE.
  package static func weights(channelCount: Int, lfeChannels: [Int]) -> [Double] {
    var weights = LoudnessMeter.standardChannelWeights(channelCount: channelCount)
    let standard = weights.indices.filter { weights[$0] == 0 }
    // Where LFE stands elsewhere, the order of channels is unknown, and so is which of them are surrounds.
    if standard != lfeChannels { weights = weights.map { _ in 1 } }
    for channel in lfeChannels where weights.indices.contains(channel) {
      weights[channel] = 0
    }
    // A clip of LFE channels alone still has a loudness to match.
    return weights.contains { $0 > 0 } ? weights : weights.map { _ in 1 }
  }
}

/// Sums over the clips of a profile in their order: the same bits, however the profiles of these clips were merged.
struct SourceSums: Sendable {
  /// The sum of the durations in seconds.
  private(set) var duration = 0.0
  private var power = 0.0
  private var soundingDuration = 0.0
  private var shift = 0.0
  private var isShiftKnown = true

  init(_ sources: [ProfileSource]) {
    for source in sources { add(source) }
  }

  mutating func add(_ source: ProfileSource) {
    duration += source.duration
    if let loudness = source.loudness {
      power += pow(10, loudness / 10) * source.duration
      soundingDuration += source.duration
    }
    if let levelShift = source.levelShift {
      shift += levelShift * source.duration
    } else {
      isShiftKnown = false
    }
  }

  /// The level of the mean power in LUFS over the clips with a loudness; `nil` where none has one.
  var loudness: Double? { soundingDuration > 0 ? 10 * log10(power / soundingDuration) : nil }

  /// The mean level shift in dB, weighted by duration; `nil` where a clip has none noted.
  var levelShift: Double? { isShiftKnown && duration > 0 ? shift / duration : nil }
}

/// Moments of a clip's samples for `waveform` features: of every channel, and of middle and side of two channels.
///
/// The moments do not depend on how the clip is cut into chunks (``StatisticsStream``).
struct SampleStatistics {
  private let channelCount: Int
  private var stream: StatisticsStream

  init(channelCount: Int) {
    self.channelCount = channelCount
    stream = StatisticsStream(numFeatures: channelCount == 2 ? 4 : channelCount)
  }

  mutating func add(_ buffer: FrameBuffer) throws {
    let count = buffer.frameCount
    let rows = unsafe Tensor3<Float>(shape: TensorShape(1, stream.numFeatures, count)) { target in
      for channel in 0..<channelCount {
        buffer.withChannel(channel) { samples in
          for i in 0..<count { unsafe target[channel * count + i] = samples[i] }
        }
      }
      guard channelCount == 2 else { return }
      for i in 0..<count {
        let (left, right) = unsafe (target[i], target[count + i])
        unsafe target[2 * count + i] = (left + right) / 2
        unsafe target[3 * count + i] = (left - right) / 2
      }
    }
    try stream.append(rows)
  }

  /// The moments of every view; `linked` pools the channels `linkedChannels`.
  func moments(linkedChannels: [Int]) -> [StereoView: ChannelMoments] {
    let rows = stream.statistics.channels
    var result: [StereoView: ChannelMoments] = [:]
    for channel in 0..<channelCount { result[.channel(channel)] = rows[channel] }
    if channelCount == 2 {
      result[.mid] = rows[2]
      result[.side] = rows[3]
    }
    result[.linked] = linkedChannels.reduce(ChannelMoments()) { $0.merged(with: rows[$1]) }
    return result
  }
}
