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
    var state = channels[channel]
    unsafe samples.withUnsafeBufferPointer { samples in
      guard let base = samples.baseAddress else { return }
      RowArithmetic.forEach(samples.count) { start in
        let group = unsafe base.lanes(start)
        let isSmall = (group .< state.highest.value) .& (-group .< state.lowest.value)
        guard !isSmall.allLanes else {
          (state.highest.run, state.lowest.run) = (0, 0)
          return
        }
        for lane in 0..<8 { state.add(group[lane]) }
      } single: { index in
        unsafe state.add(base[index])
      }
    }
    channels[channel] = state
  }

  /// The number of samples that look clipped, over all channels.
  public var clippedSampleCount: Int {
    channels.reduce(0) { $0 + $1.highest.clippedCount + $1.lowest.clippedCount }
  }

  private struct Channel {
    var highest = Extreme()
    var lowest = Extreme()

    mutating func add(_ sample: Float) {
      highest.add(sample)
      lowest.add(-sample)
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
