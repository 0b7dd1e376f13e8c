import SoundFiles

/// Keeps rendered frames in memory.
final class MemorySink: FrameSink {
  /// The samples of each channel so far.
  private(set) var channels: [[Float]]

  init(channelCount: Int) {
    channels = [[Float]](repeating: [], count: channelCount)
  }

  func write(_ buffer: FrameBuffer) {
    for channel in channels.indices {
      channels[channel] += buffer.channel(channel)
    }
  }
}
