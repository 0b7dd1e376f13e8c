/// What is set on a new file before its first frame.
extension SoundFileHandle {
  /// Sets metadata, layout and encoder options and returns what the format cannot hold.
  ///
  /// - Parameter writesTexts: Whether the text fields are written by libsndfile, and not with the stored parts.
  func prepare(
    _ format: SoundFileFormat, _ order: ChannelOrder, _ options: SoundFileWriter.Options, writesTexts: Bool
  ) -> [String] {
    setPeakChunk(false)
    if let quality = options.quality { _ = setCompressionLevel(1 - min(max(quality, 0), 1)) }
    if format.container == .mp3 { _ = setConstantBitRate(options.hasConstantBitRate) }
    var losses: [String] = []
    if order.isLayoutLost {
      losses.append("the positions of the speakers")
    } else if let layout = order.layout, !set(layout) {
      losses.append("the positions of the speakers")
    }
    for field in SoundMetadata.Field.allCases where writesTexts {
      guard let text = options.metadata[field], !text.isEmpty else { continue }
      if let loss = set(field, to: text, in: format) { losses.append(loss) }
    }
    if format.isBlockPadded {
      losses.append("the exact length: \(format.encoding.name) is padded with silence to whole blocks")
    }
    return losses
  }

  /// Sets one text and returns what is lost of it, or nil.
  private func set(_ field: SoundMetadata.Field, to text: String, in format: SoundFileFormat) -> String? {
    let name = "the text field “\(field.name)”"
    if let row = FormatCapability.of(format), !row.fields.contains(field) { return name }
    switch (format.container, field) {
    case (.mp3, _):
      // LAME takes the bytes of ID3 text for Latin-1, whatever they are.
      guard let bytes = text.latin1 else { return "\(name) (ID3 text holds Western European letters only)" }
      return set(field, toBytes: bytes) ? nil : name
    case (_, .software) where text.utf8.count > Self.longestSoftwareText:
      _ = set(field, to: text)
      return "the end of \(name) (at most \(Self.longestSoftwareText) bytes are kept)"
    default:
      guard set(field, to: text) else { return name }
      let isRIFF = [.wav, .wavex, .rf64].contains(format.container)
      return isRIFF && text.utf8.count > Self.longestRIFFText
        ? "\(name) for readers built on libsndfile (over \(Self.longestRIFFText) bytes)" : nil
    }
  }

  /// libsndfile writes longer text into RIFF lists, but reads none of it.
  private static let longestRIFFText = 2000

  /// libsndfile cuts the program's name, with its own appended, at 127 bytes.
  private static var longestSoftwareText: Int { 127 - libraryVersion.utf8.count - 3 }
}

extension SoundMetadata.Field {
  /// The name for messages.
  var name: String { self == .trackNumber ? "track number" : rawValue }
}

extension SoundFileFormat {
  /// Whether files are padded to whole blocks, so that the number of frames is not kept.
  var isBlockPadded: Bool {
    let encodings: [SoundEncoding] = [
      .imaADPCM, .msADPCM, .gsm610, .nmsADPCM16, .nmsADPCM24, .nmsADPCM32, .g721, .g723at24, .g723at40,
      .voxADPCM,
    ]
    return encodings.contains(encoding) || (container == .paf && encoding == .pcm24)
  }
}

extension String {
  /// The bytes of the text in Latin-1 (ISO 8859-1), or nil where it has other letters.
  fileprivate var latin1: [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
