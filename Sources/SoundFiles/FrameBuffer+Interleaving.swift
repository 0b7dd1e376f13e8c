/// Between planar and interleaved order.
extension FrameBuffer {
  /// Writes the valid frames, interleaved, to the start of an array that is long enough.
  func interleave(into items: inout [Float]) {
    let (channels, frames) = (channelCount, frameCount)
    precondition(items.count >= channels * frames)
    unsafe items.withUnsafeMutableBufferPointer { items in
      unsafe withUnsafeStorage { rows in
        if channels == 2 {
          for frame in 0..<frames {
            unsafe items[2 &* frame] = rows[frame]
            unsafe items[2 &* frame &+ 1] = rows[capacity &+ frame]
          }
          return
        }
        for channel in 0..<channels {
          for frame in 0..<frames {
            unsafe items[frame &* channels &+ channel] = rows[channel &* capacity &+ frame]
          }
        }
      }
    }
  }

  /// Fills the buffer with a number of interleaved frames and sets ``frameCount`` to it.
  mutating func deinterleave(_ items: [Float], frames: Int) {
    let (channels, capacity) = (channelCount, capacity)
    precondition(items.count >= channels * frames && frames <= capacity)
    unsafe items.withUnsafeBufferPointer { items in
      unsafe withUnsafeMutableStorage { rows in
        if channels == 2 {
          for frame in 0..<frames {
            unsafe rows[frame] = items[2 &* frame]
            unsafe rows[capacity &+ frame] = items[2 &* frame &+ 1]
          }
          return
        }
        for channel in 0..<channels {
          for frame in 0..<frames {
            unsafe rows[channel &* capacity &+ frame] = items[frame &* channels &+ channel]
          }
        }
      }
    }
    frameCount = frames
  }
}
