import AudioFeatures
import SoundFiles

/// Loudness and true peak of a rendered clip.
struct OutputMeters {
  private let channelCount: Int
  private var loudness: LoudnessMeter
  private var truePeak: TruePeakMeter

  init(source: any FrameSource) {
    channelCount = source.channelCount
    loudness = LoudnessMeter(
      sampleRate: source.sampleRate,
      channelWeights: LoudnessWeights.weights(
        channelCount: source.channelCount, lfeChannels: source.lfeChannels))
    truePeak = TruePeakMeter(sampleRate: source.sampleRate, channelCount: source.channelCount)
  }

  mutating func add(_ buffer: FrameBuffer) {
    for channel in 0..<channelCount {
      buffer.withChannel(channel) { samples in
        loudness.process(samples, channel: channel)
        truePeak.process(samples, channel: channel)
      }
    }
  }

  /// The loudness and the peaks.
  mutating func finish() -> RenderResult {
    truePeak.finish()
    return RenderResult(
      loudness: LoudnessStatistics(loudness), truePeak: truePeak.truePeakDecibels,
      samplePeak: truePeak.samplePeakDecibels, levels: [], limited: [])
  }
}
