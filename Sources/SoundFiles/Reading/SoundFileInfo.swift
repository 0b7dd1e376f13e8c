/// What is known about a sound file that is being read.
public struct SoundFileInfo: Hashable, Sendable {
  /// The path as it was given, or `-` for standard input.
  public let path: String
  /// Container, encoding and byte order.
  public let format: SoundFileFormat
  /// The sample rate in Hz.
  public let sampleRate: Int
  /// The number of channels.
  public let channelCount: Int
  /// The number of frames that can really be read.
  ///
  /// Damage inside a compressed file shows only while it is decoded; the number is corrected at that moment.
  public internal(set) var frameCount: Int
  /// The number of frames that the header promises, where that is another number than ``frameCount``.
  public internal(set) var declaredFrameCount: Int?
  /// Whether the file ends before its header says, or is damaged inside.
  public internal(set) var isTruncated: Bool
  /// What is odd about the file although it can be read.
  public internal(set) var warnings: [SoundFileWarning]
  /// Text fields, and all else that the file holds beside its samples.
  public internal(set) var metadata: SoundMetadata
  /// The speaker of each channel, where the file or its container's standard says so.
  public let layout: ChannelLayout?
  /// The state of the file when it was opened; nil for standard input and pipes.
  public let stamp: FileStamp?

  /// The mean bits a second of a lossy file, headers and tags included; nil for others, and under a second.
  public var bitRate: Double? { metadata.stored?.bitRate }

  /// The bits a second of a file: 8 · bytes · rate / frames.
  static func bitRate(byteCount: Int, frameCount: Int, sampleRate: Int) -> Double {
    frameCount > 0 ? 8 * Double(byteCount) * Double(sampleRate) / Double(frameCount) : 0
  }

  /// The duration in seconds.
  public var duration: Double { Double(frameCount) / Double(sampleRate) }
}
