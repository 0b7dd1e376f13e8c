public import SoundFiles
import StyleProfiles

/// How an output file is written.
public struct OutputOptions: Sendable {
  /// The container; `nil` follows the output's name, or the content where the name says nothing else.
  public var container: SoundContainer?
  /// The sample encoding; `nil` keeps the content's where the container has it, else the nearest.
  public var encoding: SoundEncoding?
  /// How well a lossy encoder works, 0 to 1; `nil` is the encoder's default.
  public var quality: Double?
  /// The bits a second of MP3, where it is to be constant; `nil` is a variable rate by ``quality``.
  public var constantBitRate: Double?
  /// Whether the result's loudness is written beside it, as its container keeps it (`SoundLoudness`); stems have none.
  public var tagsLoudness = false
  /// What is added before rounding to short words.
  public var dither: Dither = .tpdf
  /// Whether an existing file is replaced.
  public var overwrites = false
  /// Whether damaged or truncated input is an error instead of a warning.
  public var isStrict = false
  /// Called when a result is whole, before it appears under its name; an error that it throws keeps it from that.
  public var willAppear: AppearanceObserver?

  /// The defaults.
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
      // An extension of that container carries the rules for its encodings.
      format = try SoundFileFormat(
        path: "x." + SoundFileFormat(container, source.encoding).fileExtension, like: source)
      format.container = container
    } else {
      format = try SoundFileFormat(path: path, like: source)
    }
    if let encoding { format.encoding = encoding }
    return format
  }

  /// Whether a result is dithered: where it is rounded to integers of 16 bits or fewer, because samples were changed or
  /// because the content's words are longer.
  ///
  /// Words of 24 bits and more hold all that the restyler's floats have.
  func dithers(_ format: SoundFileFormat, from source: SoundFileFormat, isChanged: Bool) -> Bool {
    guard dither == .tpdf, let bits = format.encoding.integerBits, bits <= 16 else { return false }
    return isChanged || bits < source.encoding.wordLength
  }
}

/// What is added to samples before they are rounded to integers of 16 bits or fewer.
public enum Dither: String, CaseIterable, Hashable, Codable, Sendable {
  /// Nothing: rounding errors follow the signal.
  case none
  /// Noise with a triangular distribution of ±1 unit, seeded, where samples were changed or words get shorter; digital
  /// silence stays silent.
  case tpdf
}

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

/// The rendered clip in a temporary file, read as often as the last gain needs it.
final class SpoolSource: FrameSource {
  let sampleRate: Double
  let channelCount: Int
  let lfeChannels: [Int]
  let name: String
  private let file: SpoolFile

  /// A clip in a temporary file, with the facts of the one it was made from.
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
