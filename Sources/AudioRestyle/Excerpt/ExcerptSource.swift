import SoundFiles

/// The parts of a clip that an excerpt has, as a clip of their own.
///
/// At joins a hop fades out and the next one in, as a step would be a peak that the clip does not have.
final class ExcerptSource: ForwardingSource {
  private let excerpt: Excerpt
  /// The part that is being read, and the place in the clip of the next sample.
  private var index = 0
  private var position = 0

  init(_ base: any FrameSource, _ excerpt: Excerpt) {
    self.excerpt = excerpt
    super.init(base)
  }

  override func rewind() throws {
    (index, position) = (0, 0)
    try super.rewind()
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    buffer.frameCount = 0
    guard index < excerpt.parts.count else { return 0 }
    let part = excerpt.parts[index]
    if position < part.lowerBound { position += try base.skip(part.lowerBound - position) }
    var piece = unsafe FrameBuffer(
      unfilledChannels: channelCount, capacity: min(buffer.capacity, part.upperBound - position))
    let count = position < part.lowerBound ? 0 : try base.read(into: &piece)
    // Between the fades samples pass as they are.
    let fadedIn = index > 0 ? max(0, min(count, part.lowerBound + excerpt.hopLength - position)) : 0
    let fadesOut = index < excerpt.parts.count - 1 ? part.upperBound - excerpt.hopLength - position : count
    for channel in 0..<channelCount {
      piece.withChannel(channel) { samples in
        buffer.withMutableChannel(channel) { target in
          unsafe samples.withUnsafeBufferPointer { samples in
            unsafe target.withUnsafeMutableBufferPointer { target in
              _ = unsafe target[..<count].update(fromContentsOf: samples[..<count])
            }
          }
          for i in 0..<fadedIn { target[i] *= factor(position + i, in: part) }
          for i in min(count, max(fadedIn, fadesOut))..<count { target[i] *= factor(position + i, in: part) }
        }
      }
    }
    buffer.frameCount = count
    position += count
    if position == part.upperBound { index += 1 }
    return count
  }

  /// The factor of a sample of a part.
  private func factor(_ position: Int, in part: Range<Int>) -> Float {
    let length = Float(excerpt.hopLength)
    let (before, after) = (position - part.lowerBound, part.upperBound - 1 - position)
    if before < excerpt.hopLength, index > 0 { return (Float(before) + 0.5) / length }
    if after < excerpt.hopLength, index < excerpt.parts.count - 1 { return (Float(after) + 0.5) / length }
    return 1
  }
}
