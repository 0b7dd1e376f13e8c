import SoundFiles

/// Takes the frames of a rendered clip in order.
protocol FrameSink: AnyObject {
  /// Takes the valid frames of a buffer.
  func write(_ buffer: FrameBuffer) throws
}
