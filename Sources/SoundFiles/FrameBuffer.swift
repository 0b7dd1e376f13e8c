/// Audio frames in planar order: all frames of channel 0, then all frames of channel 1, and so on.
///
/// Channel `c` is at `c · capacity ..< c · capacity + capacity` of one contiguous store. Its first ``frameCount``
/// values are valid; the others are left over from earlier use. Full scale is ±1.
public struct FrameBuffer: Sendable {
  /// The number of channels.
  public let channelCount: Int

  /// The number of frames the buffer can hold.
  public let capacity: Int

  /// The number of valid frames, at most ``capacity``.
  public var frameCount: Int {
    didSet {
      precondition(
        frameCount >= 0 && frameCount <= capacity,
        "frameCount must lie in 0...\(capacity), found \(frameCount)")
    }
  }

  private var storage: ContiguousArray<Float>

  /// Creates a buffer of zeros with no valid frames.
  ///
  /// - Parameters:
  ///   - channelCount: The number of channels, at least 1.
  ///   - capacity: The number of frames to make room for.
  public init(channelCount: Int, capacity: Int) {
    precondition(channelCount >= 1, "a buffer needs at least 1 channel, found \(channelCount)")
    precondition(capacity >= 0, "a capacity must not be negative, found \(capacity)")
    self.channelCount = channelCount
    self.capacity = capacity
    self.frameCount = 0
    self.storage = ContiguousArray(repeating: 0, count: channelCount * capacity)
  }

  /// Creates a buffer with no valid frames and undefined memory, for frames that are all written before they are read.
  @unsafe package init(unfilledChannels channelCount: Int, capacity: Int) {
    precondition(channelCount >= 1, "a buffer needs at least 1 channel, found \(channelCount)")
    precondition(capacity >= 0, "a capacity must not be negative, found \(capacity)")
    self.channelCount = channelCount
    self.capacity = capacity
    self.frameCount = 0
    // All empty arrays share one storage, whose count this initializer would write.
    self.storage =
      capacity == 0
      ? []
      : unsafe ContiguousArray(unsafeUninitializedCapacity: channelCount * capacity) { _, count in
        count = channelCount * capacity
      }
  }

  /// Creates a full buffer from one array of frames for each channel.
  ///
  /// - Precondition: There is at least one channel, and all channels have the same length.
  public init(channels: [[Float]]) {
    precondition(!channels.isEmpty, "a buffer needs at least 1 channel")
    let capacity = channels[0].count
    precondition(channels.allSatisfy { $0.count == capacity }, "all channels must have the same length")
    self.init(channelCount: channels.count, capacity: capacity)
    storage = ContiguousArray(channels.joined())
    frameCount = capacity
  }

  /// The value of channel `channel` at frame `frame`, which must be within the capacity.
  public subscript(channel: Int, frame: Int) -> Float {
    get { storage[offset(channel) + checked(frame)] }
    set { storage[offset(channel) + checked(frame)] = newValue }
  }

  /// The valid frames of one channel, copied.
  public func channel(_ channel: Int) -> [Float] {
    let start = offset(channel)
    return Array(storage[start..<start + frameCount])
  }

  /// Calls a closure with the valid frames of one channel, for reading.
  public func withChannel<Result, Failure: Error>(
    _ channel: Int, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = offset(channel)
    return try body(storage.span.extracting(start..<start + frameCount))
  }

  /// Calls a closure with the whole capacity of one channel, for writing.
  ///
  /// Set ``frameCount`` afterwards where the number of valid frames changes.
  public mutating func withMutableChannel<Result, Failure: Error>(
    _ channel: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let range = offset(channel)..<offset(channel) + capacity
    return try unsafe storage.withUnsafeMutableBufferPointer { buffer throws(Failure) in
      let slice = unsafe UnsafeMutableBufferPointer(rebasing: buffer[range])
      var span = unsafe slice.mutableSpan
      return try body(&span)
    }
  }

  /// Calls a closure with the whole store for reading: channel `c` starts at `c · capacity`.
  @unsafe
  public func withUnsafeStorage<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe storage.withUnsafeBufferPointer { buffer throws(Failure) in try unsafe body(buffer) }
  }

  /// Calls a closure with the whole store for writing: channel `c` starts at `c · capacity`.
  @unsafe
  public mutating func withUnsafeMutableStorage<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe storage.withUnsafeMutableBufferPointer { buffer throws(Failure) in try unsafe body(buffer) }
  }

  private func offset(_ channel: Int) -> Int {
    precondition(
      channel >= 0 && channel < channelCount, "channel \(channel) is outside 0..<\(channelCount)")
    return channel * capacity
  }

  private func checked(_ frame: Int) -> Int {
    precondition(frame >= 0 && frame < capacity, "frame \(frame) is outside 0..<\(capacity)")
    return frame
  }
}

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

/// Conversion between planar and interleaved order.
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

  /// Fills frames from a position on with interleaved frames.
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
