/// Metadata blocks of FLAC (RFC 9639, section 8).
extension StoredMetadata {
  /// The kinds of blocks that are passed on.
  private static let blocks: [UInt8: String] = [2: "APPLICATION", 4: comment, 5: "CUESHEET", 6: picture]
  private static let blockHeader = 4
  /// The marker `fLaC` and the block STREAMINFO with its header.
  private static let fixedLength = 4 + 4 + 34

  static func flac(
    _ source: borrowing SoundSource, _ layout: FileLayout, _ probe: HeaderProbe
  ) -> StoredMetadata {
    // In Ogg the blocks are inside pages; in the view for libsndfile they follow each other.
    let view = source.view(layout)
    var stored = StoredMetadata(.comments)
    var offset: FileNumber = 4
    while case let head = view.bytes(at: offset, count: 4),
      let header = HeaderBytes.number(head, 0, 1, bigEndian: true),
      let length = HeaderBytes.number(head, 1, 3, bigEndian: true)
    {
      if let name = blocks[UInt8(clamping: header.value & 0x7F)] {
        stored.take(name, view, at: offset + 4, count: length)
        // Comments without entries name only the program that encoded the file.
        if name == comment, let part = stored.parts.last,
          VorbisComments(part.bytes)?.comments.isEmpty != false
        {
          stored.parts.removeLast()
        }
      }
      offset += 4 + length
      if header.value & 0x80 != 0 { break }
    }
    let comments = stored.parts.first { $0.name == comment }.flatMap { VorbisComments($0.bytes) }
    stored.channelMask = comments?.channelMask
    if probe.hasForeignTag { stored.omitted.append("the ID3 tag before the stream") }
    return stored
  }

  /// The largest number of bytes of a block, whose length has 24 bits.
  private static let longestBlock = (1 << 24) - 1

  /// The parts as blocks of FLAC, and phrases for those that have no place there.
  ///
  /// Pictures inside comments become blocks of their own.
  func flacBlocks(skippingTexts: Bool) -> (blocks: [(kind: UInt8, bytes: [UInt8])], losses: [String]) {
    var found: [(kind: UInt8, bytes: [UInt8])] = []
    var losses: [String] = []
    for part in parts where !(skippingTexts && isText(part)) {
      guard let kind = Self.blocks.first(where: { $0.value == part.name })?.key else { continue }
      switch kind {
      case 4:
        guard var comments = VorbisComments(part.bytes) else { continue }
        let pictures = comments.takePictures()
        losses += comments.shrink(to: Self.longestBlock).map { "the tag “\($0)” (over 16 MB)" }
        found.append((4, comments.encoded()))
        found += pictures.map { (6, $0) }
      case 6:
        guard let picture = Self.whole(picture: part.bytes) else {
          losses.append("the picture (damaged)")
          continue
        }
        found.append((6, picture))
      default: found.append((kind, part.bytes))
      }
    }
    for block in found where block.bytes.count > Self.longestBlock {
      losses.append(Self.phrase(Self.blocks[block.kind] ?? "") + " (over 16 MB)")
    }
    return (found.filter { $0.bytes.count <= Self.longestBlock }, losses)
  }

  /// A picture block without what follows the picture; nil where it ends before the picture does (RFC 9639, section
  /// 8.8).
  static func whole(picture block: [UInt8]) -> [UInt8]? {
    // The kind, the media type and the description with their lengths, four numbers, and the data with its length.
    var offset: FileNumber = 4
    for skipped in [0, 16, 0] as [FileNumber] {
      guard let length = HeaderBytes.number(block, offset.value, 4, bigEndian: true) else { return nil }
      offset += 4 + length + skipped
    }
    return offset <= FileNumber(block.count) ? Array(block[..<offset.value]) : nil
  }

  /// The number of bytes to leave before a FLAC file for blocks that are put into it later.
  static func flacRoom(_ blocks: [(kind: UInt8, bytes: [UInt8])]) -> Int {
    blocks.reduce(blockHeader) { $0 + blockHeader + $1.bytes.count }
  }

  /// Puts blocks into a finished FLAC file that starts at an offset, so that it starts at 0.
  ///
  /// The frames stay where they are; the rest of the room becomes padding. False where writing fails.
  static func put(_ blocks: [(kind: UInt8, bytes: [UInt8])], into descriptor: Int32, room: Int) -> Bool {
    guard let fixed = FileBytes.read(fixedLength, from: descriptor, at: room) else { return false }
    // Finds the end of libsndfile's own blocks; its comments are kept where there are no others.
    var own: [(kind: UInt8, bytes: [UInt8])] = []
    var offset = FileNumber(room) + FileNumber(fixedLength)
    var isLast = fixed[4] & 0x80 != 0
    while !isLast {
      guard let header = FileBytes.read(4, from: descriptor, at: offset.value),
        let length = HeaderBytes.number(header, 1, 3, bigEndian: true)
      else { return false }
      isLast = header[0] & 0x80 != 0
      let kind = header[0] & 0x7F
      if kind == 4, !blocks.contains(where: { $0.kind == 4 }) {
        guard let bytes = FileBytes.read(length.value, from: descriptor, at: (offset + 4).value) else {
          return false
        }
        own.append((kind, bytes))
      }
      offset += 4 + length
    }
    var bytes = fixed
    bytes[4] = 0
    for block in own + blocks { bytes += header(block.kind, block.bytes.count) + block.bytes }
    let padding = offset - FileNumber(bytes.count) - 4
    guard padding >= 0, padding.value < 1 << 24 else { return false }
    bytes += header(0x81, padding.value) + [UInt8](repeating: 0, count: padding.value)
    return FileBytes.write(bytes, to: descriptor, at: 0)
  }

  private static func header(_ kind: UInt8, _ length: Int) -> [UInt8] {
    [kind] + HeaderBytes.bytes(of: FileNumber(length), count: 3, bigEndian: true)
  }
}
