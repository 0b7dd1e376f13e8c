/// Counts samples that look clipped: those in runs of three and more at a clip's highest or lowest value.
///
/// A clipped waveform stays at its limit for several samples, whatever that limit is; other waveforms touch their
/// extreme once. Tones under about 30 Hz stored in integers can stay at their extreme as well. Extremes below −6 dBFS
/// do not count. Each channel is judged by its own extremes. Samples are fed channel by channel in chunks of any size;
/// every chunking gives the same count.
public struct ClippingMeter: Sendable {
  private var channels: ContiguousArray<Channel>

  /// The shortest run that counts, in samples.
  private static let shortestRun = 3
  /// The number of samples that are compared with the extremes together.
  private static let groupLength = 32
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
      var start = 0
      while start < samples.count {
        let end = min(start + Self.groupLength, samples.count)
        if end - start == Self.groupLength, unsafe state.isInside(base + start) {
          (state.highest.run, state.lowest.run) = (0, 0)
        } else {
          for index in start..<end { unsafe state.add(base[index]) }
        }
        start = end
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

    /// Whether no sample of a group reaches an extreme, so that runs end; NaN does not reach one.
    @inline(__always)
    func isInside(_ group: UnsafePointer<Float>) -> Bool {
      var (high, low) = (Lanes.zero, Lanes.zero)
      for offset in stride(from: 0, to: ClippingMeter.groupLength, by: Lanes.scalarCount) {
        let values = unsafe group.lanes(offset)
        high = high.larger(values)
        low = low.larger(-values)
      }
      return ((high .< highest.value) .& (low .< lowest.value)).allLanes
    }

    mutating func add(_ sample: Float) {
      highest.add(sample)
      lowest.add(-sample)
    }
  }

  /// The largest value so far, at least 0.5, and the runs at it.
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
