/// Programme loudness after ITU-R BS.1770-4 and EBU R 128, measured in one pass over a stream.
///
/// Each channel is K-weighted; the mean square of channel i over a block of 400 ms is zᵢ, and the block's loudness
///
///     L = −0.691 + 10·log10 Σᵢ Gᵢ·zᵢ    LUFS
///
/// with the channel weights G. A new block starts every 100 ms. Integrated loudness is the same expression for the mean
/// over the blocks that pass two gates: the absolute gate at −70 LUFS, and the relative gate 10 LU under the mean of
/// the blocks above the absolute one. Momentary (400 ms) and short-term (3 s) loudness follow EBU Tech 3341, loudness
/// range follows EBU Tech 3342. The maxima are taken every 10 ms, as Tech 3341 has it for files.
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
  ///   - measuresMonoAsDualMono: Whether the power of a single channel is doubled, as it sounds from two loudspeakers.
  ///     A mono clip is then as loud as the stereo clip with that signal in both channels.
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
  /// Channels may be fed in any order and in chunks of different sizes. A step is measured when its samples have
  /// arrived in all channels.
  public mutating func process(_ samples: Span<Float>, channel: Int) {
    precondition(
      channels.indices.contains(channel), "channel \(channel) is outside 0..<\(channels.count)")
    channels[channel].process(samples)
    takeFinishedSteps()
  }

  /// Feeds the next samples of two neighbouring channels, which have been fed the same number of samples before.
  ///
  /// The results are those of feeding the channels one after the other, in half the time.
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

extension LoudnessMeter {
  /// The weights of BS.1770-4 for a number of channels in the order of WAV and FLAC files.
  ///
  /// Channels at azimuths from 60° to 120° weigh 1.41, low-frequency effects 0, all others 1 (annex 3):
  ///
  /// | channels | order | weights |
  /// |---|---|---|
  /// | 1, 2, 3 | mono; L R; L R C | 1 each |
  /// | 4 | L R Ls Rs | 1 1 1.41 1.41 |
  /// | 5 | L R C Ls Rs | 1 1 1 1.41 1.41 |
  /// | 6 | L R C LFE Ls Rs | 1 1 1 0 1.41 1.41 |
  /// | 7 | L R C LFE Cs Lss Rss | 1 1 1 0 1 1.41 1.41 |
  /// | 8 | L R C LFE Lb Rb Lss Rss | 1 1 1 0 1 1 1.41 1.41 |
  /// | 9 and more | unknown | 1 each |
  public static func standardChannelWeights(channelCount: Int) -> [Double] {
    switch channelCount {
    case 4: [1, 1, 1.41, 1.41]
    case 5: [1, 1, 1, 1.41, 1.41]
    case 6: [1, 1, 1, 0, 1.41, 1.41]
    case 7: [1, 1, 1, 0, 1, 1.41, 1.41]
    case 8: [1, 1, 1, 0, 1, 1, 1.41, 1.41]
    default: Array(repeating: 1, count: max(channelCount, 0))
    }
  }
}

extension LoudnessMeter {
  /// Integrated loudness in LUFS; nil where there is no block of 400 ms yet or none passes the gates.
  public var integratedLoudness: Double? {
    steps.blocks.gatedPower(relativeGate: -10).map(KWeighting.loudness)
  }

  /// The integrated loudness in LUFS of the same clip after a gain of up to 60 dB; nil where no block passes the gates.
  ///
  /// It differs from the integrated loudness plus the gain, since the absolute gate stays at −70 LUFS.
  public func integratedLoudness(afterGain gain: Double) -> Double? {
    steps.blocks.gatedPower(relativeGate: -10, absoluteGate: LoudnessHistogram.absoluteGate - gain).map {
      KWeighting.loudness(power: $0) + gain
    }
  }

  /// Loudness range in LU after EBU Tech 3342; nil where there is no window of 3 s yet or none passes the gates.
  ///
  /// It is the distance from the 10th to the 95th percentile of short-term loudness, gated at −70 LUFS and 20 LU under
  /// the mean. A new window starts every 100 ms. The resolution is 0.01 LU.
  public var loudnessRange: Double? {
    steps.shortTerms.gatedLoudness(atFractions: [0.1, 0.95], relativeGate: -20).map { $0[1] - $0[0] }
  }

  /// Momentary loudness in LUFS of the last 400 ms; nil before that, and in digital silence.
  public var momentaryLoudness: Double? { Self.loudness(steps.momentaryPower) }

  /// Short-term loudness in LUFS of the last 3 s; nil before that, and in digital silence.
  public var shortTermLoudness: Double? { Self.loudness(steps.shortTermPower) }

  /// The highest momentary loudness in LUFS so far; nil before 400 ms, and in digital silence.
  public var maximumMomentaryLoudness: Double? { Self.loudness(steps.maximumMomentaryPower) }

  /// The highest short-term loudness in LUFS so far; nil before 3 s, and in digital silence.
  public var maximumShortTermLoudness: Double? { Self.loudness(steps.maximumShortTermPower) }

  /// The ungated K-weighted mean square `Σᵢ Gᵢ·zᵢ` over all frames fed, however few; 0 for no frames.
  ///
  /// It is meant for clips under 400 ms, which have no integrated loudness.
  public var kWeightedPower: Double {
    var energy = steps.totalEnergy
    var frames = 0
    for (index, channel) in channels.enumerated() where channel.isMeasured {
      for step in channel.finishedSteps { energy += channelWeights[index] * step }
      energy += channelWeights[index] * channel.unfinishedEnergy
      frames = max(frames, channel.frameCount)
    }
    return frames > 0 ? energy / Double(frames) : 0
  }

  /// ``kWeightedPower`` as a loudness in LUFS, without gates; nil for no frames and for digital silence.
  public var ungatedLoudness: Double? { Self.loudness(kWeightedPower) }

  /// The largest number of frames fed to a channel.
  public var frameCount: Int {
    channels.reduce(0) { max($0, $1.frameCount) }
  }

  private static func loudness(_ power: Double?) -> Double? {
    guard let power, power > 0 else { return nil }
    return KWeighting.loudness(power: power)
  }
}
