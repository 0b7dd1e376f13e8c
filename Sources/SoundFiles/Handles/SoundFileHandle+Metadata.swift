import CSndfile
import Foundation

/// Text fields and channel maps.
extension SoundFileHandle {
  /// The text metadata of a file opened for reading.
  func metadata() -> SoundMetadata {
    var metadata = SoundMetadata()
    for field in SoundMetadata.Field.allCases {
      guard let text = unsafe sf_get_string(handle, field.code) else { continue }
      // Text that is not UTF-8 is Latin-1 in practice: ID3v1 tags, RIFF lists of older programs.
      let bytes = unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
      metadata[field] =
        String(bytes: bytes, encoding: .utf8) ?? String(bytes: bytes, encoding: .isoLatin1)
    }
    return metadata
  }

  /// The text fields of a file opened for reading, without libsndfile's name in the program's name.
  func wholeMetadata() -> SoundMetadata {
    var all = metadata()
    // When it writes, libsndfile appends its own name to the program's; here it is removed again.
    if let software = all[.software] { all[.software] = SoundMetadata.withoutLibraryName(software) }
    return all
  }

  /// Sets one text field of a file opened for writing; false where the container cannot hold it.
  func set(_ field: SoundMetadata.Field, to text: String) -> Bool {
    unsafe sf_set_string(handle, field.code, text) == 0
  }

  /// Sets one text field to raw bytes; false where the container cannot hold it.
  func set(_ field: SoundMetadata.Field, toBytes bytes: [UInt8]) -> Bool {
    let characters = bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe sf_set_string(handle, field.code, characters) == 0
  }

  /// The speaker of each channel, where the file names them.
  func channelLayout() -> ChannelLayout? {
    var codes = [Int32](repeating: 0, count: properties.channelCount)
    let size = Int32(codes.count * MemoryLayout<Int32>.stride)
    guard unsafe sf_command(handle, Int32(SFC_GET_CHANNEL_MAP_INFO), &codes, size) != 0 else { return nil }
    // Codes 5, 6 and 7 are “front left, right, centre”: the same places as 2, 3 and 4.
    let speakers = codes.compactMap {
      ChannelLayout.Speaker(rawValue: Int((5...7).contains($0) ? $0 - 3 : $0))
    }
    return speakers.count == codes.count ? ChannelLayout(speakers) : nil
  }

  /// Names the speaker of each channel of a file opened for writing; false where the container cannot.
  func set(_ layout: ChannelLayout) -> Bool {
    var codes = layout.speakers.map { Int32($0.rawValue) }
    let size = Int32(codes.count * MemoryLayout<Int32>.stride)
    return unsafe sf_command(handle, Int32(SFC_SET_CHANNEL_MAP_INFO), &codes, size) != 0
  }

  /// Switches the PEAK chunk of float files on or off; the chunk holds the time of writing, so equal files would
  /// differ.
  func setPeakChunk(_ isOn: Bool) {
    _ = unsafe sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, isOn ? 1 : 0)
  }

  /// Lets libsndfile turn an RF64 file into plain WAV on closing where it is small enough; false where it cannot.
  func allowDowngradeToWAV() -> Bool {
    unsafe sf_command(handle, Int32(SFC_RF64_AUTO_DOWNGRADE), nil, 1) != 0
  }

  /// Sets an encoder's compression level: 0 is the best quality or the fastest, 1 the smallest file.
  func setCompressionLevel(_ level: Double) -> Bool {
    var level = level
    let size = Int32(MemoryLayout<Double>.size)
    return unsafe sf_command(handle, Int32(SFC_SET_COMPRESSION_LEVEL), &level, size) != 0
  }

  /// Chooses constant or variable bit rate for MP3.
  func setConstantBitRate(_ isConstant: Bool) -> Bool {
    var mode = Int32(isConstant ? SF_BITRATE_MODE_CONSTANT : SF_BITRATE_MODE_VARIABLE)
    let size = Int32(MemoryLayout<Int32>.size)
    return unsafe sf_command(handle, Int32(SFC_SET_BITRATE_MODE), &mode, size) != 0
  }
}

extension SoundMetadata.Field {
  var code: Int32 {
    switch self {
    case .title: Int32(SF_STR_TITLE)
    case .copyright: Int32(SF_STR_COPYRIGHT)
    case .software: Int32(SF_STR_SOFTWARE)
    case .artist: Int32(SF_STR_ARTIST)
    case .comment: Int32(SF_STR_COMMENT)
    case .date: Int32(SF_STR_DATE)
    case .album: Int32(SF_STR_ALBUM)
    case .license: Int32(SF_STR_LICENSE)
    case .trackNumber: Int32(SF_STR_TRACKNUMBER)
    case .genre: Int32(SF_STR_GENRE)
    }
  }
}

/// Settings of a new file before its first frame.
extension SoundFileHandle {
  /// Sets metadata, layout and encoder options, and returns a phrase for each thing that the format cannot hold.
  ///
  /// - Parameter writesTexts: Whether libsndfile writes the text fields; otherwise they are among the stored parts.
  func prepare(
    _ format: SoundFileFormat, _ order: ChannelOrder, _ options: SoundFileWriter.Options, writesTexts: Bool
  ) -> [String] {
    setPeakChunk(false)
    if let quality = options.quality { _ = setCompressionLevel(1 - min(max(quality, 0), 1)) }
    if format.container == .mp3 { _ = setConstantBitRate(options.hasConstantBitRate) }
    var losses: [String] = []
    if let loss = order.loss { losses.append(loss) }
    if let layout = order.layout, !set(layout) {
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

  /// Sets one text field, and returns a phrase for what is lost of it, or nil.
  private func set(_ field: SoundMetadata.Field, to text: String, in format: SoundFileFormat) -> String? {
    let name = "the text field “\(field.name)”"
    if let row = FormatCapability.of(format), !row.fields.contains(field) { return name }
    guard format.container == .mp3 else { return set(field, to: text) ? nil : name }
    // LAME takes the bytes of ID3 text for Latin-1, whatever they are.
    guard let bytes = text.latin1 else { return "\(name) (ID3 text holds Western European letters only)" }
    return set(field, toBytes: bytes) ? nil : name
  }
}

extension SoundMetadata.Field {
  /// The name for messages.
  var name: String { self == .trackNumber ? "track number" : rawValue }
}

extension SoundFileFormat {
  /// Whether files are padded to whole blocks, so that the exact number of frames is lost.
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
