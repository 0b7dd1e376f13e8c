import SoundFiles

/// A rendered clip with its last gain, limited where asked for, and then trimmed.
final class LeveledSource: ForwardingSource {
  /// The factor of all samples before the limiter.
  var factor: Float = 1
  /// What the limiter holds; nil passes peaks as they are.
  var ceilings: PeakLimiter.Ceilings?
  /// The factor of all samples behind the limiter.
  var trim: Float = 1

  /// Whether samples differ from those of the rendered clip.
  var isChanging: Bool { factor != 1 || trim != 1 || ceilings != nil }

  /// The limiter since the last rewind.
  private(set) var limiter: PeakLimiter?
  private var chunk: FrameBuffer

  override init(_ base: any FrameSource) {
    chunk = FrameBuffer(channelCount: base.channelCount, capacity: ProfileLearner.chunkLength)
    super.init(base)
  }

  override func rewind() throws {
    try super.rewind()
    limiter = ceilings.map {
      PeakLimiter(sampleRate: sampleRate, channelCount: channelCount, ceilings: $0)
    }
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    guard limiter != nil else {
      let count = try super.read(into: &buffer)
      buffer.scale(by: factor)
      buffer.scale(by: trim)
      return count
    }
    while limiter?.take(into: &buffer) == 0 {
      if try super.read(into: &chunk) > 0 {
        chunk.scale(by: factor)
        limiter?.append(chunk)
      } else {
        limiter?.finish()
        _ = limiter?.take(into: &buffer)
        break
      }
    }
    buffer.scale(by: trim)
    return buffer.frameCount
  }
}

extension FrameBuffer {
  /// Multiplies all valid frames by a factor; 1 leaves their bits alone.
  mutating func scale(by factor: Float) {
    guard factor != 1 else { return }
    let count = frameCount
    for channel in 0..<channelCount {
      withMutableChannel(channel) { samples in
        for i in 0..<count { samples[i] *= factor }
      }
    }
  }
}
