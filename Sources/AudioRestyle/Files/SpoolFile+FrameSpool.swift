public import SoundFiles

extension SpoolFile: FrameSpool {
  /// Appends the valid frames of a buffer.
  public func write(_ buffer: FrameBuffer) throws {
    try append(buffer)
  }
}
