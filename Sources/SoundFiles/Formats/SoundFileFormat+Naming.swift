import Foundation

/// Between formats and the names of files.
extension SoundFileFormat {
  /// Chooses the format for an output's name.
  ///
  /// Where the name's extension belongs to the source's container, the source's format is kept. Otherwise the container
  /// follows the extension, and the encoding is the source's or the nearest that loses nothing more: the smallest word
  /// that holds the source's; 24 bits for floats and for decoded MP3, Vorbis and Opus; 16 bits for what decodes to 16.
  ///
  /// - Parameters:
  ///   - path: The output's path.
  ///   - source: The format of the input.
  /// - Throws: ``SoundFileError`` of kind `impossibleFormat` where the extension is missing or unknown.
  public init(path: String, like source: SoundFileFormat) throws(SoundFileError) {
    if Paths.isStream(path) {
      self = source
      return
    }
    let suffix = Paths.suffix(path).lowercased()
    if ["mp1", "mp2", "mpga"].contains(suffix) {
      throw .impossibleFormat(
        path, "MPEG audio is written as layer III alone, and .\(suffix) stands for another",
        alternatives: [
          SoundFileFormat(.mp3, .mpegLayer3), SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.flac, .pcm16),
        ])
    }
    guard let (container, only) = Self.extensions[suffix] else { throw .unknownExtension(path, suffix) }
    let isOggName = container == .ogg && suffix != "opus"
    if source.container.shares(extensionsOf: container), only == nil || only == source.encoding || isOggName {
      self = source
    } else if let only {
      self.init(container, only)
    } else {
      self.init(container, Self.nearest(to: source.encoding, in: container))
    }
  }

  /// The extension to give a new file of this format, without the point.
  public var fileExtension: String {
    switch (container, encoding) {
    case (.ogg, .opus): "opus"
    case (.wavex, _): "wav"
    case (.aiff, _): "aiff"
    default: container.rawValue
    }
  }

  /// What each extension stands for: a container, and its encoding where there is one only.
  private static let extensions: [String: (SoundContainer, SoundEncoding?)] = [
    "wav": (.wav, nil), "wave": (.wav, nil), "bwf": (.wav, nil), "rf64": (.rf64, nil), "w64": (.w64, nil),
    "aif": (.aiff, nil), "aiff": (.aiff, nil), "aifc": (.aiff, nil), "caf": (.caf, nil), "au": (.au, nil),
    "snd": (.au, nil), "flac": (.flac, nil), "ogg": (.ogg, .vorbis), "oga": (.ogg, .vorbis),
    "opus": (.ogg, .opus), "mp3": (.mp3, .mpegLayer3), "paf": (.paf, nil), "svx": (.svx, nil),
    "8svx": (.svx, nil), "nist": (.nist, nil), "sph": (.nist, nil), "voc": (.voc, nil), "sf": (.ircam, nil),
    "ircam": (.ircam, nil), "mat": (.mat5, nil), "pvf": (.pvf, nil), "xi": (.xi, nil), "htk": (.htk, nil),
    "sds": (.sds, nil), "avr": (.avr, nil), "sd2": (.sd2, nil), "wve": (.wve, nil), "mpc2k": (.mpc2k, nil),
  ]

  /// The extensions of the main containers, for messages.
  static let commonExtensions = ["wav", "flac", "ogg", "opus", "mp3", "aiff", "caf", "au", "w64", "rf64"]

  private static func nearest(to encoding: SoundEncoding, in container: SoundContainer) -> SoundEncoding {
    func isPossible(_ encoding: SoundEncoding) -> Bool {
      SoundFileHandle.accepts(
        formatCode: SoundFileFormat(container, encoding).code, sampleRate: 44100, channelCount: 1)
    }
    let isMain = SoundContainer.mainContainers.contains(container)
    if isMain ? FormatCapability.of(SoundFileFormat(container, encoding)) != nil : isPossible(encoding) {
      return encoding
    }
    let words: [SoundEncoding] = [.pcmS8, .pcmU8, .pcm16, .pcm24, .pcm32]
    let wanted = encoding.wordLength
    let possible = words.filter(isPossible)
    return possible.first { ($0.integerBits ?? 0) >= wanted } ?? possible.last ?? .pcm16
  }
}

extension SoundContainer {
  /// Whether files of two containers carry the same extension.
  func shares(extensionsOf other: SoundContainer) -> Bool {
    let riff: Set<SoundContainer> = [.wav, .wavex, .rf64]
    let matlab: Set<SoundContainer> = [.mat4, .mat5]
    return self == other || (other == .wav && riff.contains(self))
      || (other == .mat5 && matlab.contains(self))
  }
}
