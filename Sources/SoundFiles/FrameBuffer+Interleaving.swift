/// Between planar and interleaved order.
extension FrameBuffer {
  /// Writes the valid frames, interleaved, to the start of an array that is long enough.
  func interleave(into items: inout [Float]) {
    let channels = channelCount
    var target = items.mutableSpan
    for channel in 0..<channels {
      withChannel(channel) { source in
        var index = channel
        for frame in 0..<source.count {
          target[index] = source[frame]
          index += channels
        }
      }
    }
  }

  /// Fills the buffer with a number of interleaved frames and sets ``frameCount`` to it.
  mutating func deinterleave(_ items: [Float], frames: Int) {
    let channels = channelCount
    let source = items.span
    for channel in 0..<channels {
      withMutableChannel(channel) { target in
        var index = channel
        for frame in 0..<frames {
          target[frame] = source[index]
          index += channels
        }
      }
    }
    frameCount = frames
  }
}
