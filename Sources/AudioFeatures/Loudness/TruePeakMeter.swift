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

  /// The number of values per sample, the sample included: 4, 2 or 1.
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

  /// Takes in the buffered samples and the decay of the interpolator after the last sample.
  ///
  /// No samples may be fed afterwards.
  public mutating func finish() {
    for index in channels.indices { channels[index].finish(filter: filter) }
  }

  /// The largest ratio of an interpolated value to the largest magnitude of the samples it is made from.
  ///
  /// Errors of samples within ±e move the true peak by at most ± this ratio times e.
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

/// A scan of groups of samples and of the values between them.
protocol TruePeakScanning: Sendable {
  /// Scans consecutive groups in a buffer, behind the history (``TruePeakKernels``).
  mutating func scan(_ buffer: UnsafeBufferPointer<Float>, groups: Int, filter: TruePeakFilter)
}

/// The true peaks of one channel: a buffer of recent samples, and a scan with its findings.
///
/// Samples collect behind a history of two groups. When the buffer is full, its groups are scanned, and its last
/// samples become the new history.
struct TruePeakChannel<Scan: TruePeakScanning>: Sendable {
  private static var historyLength: Int { TruePeakKernels.historyLength }
  private static var groupLength: Int { TruePeakKernels.groupLength }
  private static var capacity: Int { historyLength + 64 * groupLength }

  /// The scan, with its findings so far.
  var peaks: Scan

  private var buffer = ContiguousArray<Float>(repeating: 0, count: capacity)
  private var end = historyLength

  init(_ scan: Scan) {
    peaks = scan
  }

  mutating func process(_ samples: Span<Float>, filter: TruePeakFilter) {
    var position = 0
    while position < samples.count {
      let count = min(samples.count - position, Self.capacity - end)
      append(samples.extracting(position..<position + count))
      position += count
      if end == Self.capacity { takeIn(filter) }
    }
  }

  mutating func finish(filter: TruePeakFilter) {
    // 47 zeros move the last sample through the interpolator; 32 more complete an unfinished group.
    var missing = TruePeakFilter.length - 1 + Self.groupLength
    while missing > 0 {
      let count = min(missing, Self.capacity - end)
      for index in 0..<count { buffer[end + index] = 0 }
      end += count
      missing -= count
      if end == Self.capacity { takeIn(filter) }
    }
    takeIn(filter)
  }

  /// Copies samples to the end of the buffer, which has room for them.
  private mutating func append(_ samples: Span<Float>) {
    let start = end
    unsafe buffer.withUnsafeMutableBufferPointer { target in
      unsafe samples.withUnsafeBufferPointer { source in
        _ = unsafe UnsafeMutableBufferPointer(rebasing: target[start...]).update(fromContentsOf: source)
      }
    }
    end = start + samples.count
  }

  /// Scans all whole groups behind the history, and moves the last two groups and the samples behind them to the front.
  private mutating func takeIn(_ filter: TruePeakFilter) {
    let groups = (end - Self.historyLength) / Self.groupLength
    var peaks = peaks
    unsafe buffer.withUnsafeBufferPointer { unsafe peaks.scan($0, groups: groups, filter: filter) }
    self.peaks = peaks
    let taken = groups * Self.groupLength
    let rest = end - taken
    unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe base.update(from: base + taken, count: rest)
    }
    end -= taken
  }
}

/// The true peaks of one channel over time, in groups of 32 samples.
///
/// For each group of 32 consecutive samples ``Group`` holds the largest sample, and the largest interpolated value
/// (ITU-R BS.1770-4, annex 2, as ``TruePeakMeter`` has it) of the 32 places from 24 samples before the group's first
/// sample to 8 after it. Chunks of any size give the same groups; take them with ``takeGroups()``, and call
/// ``finish()`` after the last chunk.
public struct TruePeakEnvelope: Sendable {
  /// The number of samples of a group.
  public static let groupLength = TruePeakKernels.groupLength

  /// The peaks of one group.
  public struct Group: Hashable, Sendable {
    /// The largest magnitude of a sample.
    public var samplePeak: Float
    /// The largest magnitude between samples; 0 where the samples are too small to reach the level of interest.
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

  /// Takes in the buffered samples and the decay of the interpolator after the last sample.
  ///
  /// The last groups lie behind the last sample. No samples may be fed afterwards.
  public mutating func finish() { channel.finish(filter: filter) }

  /// The groups that were finished since the last call, in order.
  public mutating func takeGroups() -> ContiguousArray<Group> {
    defer { channel.peaks.groups.removeAll(keepingCapacity: true) }
    return channel.peaks.groups
  }

  /// A scan that keeps the peaks of each group.
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
