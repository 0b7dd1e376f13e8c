/// The course of one channel's true peak: what stands in each group of 32 samples, and between them.
///
/// For each group of 32 consecutive samples ``Group`` holds the largest sample, and the largest interpolated value
/// (ITU-R BS.1770-4, annex 2, as ``TruePeakMeter`` has it) of the 32 places from 24 samples before the group's first sample to 8
/// after it. Chunks of any size give the same groups; take them with ``takeGroups()``, and call ``finish()`` after the last
/// chunk.
public struct TruePeakEnvelope: Sendable {
  /// The number of samples of a group.
  public static let groupLength = TruePeakKernels.groupLength

  /// What was found in one group.
  public struct Group: Hashable, Sendable {
    /// The largest magnitude of a sample.
    public var samplePeak: Float
    /// The largest magnitude between samples; 0 where the samples around are too small to reach the level of interest.
    public var interpolatedPeak: Float
  }

  private let filter: TruePeakFilter
  private var channel: TruePeakChannel<GroupScan>

  /// Creates an envelope.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in hertz; positive and finite.
  ///   - levelOfInterest: The magnitude under which interpolated values may be left out, which saves most of the work.
  public init(sampleRate: Double, levelOfInterest: Float) {
    precondition(
      sampleRate > 0 && sampleRate.isFinite, "expected a positive sample rate, found \(sampleRate)")
    filter = .shared(sampleRate: sampleRate)
    channel = TruePeakChannel(GroupScan(levelOfInterest: levelOfInterest))
  }

  /// Feeds the next samples.
  public mutating func process(_ samples: Span<Float>) { channel.process(samples, filter: filter) }

  /// Takes in what is still buffered and the decay of the interpolator after the last sample; feed nothing after it.
  ///
  /// The last groups lie behind the last sample.
  public mutating func finish() { channel.finish(filter: filter) }

  /// The groups that were finished since this was called before, in order.
  public mutating func takeGroups() -> ContiguousArray<Group> {
    defer { channel.peaks.groups.removeAll(keepingCapacity: true) }
    return channel.peaks.groups
  }

  /// Notes what it sees group by group.
  private struct GroupScan: TruePeakScanning {
    let levelOfInterest: Float
    var groups: ContiguousArray<Group> = []
    /// The largest magnitudes of the two groups before.
    private var lastMagnitudes: (Float, Float) = (0, 0)

    init(levelOfInterest: Float) {
      self.levelOfInterest = levelOfInterest
    }

    mutating func scan(_ buffer: UnsafeBufferPointer<Float>, groups count: Int, filter: TruePeakFilter) {
      for group in 0..<count {
        let start = TruePeakKernels.start(ofGroup: group)
        let magnitude = unsafe TruePeakKernels.sampleMagnitude(buffer, start)
        let reach = max(magnitude, max(lastMagnitudes.0, lastMagnitudes.1))
        lastMagnitudes = (lastMagnitudes.1, magnitude)
        let isLoud = reach * filter.gainBound > levelOfInterest
        groups.append(
          Group(
            samplePeak: magnitude,
            interpolatedPeak: isLoud ? unsafe TruePeakKernels.interpolatedMagnitude(buffer, start, filter) : 0
          ))
      }
    }
  }
}
