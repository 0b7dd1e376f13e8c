import AudioFeatures
import SoundFiles

/// Loudness, peaks and power of a clip.
final class ClipMeters {
  private(set) var loudness: LoudnessMeter
  private let truePeaks: [ChannelPeak]

  /// The true peak of one channel: each is a piece of work of its own.
  private final class ChannelPeak {
    var meter: TruePeakMeter
    var power = SignalPower()

    init(sampleRate: Double) {
      meter = TruePeakMeter(sampleRate: sampleRate, channelCount: 1)
    }
  }

  /// Creates meters for a clip; a mono clip counts as it sounds from two loudspeakers, unless it is to be read as by meters.
  init(source: any FrameSource, measuresMonoAsDualMono: Bool = true) {
    loudness = LoudnessMeter(
      sampleRate: source.sampleRate,
      channelWeights: LoudnessWeights.weights(
        channelCount: source.channelCount, lfeChannels: source.lfeChannels),
      measuresMonoAsDualMono: measuresMonoAsDualMono)
    truePeaks = (0..<source.channelCount).map { _ in ChannelPeak(sampleRate: source.sampleRate) }
  }

  /// The pieces of work that take in the samples of a buffer.
  func jobs(_ buffer: FrameBuffer) -> [ThreadTeam.Job] {
    [{ [self] _ in loudness.process(buffer) }]
      + truePeaks.enumerated().map { channel, peak in
        { _ in
          buffer.withChannel(channel) {
            peak.meter.process($0, channel: 0)
            peak.power.add($0)
          }
        }
      }
  }

  /// Takes in the samples of a buffer.
  func add(_ buffer: FrameBuffer) throws {
    for job in jobs(buffer) { try job(0) }
  }

  /// Takes in the end of the clip; afterwards the peaks are known.
  func finish() {
    for peak in truePeaks { peak.meter.finish() }
  }

  /// The true peak over all channels in dBTP.
  var truePeak: Double { largest(\.truePeakDecibels) }

  /// The largest sample over all channels in dBFS.
  var samplePeak: Double { largest(\.samplePeakDecibels) }

  /// The power over all channels.
  var power: SignalPower {
    truePeaks.reduce(into: SignalPower()) {
      $0.sum += $1.power.sum
      $0.count += $1.power.count
    }
  }

  private func largest(_ peak: (TruePeakMeter) -> Double) -> Double {
    truePeaks.map { peak($0.meter) }.max() ?? -.infinity
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
