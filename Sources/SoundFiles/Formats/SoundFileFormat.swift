import Foundation

/// The format of a sound file: container, encoding and byte order.
public struct SoundFileFormat: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The order of the bytes in a sample.
  public enum ByteOrder: String, Hashable, Sendable, Codable {
    /// The container's own order.
    case standard
    /// Least significant byte first.
    case little
    /// Most significant byte first.
    case big
  }

  /// The container.
  public var container: SoundContainer
  /// The encoding of the samples.
  public var encoding: SoundEncoding
  /// The byte order, `.standard` where the container has one order only.
  public var byteOrder: ByteOrder

  /// Creates a format.
  public init(_ container: SoundContainer, _ encoding: SoundEncoding, byteOrder: ByteOrder = .standard) {
    self.container = container
    self.encoding = encoding
    self.byteOrder = byteOrder
  }

  /// The name for messages and tables, for example `WAV, 24-bit` or `Ogg Opus`.
  public var name: String {
    switch (container, encoding) {
    case (.ogg, .vorbis): "Ogg Vorbis"
    case (.ogg, .opus): "Ogg Opus"
    case (.mp3, .mpegLayer3): "MP3"
    default: "\(container.name), \(encoding.name)"
    }
  }

  /// The same as ``name``.
  public var description: String { name }
}

/// The format that a file's name stands for, and the extension that a format has.
extension SoundFileFormat {
  /// Chooses the format for an output's name.
  ///
  /// Where the name's extension belongs to the source's container, the source's format is kept. Otherwise the extension
  /// decides about the container. The encoding is then the source's, or the smallest integer that holds the source's
  /// words: 24 bits for floats and for decoded MP3, Vorbis and Opus, 16 bits for other encodings that decode to 16
  /// bits.
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

  /// The extension for a new file of this format, without the dot.
  public var fileExtension: String {
    switch (container, encoding) {
    case (.ogg, .opus): "opus"
    case (.wavex, _): "wav"
    case (.aiff, _): "aiff"
    default: container.rawValue
    }
  }

  /// The container of each extension, and its encoding where there is only one.
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

/// Checks, before any work, of what can be written.
extension SoundFileFormat {
  /// Checks that a clip can be written in this format.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in Hz.
  ///   - channelCount: The number of channels.
  ///   - frameCount: The number of frames, where it is known, for the checks of size limits and of empty clips.
  ///   - path: The output's path, for the message.
  /// - Throws: ``SoundFileError`` of kind `impossibleFormat` that names what the format takes, what was asked for, and
  ///   formats that take it.
  public func check(
    sampleRate: Int, channelCount: Int, frameCount: Int? = nil, path: String = ""
  ) throws(SoundFileError) {
    if let problem = problem(sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount) {
      let others = alternatives(sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount)
      throw .impossibleFormat(path, problem, alternatives: others)
    }
  }

  /// Checks that no channel loses its sound because a format makes it one of low-frequency effects.
  ///
  /// Ogg Opus of 6 to 8 channels is 5.1, 6.1 or 7.1 in libsndfile, and the encoder limits the last channel to low
  /// frequencies.
  ///
  /// - Throws: ``SoundFileError`` of kind `impossibleFormat` where the channels are for no particular speakers.
  func check(_ layout: ChannelLayout?, channelCount: Int, path: String) throws(SoundFileError) {
    guard encoding == .opus, layout == .unplaced, channelCount > 5 else { return }
    throw .impossibleFormat(
      path,
      "\(name) makes one of \(channelCount) channels one of low frequencies, and the channels of this clip are for no "
        + "particular speakers",
      alternatives: [
        SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.flac, .pcm24), SoundFileFormat(.wav, .pcm24),
      ])
  }

