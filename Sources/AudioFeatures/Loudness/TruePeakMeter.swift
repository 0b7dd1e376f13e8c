import Foundation

/// True peak after ITU-R BS.1770-4, Annex 2: the largest magnitude of the signal oversampled four times
/// (two times from 96 kHz, not at all from 192 kHz), the samples themselves included.
///
/// The interpolator has 48 taps for each value (`TruePeakFilter` states its error); the signal counts as zero before
/// its first and after its last sample. Samples are fed channel by channel, in chunks of any size; every chunking
/// gives the same bits. Call ``finish()`` after the last chunk, then read the results.
///
/// NaN samples, and interpolated values that a NaN reaches, are passed over. An infinite sample makes the peak
/// infinite.
public struct TruePeakMeter: Sendable {
  /// The sample rate in hertz.
  public let sampleRate: Double

  /// How many values are looked at for each sample: 4, 2 or 1.
  public var oversamplingFactor: Int { filter.factor }

  private let filter: TruePeakFilter
  private var channels: ContiguousArray<TruePeakChannel<TruePeakScan>>

  /// Creates a meter for a sample rate in hertz and a number of channels.
  public init(sampleRate: Double, channelCount: Int) {
    precondition(
      sampleRate > 0 && sampleRate.isFinite, "expected a positive sample rate, found \(sampleRate)")
    precondition(channelCount >= 0, "a number of channels must not be negative, found \(channelCount)")
    self.sampleRate = sampleRate
    filter = .shared(sampleRate: sampleRate)
    channels = ContiguousArray(repeating: TruePeakChannel(TruePeakScan()), count: channelCount)
  }

  /// Feeds the next samples of one channel.
  public mutating func process(_ samples: Span<Float>, channel: Int) {
    precondition(
      channels.indices.contains(channel), "channel \(channel) is outside 0..<\(channels.count)")
    channels[channel].process(samples, filter: filter)
  }

  /// Takes in what is still buffered and the decay of the interpolator after the last sample.
  ///
  /// Feed nothing after it.
  public mutating func finish() {
    for index in channels.indices { channels[index].finish(filter: filter) }
  }

  /// By how much an interpolated value can exceed the largest of the samples it is made from: errors of samples within ±e
  /// move the true peak by at most this times e.
  public var gainBound: Double { Double(filter.gainBound) }

  /// The true peak over all channels, linear (full scale is 1).
  public var truePeak: Float { channelTruePeaks.max() ?? 0 }

  /// The true peak of each channel, linear.
  public var channelTruePeaks: [Float] {
    channels.map { max($0.peaks.samplePeak, $0.peaks.interpolatedPeak) }
  }

  /// The true peak over all channels in dBTP: `20·log10`; −∞ for digital silence.
  public var truePeakDecibels: Double { 20 * log10(Double(truePeak)) }

  /// The largest magnitude of a sample over all channels, linear.
  public var samplePeak: Float { channels.reduce(0) { max($0, $1.peaks.samplePeak) } }

  /// The largest magnitude of a sample over all channels in dBFS; −∞ for digital silence.
  public var samplePeakDecibels: Double { 20 * log10(Double(samplePeak)) }
}
