import SoundFiles

/// Keeps rendered frames until the last gain is known.
protocol FrameSpool: FrameSink {
  /// Goes back to the first frame, for reading.
  func rewind() throws
  /// Reads the next frames; 0 at the end.
  func read(into buffer: inout FrameBuffer) throws -> Int
}

/// A spool in memory.
final class MemorySpool: FrameSpool {
  private(set) var channels: [[Float]]
  private var position = 0

  init(channelCount: Int) {
    channels = [[Float]](repeating: [], count: channelCount)
  }

  func write(_ buffer: FrameBuffer) {
    for channel in channels.indices {
      channels[channel] += buffer.channel(channel)
    }
  }

  func rewind() {
    position = 0
  }

  func read(into buffer: inout FrameBuffer) -> Int {
    let count = min(buffer.capacity, channels[0].count - position)
    for channel in channels.indices {
      buffer.withMutableChannel(channel) { samples in
        for i in 0..<count { samples[i] = channels[channel][position + i] }
      }
    }
    buffer.frameCount = count
    position += count
    return count
  }
}
