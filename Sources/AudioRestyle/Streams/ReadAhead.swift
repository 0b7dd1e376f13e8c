import SoundFiles

/// Reads a clip chunk by chunk, the next one while the last is worked on.
final class ReadAhead {
  /// The chunk that was read last; no frames at the end of the clip.
  private(set) var chunk: FrameBuffer

  private let source: any FrameSource
  private let observe: (FrameBuffer) -> Void
  private var next: FrameBuffer

  /// Goes to the start of a clip and reads its first chunk.
  ///
  /// - Parameters:
  ///   - source: The clip.
  ///   - chunkLength: The number of frames read at a time.
  ///   - observe: Sees each chunk as it is read, before it is the current one.
  init(_ source: any FrameSource, chunkLength: Int, observe: @escaping (FrameBuffer) -> Void = { _ in })
    throws
  {
    self.source = source
    self.observe = observe
    chunk = FrameBuffer(channelCount: source.channelCount, capacity: chunkLength)
    next = chunk
    try source.rewind()
    try read()
    advance()
  }

  /// The piece of work that reads the next chunk.
  var job: ThreadTeam.Job { { [self] _ in try read() } }

  /// Makes the next chunk, whose ``job`` is done, the current one.
  func advance() { swap(&chunk, &next) }

  private func read() throws {
    if try source.read(into: &next) > 0 { observe(next) }
  }
}
