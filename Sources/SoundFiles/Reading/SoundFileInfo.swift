/// The properties of a sound file that is being read.
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
  /// Damage inside a compressed file shows only while it is decoded; the number is corrected then.
  public internal(set) var frameCount: Int
  /// The number of frames that the header promises; nil where it is ``frameCount`` or not known.
  public internal(set) var declaredFrameCount: Int?
  /// Whether the file ends before its header says, or is damaged inside.
  public internal(set) var isTruncated: Bool
  /// The faults of a file that can be read nevertheless.
  public internal(set) var warnings: [SoundFileWarning]
  /// Text fields, and the other parts that the file holds beside its samples.
  public internal(set) var metadata: SoundMetadata
  /// The speaker of each channel, where the file or its container's standard says so.
  public let layout: ChannelLayout?
  /// The state of the file when it was opened; nil for standard input and pipes.
  public let stamp: FileStamp?

  /// The mean bit rate of a lossy file in bit/s, headers and tags included; nil for other files, and for up to a
  /// second.
  public var bitRate: Double? { metadata.stored?.bitRate }

  /// The mean bit rate of a file in bit/s: 8 · bytes · rate / frames.
  static func bitRate(byteCount: Int, frameCount: Int, sampleRate: Int) -> Double {
    frameCount > 0 ? 8 * Double(byteCount) * Double(sampleRate) / Double(frameCount) : 0
  }

  /// The duration in seconds.
  public var duration: Double { Double(frameCount) / Double(sampleRate) }
}

/// A fault of a sound file that can be read nevertheless.
///
/// The cases carry the facts; ``description`` is the one place for their wording.
public enum SoundFileWarning: Hashable, Sendable, Codable {
  /// The file ends before the number of frames that its header promises.
  case breaksOff(frameCount: Int, declaredFrameCount: Int)
  /// The file ends before the number of bytes that its header promises; the promised number of frames is not known.
  case isShort(frameCount: Int, byteCount: Int, declaredByteCount: Int)
  /// The mark that ends the stream is missing.
  case lacksEnd(frameCount: Int)
  /// Decoding ended before the expected number of frames.
  case endsEarly(frameCount: Int, expectedFrameCount: Int)
  /// The decoder met damage.
  case isDamaged(frame: Int, reason: String)
  /// Some pages or pieces of a stream are missing or damaged, and were passed over.
  case hasDamage(placeCount: Int)
  /// The lengths in the header were never filled in.
  case hasUnfinishedHeader
  /// More sound follows after the declared end, and is not read.
  case hasMoreStreams
  /// Bytes that can be sound follow behind the declared end of the data, and are not read.
  case hasUnreadBytes(byteCount: Int)
  /// Several streams of sound run side by side, and one of them is read.
  case hasParallelStreams(codecs: [String])
  /// The sample rate in Hz is no whole number, and another one is used.
  case hasFractionalRate(Double, usedRate: Int)
}

extension SoundFileWarning {
  /// Whether some of the file's sound is missing from what is read.
  public var isLoss: Bool {
    switch self {
    case .hasUnfinishedHeader, .hasFractionalRate: false
    default: true
    }
  }
}

extension SoundFileWarning: CustomStringConvertible {
  /// The warning as a sentence.
  public var description: String {
    switch self {
    case .breaksOff(let found, let declared):
      "the file breaks off: its header promises \(declared) frames, \(found) are there"
    case .isShort(let frames, let found, let declared):
      "the file breaks off: its header promises \(declared) bytes, \(found) are there (\(frames) frames can be read)"
    case .lacksEnd(let frames):
      "the file breaks off: its end is missing (\(frames) frames can be read)"
    case .endsEarly(let found, let expected):
      "the file breaks off or is damaged: \(expected) frames were expected, \(found) could be decoded"
    case .isDamaged(let frame, let reason):
      "the file is damaged near frame \(frame): \(reason)"
    case .hasDamage(let count):
      "the file is damaged in \(count) \(count == 1 ? "place" : "places"), which \(count == 1 ? "was" : "were") passed over"
    case .hasUnfinishedHeader:
      "the header was never completed (a recording that was cut short?); all sound found after it is used"
    case .hasMoreStreams:
      "more sound follows after the declared end of the stream (files joined end to end?); only the first part is read"
    case .hasUnreadBytes(let count):
      "\(count) bytes behind the declared end of the sound are no part of the file’s structure, and are not read"
    case .hasParallelStreams(let codecs):
      "the file holds \(codecs.count) streams of sound side by side (\(codecs.joined(separator: ", "))); one of them is read"
    case .hasFractionalRate(let rate, let used):
      "the header’s sample rate of \(rate) Hz is no whole number; \(used) Hz is used"
    }
  }
}
