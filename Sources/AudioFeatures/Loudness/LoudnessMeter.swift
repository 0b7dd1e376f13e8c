/// Programme loudness after ITU-R BS.1770-4 and EBU R 128, measured in one pass over a stream.
///
/// Each channel is K-weighted; the mean square of channel i over a block of 400 ms is zᵢ, and the block's loudness
///
///     L = −0.691 + 10·log10 Σᵢ Gᵢ·zᵢ    LUFS
///
/// with the channel weights G. A new block starts every 100 ms. Integrated loudness is the same expression for
/// the mean over all blocks that are louder than −70 LUFS and louder than 10 LU under the mean of those.
/// Momentary (400 ms) and short-term (3 s) loudness follow EBU Tech 3341, loudness range EBU Tech 3342; their
/// maxima are taken every 10 ms, as files need it there.
///
/// Samples are fed channel by channel, in chunks of any size; every chunking gives the same bits. Memory is
/// constant. The arithmetic is in `Double`. The gates work on a histogram whose bins are 0.01 LU wide and hold
/// exact sums: the result is that of a gate moved by less than 0.01 LU.
///
/// A step of 10 ms that holds a NaN or an infinity counts as silence.
///
/// Sources: Recommendation ITU-R BS.1770-4 (10/2015), annexes 1 and 3; EBU Tech 3341 and Tech 3342 (2023).
public struct LoudnessMeter: Sendable {
  /// The sample rates that can be measured, in hertz.
  public static let supportedSampleRates = 4_000.0...1_536_000.0

  /// The sample rate in hertz.
  public let sampleRate: Double

  /// The weight of each channel's power.
  public let channelWeights: [Double]

  var channels: ContiguousArray<LoudnessMeterChannel>
  var steps: LoudnessSteps

  /// Creates a meter.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in hertz, within ``supportedSampleRates``.
  ///   - channelWeights: The weight G of each channel, at least 0: 1 for front channels, 1.41 for surround
  ///     channels, 0 for low-frequency effects. ``standardChannelWeights(channelCount:)`` has the usual layouts.
  ///   - measuresMonoAsDualMono: Whether a single channel is measured as it sounds from two loudspeakers: doubled, which makes
  ///     a mono clip as loud as the stereo clip with that signal in both channels.
  public init(sampleRate: Double, channelWeights: [Double], measuresMonoAsDualMono: Bool = true) {
    precondition(
      Self.supportedSampleRates.contains(sampleRate),
      "expected a sample rate within \(Self.supportedSampleRates) Hz, found \(sampleRate)")
    precondition(
      channelWeights.allSatisfy { $0 >= 0 && $0.isFinite },
      "channel weights must be finite and not negative, found \(channelWeights)")
    self.sampleRate = sampleRate
    let isDualMono = measuresMonoAsDualMono && channelWeights.count == 1
    self.channelWeights = isDualMono ? [2 * channelWeights[0]] : channelWeights
    let filter = KWeightingFilter(sampleRate: sampleRate)
    let schedule = LoudnessSchedule(sampleRate: sampleRate)
    channels = ContiguousArray(
      channelWeights.map { LoudnessMeterChannel(filter: filter, schedule: schedule, isMeasured: $0 > 0) })
    steps = LoudnessSteps(schedule: schedule)
  }

  /// Feeds the next samples of one channel.
  ///
  /// Channels may be fed in any order and in chunks of different sizes; what has arrived in all of them is
  /// measured.
  public mutating func process(_ samples: Span<Float>, channel: Int) {
    precondition(
      channels.indices.contains(channel), "channel \(channel) is outside 0..<\(channels.count)")
    channels[channel].process(samples)
    takeFinishedSteps()
  }

  /// Feeds the next samples of two neighbouring channels, which have been fed the same number of samples before.
  ///
  /// The results are those of feeding one after the other; it takes half the time.
  public mutating func process(_ samples: Span<Float>, _ next: Span<Float>, firstChannel channel: Int) {
    precondition(
      channel >= 0 && channel + 1 < channels.count,
      "channels \(channel) and \(channel + 1) are outside 0..<\(channels.count)")
    unsafe channels.withUnsafeMutableBufferPointer { channels in
      unsafe LoudnessMeterChannel.process(samples, in: &channels[channel], next, in: &channels[channel + 1])
    }
    takeFinishedSteps()
  }

  private mutating func takeFinishedSteps() {
    var finished = Int.max
    for index in channels.indices where channels[index].isMeasured {
      finished = min(finished, channels[index].finishedSteps.count)
    }
    guard finished > 0 && finished < .max else { return }
    for step in 0..<finished {
      var energy = 0.0
      for index in channels.indices where channels[index].isMeasured {
        energy += channelWeights[index] * channels[index].finishedSteps[step]
      }
      steps.add(energy: energy)
    }
    for index in channels.indices where channels[index].isMeasured { channels[index].dropSteps(finished) }
  }
}
