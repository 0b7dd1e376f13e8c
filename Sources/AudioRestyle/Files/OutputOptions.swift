public import SoundFiles
import StyleProfiles

/// The options for writing an output file.
public struct OutputOptions: Sendable {
  /// The container; `nil` follows the output's name, or the content where the name has no extension of a format.
  public var container: SoundContainer?
  /// The sample encoding; `nil` keeps the content's, or takes the nearest one that the container has.
  public var encoding: SoundEncoding?
  /// The quality of a lossy encoder, 0 to 1; `nil` is the encoder's default.
  public var quality: Double?
  /// The constant bit rate of MP3 in bit/s; `nil` is a variable rate by ``quality``.
  public var constantBitRate: Double?
  /// Whether the result's loudness is written as tags, in the way of its container (`SoundLoudness`); stems have none.
  public var tagsLoudness = false
  /// The dither before rounding to 16 bits or fewer.
  public var dither: Dither = .tpdf
  /// Whether an existing file is replaced.
  public var overwrites = false
  /// Whether damaged or truncated input is an error instead of a warning.
  public var isStrict = false
  /// Called when a result is complete, before it appears under its name; an error that it throws prevents that.
  public var willAppear: AppearanceObserver?

  /// Creates the default options.
  public init() {}

  /// The format of an output file.
  ///
  /// - Parameters:
  ///   - path: The output's path, `-` for standard output.
  ///   - source: The format of the content.
  /// - Throws: `SoundFileError` of kind `impossibleFormat` for an extension that names no container.
  public func format(path: String, like source: SoundFileFormat) throws(SoundFileError) -> SoundFileFormat {
    var format: SoundFileFormat
    if let container {
      // A name with the container's extension selects the encodings that it allows.
      format = try SoundFileFormat(
        path: "x." + SoundFileFormat(container, source.encoding).fileExtension, like: source)
      format.container = container
    } else {
      format = try SoundFileFormat(path: path, like: source)
    }
    if let encoding { format.encoding = encoding }
    return format
  }

  /// Whether a result is dithered.
  ///
  /// It is dithered where it is rounded to integers of 16 bits or fewer and its samples were changed or the content's
  /// words are longer. Words of 24 bits and more hold the full precision of the restyler's floats.
  func dithers(_ format: SoundFileFormat, from source: SoundFileFormat, isChanged: Bool) -> Bool {
    guard dither == .tpdf, let bits = format.encoding.integerBits, bits <= 16 else { return false }
    return isChanged || bits < source.encoding.wordLength
  }
}

/// The noise that is added to samples before they are rounded to integers of 16 bits or fewer.
public enum Dither: String, CaseIterable, Hashable, Codable, Sendable {
  /// No noise: rounding errors follow the signal.
  case none
  /// Noise with a triangular distribution of ±1 unit and a fixed seed, where samples were changed or words get shorter.
  ///
  /// Digital silence stays silent.
  case tpdf
}

/// A sink that keeps rendered frames in a temporary file until the last gain is known.
final class SpoolSink: FrameSink {
  let file: SpoolFile

  init(_ file: SpoolFile) {
    self.file = file
  }

  func write(_ buffer: FrameBuffer) throws {
    try file.append(buffer)
  }
}

/// A source that reads a rendered clip from a temporary file, any number of times.
final class SpoolSource: FrameSource {
  let sampleRate: Double
  let channelCount: Int
  let lfeChannels: [Int]
  let name: String
  private let file: SpoolFile

  /// Creates a source with the properties of the content that the clip was made from.
  init(_ file: SpoolFile, like content: any FrameSource) {
    self.file = file
    sampleRate = content.sampleRate
    channelCount = file.channelCount
    lfeChannels = content.lfeChannels
    name = content.name
  }

  func rewind() { file.rewind() }

  func read(into buffer: inout FrameBuffer) throws -> Int { try file.read(into: &buffer) }
}
