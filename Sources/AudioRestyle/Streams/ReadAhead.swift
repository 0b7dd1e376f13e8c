import SoundFiles

/// Reads a clip chunk by chunk, the next one while the last is worked on.
final class ReadAhead {
  /// The chunk that was read last; no frames at the end of the clip.
  private(set) var chunk: FrameBuffer

  private let source: any FrameSource
  private var next: FrameBuffer
  private var failure: (any Error)?

  /// Goes to the start of a clip and reads its first chunk.
  init(_ source: any FrameSource, chunkLength: Int) throws {
    self.source = source
    chunk = FrameBuffer(channelCount: source.channelCount, capacity: chunkLength)
    next = chunk
    try source.rewind()
    read(0)
    try advance()
  }

  /// The piece of work that reads the next chunk.
  var job: ThreadTeam.Job { { [self] in read($0) } }

  /// Makes the next chunk, whose ``job`` is done, the current one.
  func advance() throws {
    if let failure { throw failure }
    swap(&chunk, &next)
  }

  private func read(_ thread: Int) {
    do {
      _ = try source.read(into: &next)
    } catch {
      failure = error
    }
  }
}
