public import SoundFiles

/// A clip held in memory.
public final class MemorySource: FrameSource {
  /// The sample rate in Hz.
  public let sampleRate: Double
  /// The number of channels.
  public let channelCount: Int
  /// What to call the clip in messages.
  public let name: String
  /// The channels that carry low-frequency effects.
  public let lfeChannels: [Int]
  /// The length in sample frames.
  package var frameCount: Int { channels[0].count }
  private let channels: [[Float]]
  private var position = 0

  /// Creates a clip from one array of samples a channel.
  ///
  /// - Precondition: There is at least one channel, all are of one length, and the rate is positive.
  public init(_ channels: [[Float]], sampleRate: Double, name: String = "clip", lfeChannels: [Int] = []) {
    precondition(!channels.isEmpty && channels.allSatisfy { $0.count == channels[0].count } && sampleRate > 0)
    self.channels = channels
    self.sampleRate = sampleRate
    self.name = name
    self.lfeChannels = lfeChannels
    channelCount = channels.count
  }

  /// Creates a clip from samples of unchecked origin.
  ///
  /// - Throws: ``RestyleError/invalidClip(_:)`` where there is no channel, channels differ in length, or the rate is
  ///   not positive and finite.
  public convenience init(
    checking channels: [[Float]], sampleRate: Double, name: String = "clip", lfeChannels: [Int] = []
  ) throws(RestyleError) {
    guard let first = channels.first else {
      throw .invalidClip("\(name): expected at least 1 channel, found 0")
    }
    if let other = channels.first(where: { $0.count != first.count }) {
      throw .invalidClip("\(name): expected \(first.count) samples in each channel, found \(other.count)")
    }
    guard sampleRate > 0, sampleRate.isFinite else {
      throw .invalidClip("\(name): expected a positive sample rate, found \(sampleRate)")
    }
    self.init(channels, sampleRate: sampleRate, name: name, lfeChannels: lfeChannels)
  }

  /// Reads a sound file into memory.
  ///
  /// - Throws: `SoundFileError` where it cannot be read, ``RestyleError/emptyClip(_:)`` where it has no samples.
  public convenience init(contentsOf path: String) throws {
    let reader = try SoundFileReader(path: path)
    let sink = MemorySink(channelCount: reader.channelCount)
    var buffer = FrameBuffer(channelCount: reader.channelCount, capacity: 1 << 16)
    while try reader.read(into: &buffer) > 0 { sink.write(buffer) }
    guard !sink.channels[0].isEmpty else { throw RestyleError.emptyClip(path) }
    self.init(
      sink.channels, sampleRate: reader.sampleRate, name: path, lfeChannels: reader.lfeChannels)
  }

  /// The number of frames.
  public var expectedFrameCount: Int? { channels[0].count }

  /// Goes back to the first frame.
  public func rewind() {
    position = 0
  }

  /// Reads the next frames.
  public func read(into buffer: inout FrameBuffer) -> Int {
    precondition(buffer.channelCount == channelCount)
    let count = min(buffer.capacity, channels[0].count - position)
    for channel in 0..<channelCount {
      buffer.withMutableChannel(channel) { samples in
        for i in 0..<count { samples[i] = channels[channel][position + i] }
      }
    }
    buffer.frameCount = count
    position += count
    return count
  }
}

/// A sink that keeps rendered frames in memory.
package final class MemorySink: FrameSink {
  /// The samples of each channel so far.
  package private(set) var channels: [[Float]]

  package init(channelCount: Int) {
    channels = [[Float]](repeating: [], count: channelCount)
  }

  package func write(_ buffer: FrameBuffer) {
    for channel in channels.indices {
      channels[channel] += buffer.channel(channel)
    }
  }
}
