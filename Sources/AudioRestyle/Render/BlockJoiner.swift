import AudioFeatures
import SoundFiles

/// Adds up the overlapping samples of blocks in order, and gives out those that are complete.
struct BlockJoiner {
  private let hopLength: Int
  private let frameCount: Int
  /// The number of samples given out.
  private var position = 0
  /// The sums that the frames to come will add to, for each channel.
  private var sums: [ContiguousArray<Float>]

  /// Creates a joiner.
  ///
  /// - Parameters:
  ///   - geometry: The transform's lengths.
  ///   - channelCount: The number of channels.
  ///   - frameCount: The length of the clip in sample frames.
  init(_ geometry: STFTGeometry, channelCount: Int, frameCount: Int) {
    hopLength = geometry.hopLength
    self.frameCount = frameCount
    let overlap = geometry.windowLength - geometry.hopLength
    sums = Array(repeating: ContiguousArray(repeating: 0, count: overlap), count: channelCount)
  }

  /// Adds blocks, and puts the samples that they complete into a buffer.
  mutating func join(_ blocks: [RenderedBlock], into buffer: inout FrameBuffer) {
    let capacity = blocks.reduce(0) { $0 + $1.frames.count } * hopLength
    if capacity > buffer.capacity {
      buffer = unsafe FrameBuffer(unfilledChannels: sums.count, capacity: capacity)
    }
    buffer.frameCount = 0
    for block in blocks { append(block, to: &buffer) }
  }

  private mutating func append(_ block: RenderedBlock, to buffer: inout FrameBuffer) {
    let complete = block.frames.count * hopLength
    // Frame i starts at sample (i − 2) · H; nothing stands before the clip or after its end.
    let skipped = min(complete, max(0, (2 - block.frames.lowerBound) * hopLength))
    let count = max(0, min(complete - skipped, frameCount - position))
    let start = buffer.frameCount
    for channel in sums.indices {
      let overlap = sums[channel].count
      RowArithmetic.add(sums[channel], to: &block.samples[channel])
      let row = block.samples[channel]
      buffer.withMutableChannel(channel) { target in
        unsafe target.withUnsafeMutableBufferPointer { target in
          _ = unsafe target[start..<start + count].update(fromContentsOf: row[skipped..<skipped + count])
        }
      }
      sums[channel].replaceSubrange(0..<overlap, with: row[complete..<complete + overlap])
    }
    buffer.frameCount = start + count
    position += count
  }
}
