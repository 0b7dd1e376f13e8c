public import SoundFiles

/// Takes the frames of a restyled clip in order: a file of one's own, a player, a network connection.
public protocol FrameSink: AnyObject {
  /// Takes the valid frames of a buffer, `frameCount` of them in each channel.
  ///
  /// The buffer is used again for the next frames. An error ends the restyling and is passed on.
  func write(_ buffer: FrameBuffer) throws
}