  /// Why a clip cannot be written in this format, as a sentence; nil where it can.
  func problem(sampleRate: Int, channelCount: Int, frameCount: Int?) -> String? {
    guard encoding != .alac32 else {
      return "\(name) is not written: libsndfile damages blocks that do not compress"
    }
    guard encoding != .mpegLayer3 || container == .mp3 else { return "\(name) cannot be written" }
    guard let row = FormatCapability.of(self) else {
      let isAccepted = SoundFileHandle.accepts(
        formatCode: code, sampleRate: sampleRate, channelCount: channelCount)
      let isAtAll = SoundFileHandle.accepts(formatCode: code, sampleRate: 8000, channelCount: 1)
      if isAccepted { return otherProblem(sampleRate: sampleRate, channelCount: channelCount) }
      return isAtAll
        ? "\(name) cannot hold \(channels(channelCount)) at \(hertz(sampleRate))"
        : "\(name) cannot be written"
    }
    if channelCount > row.maximumChannelCount || channelCount < 1 {
      return
        "\(name) holds up to \(channels(row.maximumChannelCount)) here, and this clip has \(channelCount)"
    }
    if !row.sampleRates.contains(sampleRate) {
      // Beyond a range, the format itself may hold other rates, which are not vouched for.
      var verb = "stores"
      if case .range = row.sampleRates { verb = "is written here at" }
      return "\(name) \(verb) \(row.sampleRates.text), and this clip has \(hertz(sampleRate))"
    }
    if frameCount == 0, !row.holdsZeroFrames {
      return "\(name) cannot hold a clip without frames"
    }
    if let frameCount, let limit = row.maximumByteCount, let width = bytesPerSample,
      !canBecomeRF64, byteCount(frames: frameCount, channelCount, width: width) > limit
    {
      let size = SoundFileError.bytes(byteCount(frames: frameCount, channelCount, width: width))
      return "\(name) ends at 4.2 GB, and this clip takes \(size)"
    }
    if !SoundFileHandle.accepts(formatCode: code, sampleRate: sampleRate, channelCount: channelCount) {
      return "\(name) cannot be written in \(byteOrder.rawValue)-endian order"
    }
    return nil
  }

  /// Why a format outside the table cannot be written; nil where it can.
  ///
  /// The reasons were found by writing and reading back each format with libsndfile 1.2.
  private func otherProblem(sampleRate: Int, channelCount: Int) -> String? {
    let isExact: Bool
    switch (container, encoding) {
    case (.raw, _), (.sd2, _), (.sds, _), (.mp3, _):
      return "\(name) cannot be written so that it can be read again"
    case (_, .dwvw12), (_, .dwvwN): return "\(name) cannot be written"
    case (.voc, .ulaw), (.voc, .alaw):
      return channelCount == 1 ? "\(name) with 1 channel cannot be written so that it can be read again" : nil
    // These formats do not store the rate itself.
    case (.voc, .pcmU8): isExact = (channelCount == 1 ? 1_000_000 : 128_000_000) % sampleRate == 0
    case (.htk, _): isExact = 10_000_000 % sampleRate == 0
    case (.xi, _): isExact = sampleRate == 44100
    case (.wve, _): isExact = sampleRate == 8000
    default: isExact = true
    }
    return isExact ? nil : "\(name) cannot hold the sample rate of \(hertz(sampleRate)) exactly"
  }

  /// Whether a file of this format becomes RF64 where it passes 4 GB.
  var canBecomeRF64: Bool {
    [.wav, .wavex].contains(container) && byteOrder != .big
      && FormatCapability.of(SoundFileFormat(.rf64, encoding)) != nil
  }

  /// Formats that can hold a clip that this one cannot, the most similar first.
  private func alternatives(sampleRate: Int, channelCount: Int, frameCount: Int?) -> [SoundFileFormat] {
    let lossy: [SoundFileFormat] = [
      SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.ogg, .opus), SoundFileFormat(.mp3, .mpegLayer3),
    ]
    let lossless: [SoundFileFormat] = [
      SoundFileFormat(.flac, .pcm24), SoundFileFormat(.wav, .pcm24), SoundFileFormat(.caf, .pcm24),
    ]
    let candidates = FormatCapability.of(self)?.isLossless == true ? lossless : lossy + lossless
    return candidates.filter {
      $0 != self
        && $0.problem(sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount) == nil
    }
  }

  /// The number of bytes of some frames, with `width` bytes a sample.
  func byteCount(frames: Int, _ channelCount: Int, width: Int) -> Int {
    (FileNumber(frames) * FileNumber(channelCount) * FileNumber(width)).value
  }

  private func hertz(_ rate: Int) -> String { "\(FormatCapability.SampleRates.kilohertz(rate)) kHz" }

  private func channels(_ count: Int) -> String { count == 1 ? "1 channel" : "\(count) channels" }
}

extension FormatCapability.SampleRates {
  /// The rates as text, for example `8, 12, 16, 24 and 48 kHz`.
  public var text: String {
    switch self {
    case .range(let range):
      return "\(Self.kilohertz(range.lowerBound)) to \(Self.kilohertz(range.upperBound)) kHz"
    case .list(let rates):
      let texts = rates.map(Self.kilohertz)
      return texts.dropLast().joined(separator: ", ") + " and \(texts.last ?? "") kHz"
    }
  }

  static func kilohertz(_ rate: Int) -> String {
    let thousandths = rate % 1000
    guard thousandths != 0 else { return "\(rate / 1000)" }
    var digits = String(1000 + thousandths).dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    return "\(rate / 1000).\(digits)"
  }
}
