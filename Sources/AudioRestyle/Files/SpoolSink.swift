import SoundFiles

/// Keeps rendered frames in a temporary file until the last gain is known.
final class SpoolSink: FrameSink {
  let file: SpoolFile

  init(_ file: SpoolFile) {
    self.file = file
  }

  func write(_ buffer: FrameBuffer) throws {
    try file.append(buffer)
  }
}
