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

  /// The text fields of a file opened for reading, without what libsndfile adds of its own.
  func wholeMetadata() -> SoundMetadata {
    var all = metadata()
    // libsndfile adds its own name to the program's when it writes; what was written is read back without it.
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

  /// Switches the PEAK chunk of float files on or off; it holds the time of writing, which nobody asked for.
  func setPeakChunk(_ isOn: Bool) {
    _ = unsafe sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, isOn ? 1 : 0)
  }

  /// Lets an RF64 file become plain WAV on closing where it is small enough.
  func allowDowngradeToWAV() -> Bool {
    unsafe sf_command(handle, Int32(SFC_RF64_AUTO_DOWNGRADE), nil, 1) != 0
  }

  /// Sets how hard an encoder compresses: 0 is the best quality or the fastest, 1 the smallest file.
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
