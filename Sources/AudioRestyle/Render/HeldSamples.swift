import SoundFiles

/// The samples of all channels that wait for their factors to be known.
struct HeldSamples {
  private var channels: [[Float]]

  init(channelCount: Int) {
    channels = [[Float]](repeating: [], count: channelCount)
  }

  /// Takes samples in, behind those that wait.
  mutating func append(_ buffer: FrameBuffer) {
    for channel in channels.indices {
      buffer.withChannel(channel) { samples in
        unsafe samples.withUnsafeBufferPointer { unsafe channels[channel].append(contentsOf: $0) }
      }
    }
  }

  /// Gives back the first samples of every channel, times a factor for each.
  mutating func take(times factors: ContiguousArray<Float>) -> FrameBuffer {
    let count = factors.count
    var result = unsafe FrameBuffer(unfilledChannels: channels.count, capacity: max(1, count))
    result.frameCount = count
    for channel in channels.indices {
      precondition(channels[channel].count >= count)
      unsafe channels[channel].withUnsafeBufferPointer { samples in
        unsafe factors.withUnsafeBufferPointer { factors in
          result.withMutableChannel(channel) { target in
            unsafe target.withUnsafeMutableBufferPointer { target in
              for i in 0..<count { unsafe target[i] = samples[i] * factors[i] }
            }
          }
        }
      }
      channels[channel].removeFirst(count)
    }
    return result
  }
}
