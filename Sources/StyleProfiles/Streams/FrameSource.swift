public import SoundFiles

/// A clip that can be read from its beginning as often as needed, in planar `Float` frames.
public protocol FrameSource: AnyObject {
  /// The sample rate in Hz.
  var sampleRate: Double { get }
  /// The number of channels.
  var channelCount: Int { get }
  /// The channels that carry low-frequency effects; they take no part in `linked` statistics and loudness.
  var lfeChannels: [Int] { get }
  /// What to call the clip in messages.
  var name: String { get }
  /// The number of frames where it is known before they are read, for progress and for room on the disk; the default is
  /// nil.
  var expectedFrameCount: Int? { get }

  /// Goes back to the first frame.
  func rewind() throws

  /// Reads the next frames into a buffer of ``channelCount`` channels and sets its `frameCount`.
  ///
  /// - Returns: The number of frames read; 0 at the end.
  func read(into buffer: inout FrameBuffer) throws -> Int

  /// Passes over the next frames, which has a default: reading them.
  ///
  /// - Returns: The number of frames passed over; fewer than asked for at the end.
  func skip(_ count: Int) throws -> Int
}

extension FrameSource {
  /// Not known.
  public var expectedFrameCount: Int? { nil }

  /// No LFE channel.
  public var lfeChannels: [Int] { [] }

  /// Reads the frames.
  public func skip(_ count: Int) throws -> Int { try readAndDrop(count) }

  /// Reads frames that nobody takes.
  ///
  /// - Returns: How many there were.
  package func readAndDrop(_ count: Int) throws -> Int {
    var done = 0
    var buffer = FrameBuffer(channelCount: channelCount, capacity: 4096)
    while done < count {
      if count - done < buffer.capacity {
        buffer = FrameBuffer(channelCount: channelCount, capacity: count - done)
      }
      guard try read(into: &buffer) > 0 else { break }
      done += buffer.frameCount
    }
    return done
  }
}

/// Takes the frames of a restyled clip in order: a file of one's own, a player, a network connection.
public protocol FrameSink: AnyObject {
  /// Takes the valid frames of a buffer, `frameCount` of them in each channel.
  ///
  /// The buffer is used again for the next frames. An error ends the restyling and is passed on.
  func write(_ buffer: FrameBuffer) throws
}

extension SoundFileReader: FrameSource {
  /// The sample rate in Hz.
  public var sampleRate: Double { Double(info.sampleRate) }
  /// The number of channels.
  public var channelCount: Int { info.channelCount }
  /// The channels that the file's channel map gives to low-frequency effects.
  public var lfeChannels: [Int] { info.layout?.lfeChannels ?? [] }
  /// The file's path.
  public var name: String { info.path }
  /// The number of frames that the file's header promises.
  public var expectedFrameCount: Int? { info.frameCount }
}
