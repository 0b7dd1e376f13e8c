/// Channel masks of WAVEFORMATEXTENSIBLE: bit n stands for the n-th of 18 speakers, and the channels of a file follow in
/// the order of the bits.
extension ChannelLayout {
  private static let maskOrder: [Speaker] = [
    .left, .right, .center, .lfe, .rearLeft, .rearRight, .frontLeftOfCenter, .frontRightOfCenter, .rearCenter,
    .sideLeft, .sideRight, .topCenter, .topFrontLeft, .topFrontCenter, .topFrontRight, .topRearLeft,
    .topRearCenter, .topRearRight,
  ]

  /// The place of a speaker among the bits; the number of bits for a speaker that has none.
  static func maskBit(_ speaker: Speaker) -> Int { maskOrder.firstIndex(of: speaker) ?? maskOrder.count }

  /// Creates the layout that a mask gives to a number of channels; nil where it has fewer bits.
  ///
  /// Bits beyond the number of channels are ignored, as the definition of the mask says.
  init?(mask: Int, channelCount: Int) {
    let named = Self.maskOrder.indices.filter { mask & (1 << $0) != 0 }
    guard named.count >= channelCount else { return nil }
    self.init(named.prefix(channelCount).map { Self.maskOrder[$0] })
  }

  /// The mask with the bits of all speakers; nil where a speaker has no bit, or two channels have the same.
  var mask: Int? {
    let bits = Set(speakers.map(Self.maskBit))
    guard bits.count == speakers.count, !bits.contains(Self.maskOrder.count) else { return nil }
    return bits.reduce(0) { $0 | 1 << $1 }
  }

  /// Whether a mask says no more than a file without one means, or names more than two speakers.
  static func isUsual(mask: Int) -> Bool {
    mask == 0 || mask == 3 || mask == 4 || mask.nonzeroBitCount > 2
  }
}

/// Where files state the layout of their channels, besides what libsndfile reports.
extension ChannelLayout {
  /// The layout of a file that is being read.
  ///
  /// - Parameters:
  ///   - reported: The layout that libsndfile reports.
  ///   - stored: The file's stored metadata: a FLAC file can have a channel mask among its comments.
  static func stated(
    in source: borrowing SoundSource, _ format: SoundFileFormat, channelCount: Int, reported: ChannelLayout?,
    _ stored: StoredMetadata?
  ) -> ChannelLayout? {
    let standard = Self.standard(format, channelCount: channelCount)
    if stored?.isAmbisonic == true, channelCount > 2 { return .unplaced }
    switch format.container {
    case .flac:
      guard let mask = stored?.channelMask, channelCount > 2 else { return reported ?? standard }
      return mask == 0 ? .unplaced : ChannelLayout(mask: mask, channelCount: channelCount) ?? standard
    case .ogg where format.encoding == .opus && channelCount > 2:
      return OggHeaders.mappingFamily(source) ?? 1 > 1 ? .unplaced : reported ?? standard
    default: return reported ?? standard
    }
  }
}

extension OggHeaders {
  /// The mapping family of an Opus stream (RFC 7845, section 5.1.1); nil for other streams.
  ///
  /// Family 0 is mono and stereo, 1 has the order of Vorbis, 2 and 3 (RFC 8486) are ambisonics, and in family 255 the
  /// channels have no places.
  static func mappingFamily(_ source: borrowing SoundSource) -> UInt8? {
    var bytes = ByteWindow()
    var position = 0
    while let found = OggPage.next(source, &bytes, from: position), found.page.isFirst {
      let head = bytes.get(source, at: found.position + found.page.headerLength, count: 19)
      if HeaderBytes.text(head, 0, 8) == "OpusHead" { return head.count > 18 ? head[18] : nil }
      position = found.position + found.page.byteCount
    }
    return nil
  }
}

/// The extensible format chunk of WAV, RF64 and W64, and the mask in the comments of FLAC.
extension StoredMetadata {
  /// Notes the mask of a format chunk, and whether its samples are ambisonic B-format.
  mutating func note(formatChunk bytes: [UInt8], bigEndian: Bool) {
    guard bytes.count >= 24, HeaderBytes.number(bytes, 0, 2, bigEndian: bigEndian) == 0xFFFE else { return }
    channelMask = HeaderBytes.number(bytes, 20, 4, bigEndian: bigEndian)?.value
    // In RIFX the first three numbers of the identifier are big-endian; B-format is not known there.
    if !bigEndian, bytes.count >= 40, Array(bytes[26..<40]) == Self.ambisonic { isAmbisonic = true }
  }

  /// The identifier of ambisonic B-format from its third byte on; the first two are 1 for integers and 3 for floats.
  static let ambisonic: [UInt8] = [0, 0, 0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0]

  /// The phrase for the speakers, where they are lost.
  static let positions = "the positions of the speakers"

  /// Whether a format has no place for the channel mask of one or two channels.
  func losesMask(in format: SoundFileFormat) -> Bool {
    guard let channelMask else { return false }
    return !ChannelLayout.isUsual(mask: channelMask) && !format.holdsChannelMask
  }

  /// The comments of an Ogg file, and a phrase for ambisonic channels, which have no place elsewhere.
  static func oggOfAnyKind(_ source: borrowing SoundSource) -> StoredMetadata? {
    let comments = ogg(source)
    guard let family = OggHeaders.mappingFamily(source), (2...3).contains(family) else { return comments }
    var stored = comments ?? StoredMetadata(.comments)
    stored.omitted.append("that the channels are ambisonic (Opus mapping family \(family))")
    return stored
  }

  /// The metadata with a channel mask among its comments, or without one.
  func with(channelMask mask: Int?) -> StoredMetadata {
    var changed = self
    let index = parts.firstIndex { $0.name == Self.comment }
    var comments = index.flatMap { VorbisComments(parts[$0].bytes) } ?? VorbisComments()
    guard comments.channelMask != mask else { return self }
    comments.setChannelMask(mask)
    if let index {
      changed.parts[index].bytes = comments.encoded()
    } else {
      changed.parts.append(Part(name: Self.comment, bytes: comments.encoded()))
    }
    return changed
  }
}

extension VorbisComments {
  /// The key of a channel mask, which `flac` writes (RFC 9639, section 8.6.2).
  static let channelMaskKey = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK"

  /// The channel mask among the comments; nil where there is none.
  var channelMask: Int? {
    guard let comment = comments.first(where: { Self.key($0) == Self.channelMaskKey }) else { return nil }
    let text = String(decoding: comment.dropFirst(Self.channelMaskKey.utf8.count + 1), as: UTF8.self)
    guard text.lowercased().hasPrefix("0x") else { return nil }
    return Int(text.dropFirst(2), radix: 16)
  }

  /// Replaces the channel mask; nil removes it.
  mutating func setChannelMask(_ mask: Int?) {
    comments.removeAll { Self.key($0) == Self.channelMaskKey }
    guard let mask else { return }
    comments.append(
      Array("\(Self.channelMaskKey)=0x\(String(mask, radix: 16, uppercase: true))".utf8))
  }
}

extension SoundFileFormat {
  /// Whether files can have a channel mask: in the format chunk, or in the comments of FLAC.
  var holdsChannelMask: Bool {
    switch container {
    case .wav, .wavex, .rf64: byteOrder != .big
    case .flac: true
    default: false
    }
  }
}
