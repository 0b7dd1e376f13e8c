/// A sample of interleaved frames.
protocol InterleavedSample {
  /// The value with full scale at ±1.
  var amplitude: Float { get }
}

extension Float: InterleavedSample {
  @inline(__always)
  var amplitude: Float { self }
}

/// A word of 16 bits, or a shorter one in the high bits.
extension Int16: InterleavedSample {
  @inline(__always)
  var amplitude: Float { Float(self) * 0x1p-15 }
}

/// Between planar and interleaved order.
extension FrameBuffer {
  /// Writes the valid frames, interleaved, to the start of an array that is long enough.
  func interleave(into items: inout [Float]) {
    let (channels, frames) = (channelCount, frameCount)
    precondition(items.count >= channels * frames)
    unsafe items.withUnsafeMutableBufferPointer { items in
      unsafe withUnsafeStorage { rows in
        guard let items = items.baseAddress, let rows = rows.baseAddress else { return }
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

  /// Fills frames from a position on with interleaved ones.
  ///
  /// - Parameters:
  ///   - items: Interleaved frames; they must fit.
  ///   - position: The first frame that is filled. ``frameCount`` stays as it is.
  mutating func deinterleave(_ items: UnsafeBufferPointer<some InterleavedSample>, at position: Int = 0) {
    let (channels, capacity) = (channelCount, capacity)
    let frames = items.count / channels
    precondition(items.count % channels == 0 && position >= 0 && position + frames <= capacity)
    unsafe withUnsafeMutableStorage { rows in
      guard let items = items.baseAddress, let start = rows.baseAddress else { return }
      let rows = unsafe start + position
      if channels == 2 {
        let second = unsafe rows + capacity
        for frame in 0..<frames {
          unsafe rows[frame] = items[2 &* frame].amplitude
          unsafe second[frame] = items[2 &* frame &+ 1].amplitude
        }
        return
      }
      for channel in 0..<channels {
        let row = unsafe rows + channel * capacity
        for frame in 0..<frames { unsafe row[frame] = items[frame &* channels &+ channel].amplitude }
      }
    }
  }
}
