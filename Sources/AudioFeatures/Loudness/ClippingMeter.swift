/// Counts samples that look clipped: those in runs of three and more at a clip's highest or lowest value.
///
/// A waveform that was cut off stands at its limit for several samples, whatever that limit is; one that was not touches
/// its extreme once. Tones under about 30 Hz stored in integers can do so, too. Extremes nearer to silence than
/// −6 dBFS do not count. Each channel is judged by its own extremes. Samples are fed channel by channel in chunks of any
/// size; every chunking gives the same count.
public struct ClippingMeter: Sendable {
  private var channels: ContiguousArray<Channel>

  /// The shortest run that counts.
  private static let shortestRun = 3
  private static let lowestExtreme: Float = 0.5

  /// Creates a meter.
  public init(channelCount: Int) {
    channels = ContiguousArray(repeating: Channel(), count: channelCount)
  }

  /// Feeds the next samples of one channel.
  public mutating func process(_ samples: Span<Float>, channel: Int) {
    unsafe samples.withUnsafeBufferPointer { samples in
      let group = TruePeakKernels.groupLength
      for start in stride(from: 0, to: samples.count, by: group) {
        let isWhole = start + group <= samples.count
        if isWhole, unsafe channels[channel].excludes(TruePeakKernels.sampleMagnitude(samples, start)) {
          channels[channel].endRuns()
        } else {
          for index in start..<min(start + group, samples.count) {
            unsafe channels[channel].highest.add(samples[index])
            unsafe channels[channel].lowest.add(-samples[index])
          }
        }
      }
    }
  }

  /// The number of samples that look clipped, over all channels.
  public var clippedSampleCount: Int {
    channels.reduce(0) { $0 + $1.highest.clippedCount + $1.lowest.clippedCount }
  }

  private struct Channel {
    var highest = Extreme()
    var lowest = Extreme()

    /// Whether no sample of a magnitude can count.
    func excludes(_ magnitude: Float) -> Bool { magnitude < min(highest.value, lowest.value) }

    mutating func endRuns() {
      highest.run = 0
      lowest.run = 0
    }
  }

  /// The largest value so far, and the runs at it.
  private struct Extreme {
    var value = ClippingMeter.lowestExtreme
    var run = 0
    var clippedCount = 0

    mutating func add(_ sample: Float) {
      guard sample >= value else {
        run = 0
        return
      }
      if sample > value {
        self = Extreme(value: sample)
      }
      run += 1
      if run == ClippingMeter.shortestRun {
        clippedCount += run
      } else if run > ClippingMeter.shortestRun {
        clippedCount += 1
      }
    }
  }
}
