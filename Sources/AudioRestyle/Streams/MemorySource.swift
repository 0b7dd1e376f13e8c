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
  var frameCount: Int { channels[0].count }
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
