public import SoundFiles

/// A clip that can be read from its beginning any number of times, as planar `Float` frames.
public protocol FrameSource: AnyObject {
  /// The sample rate in Hz.
  var sampleRate: Double { get }
  /// The number of channels.
  var channelCount: Int { get }
  /// The channels that carry low-frequency effects; they take no part in `linked` statistics and loudness.
  var lfeChannels: [Int] { get }
  /// What to call the clip in messages.
  var name: String { get }
  /// The number of frames, if known before reading; the default is `nil`. It serves progress and checks of disk space.
  var expectedFrameCount: Int? { get }

  /// Goes back to the first frame.
  func rewind() throws

  /// Reads the next frames into a buffer of ``channelCount`` channels and sets its `frameCount`.
  ///
  /// - Returns: The number of frames read; 0 at the end.
  func read(into buffer: inout FrameBuffer) throws -> Int

  /// Skips the next frames; the default implementation reads and drops them.
  ///
  /// - Returns: The number of skipped frames; fewer than asked for at the end.
  func skip(_ count: Int) throws -> Int
}

extension FrameSource {
  /// Not known.
  public var expectedFrameCount: Int? { nil }

  /// No LFE channel.
  public var lfeChannels: [Int] { [] }

  /// Reads and drops the frames.
  public func skip(_ count: Int) throws -> Int { try readAndDrop(count) }

  /// Reads frames and drops them.
  ///
  /// - Returns: The number of dropped frames; fewer than asked for at the end.
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

/// A receiver of a restyled clip's frames in order, such as a file, a player or a network connection.
public protocol FrameSink: AnyObject {
  /// Takes the valid frames of a buffer, `frameCount` of them in each channel.
  ///
  /// The caller reuses the buffer for the next frames. An error ends the restyling and is passed on.
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
