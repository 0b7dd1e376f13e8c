/// Ogg streams: a sequence of pages, which may be several streams one after the other (RFC 3533).
extension HeaderProbe {
  /// Finds the links of a chain, a missing end of the last link, and pages that are missing or damaged.
  mutating func probeOgg(_ source: borrowing SoundSource) {
    var starts: [Int] = []
    var isPastHeaders = true
    var isEnded = false
    var packetCount: FileNumber = 0
    var nextNumbers: [Int: Int] = [:]
    var bytes = ByteWindow()
    var position = 0
    var end = 0
    var flac = OggFLAC()
    while let found = OggPage.next(source, &bytes, from: position) {
      if found.position > position { damageCount += 1 }
      position = found.position
      let page = found.page
      guard position + page.byteCount <= source.byteCount else {
        isEnded = false
        end = source.byteCount
        break
      }
      if !page.hasRightChecksum(bytes.get(source, at: position, count: page.byteCount)) { damageCount += 1 }
      if page.isFirst, isPastHeaders {
        starts.append(position)
        nextNumbers = [:]
      }
      flac.take(
        page, source.bytes(at: position + page.headerLength, count: 5), at: position,
        isLink: starts.last == position)
      isPastHeaders = !page.isFirst
      if let next = nextNumbers[page.serial], page.number > next { damageCount += 1 }
      nextNumbers[page.serial] = page.number + 1
      packetCount += FileNumber(page.packetCount)
      isEnded = page.isLast
      position += page.byteCount
      end = position
    }
    lacksEndOfStream = !isEnded
    // The longest packets: 8192 frames of Vorbis, 5760 of Opus.
    frameLimit = packetCount * (flac.isFLAC ? 65_536 : 8192)
    if flac.isFLAC, flac.links.count == starts.count {
      streams = flac.links.map { FileLayout($0) }
      return
    }
    if starts.count > 1 {
      let ends = Array(starts.dropFirst()) + [end]
      streams = zip(starts, ends).map { FileLayout($0..<$1) }
    }
  }
}

/// FLAC in Ogg (RFC 9639, section 10.1), shown to libsndfile as native FLAC, since it does not read these streams.
///
/// The packets of such a stream, one after the other and without the bytes before the first packet's mark `fLaC`, are a
/// native FLAC file.
private struct OggFLAC {
  /// The pieces of each link of a chain.
  private(set) var links: [[FileLayout.Piece]] = []
  private var serial: Int?
  /// Whether a stream is one of FLAC.
  var isFLAC: Bool { !links.isEmpty }

  /// The number of bytes before `fLaC`: 0x7F, `FLAC`, two bytes of the version and two that count header packets.
  private static let prefixLength = 9

  /// Takes a page.
  ///
  /// - Parameters:
  ///   - page: The page's header.
  ///   - start: The first bytes of the page's body.
  ///   - position: The page's offset in the file.
  ///   - isLink: Whether the page begins a link of a chain.
  mutating func take(_ page: OggPage, _ start: [UInt8], at position: Int, isLink: Bool) {
    if isLink { serial = nil }
    var range = position + page.headerLength..<position + page.byteCount
    if page.isFirst, serial == nil, HeaderBytes.text(start, 0, 5) == "\u{7F}FLAC",
      page.bodyLength > Self.prefixLength
    {
      serial = page.serial
      links.append([])
      range = range.lowerBound + Self.prefixLength..<range.upperBound
    }
    guard page.serial == serial, !links.isEmpty, !range.isEmpty else { return }
    links[links.count - 1].append(.file(range))
  }
}

/// The header of an Ogg page.
struct OggPage {
  let isContinued: Bool
  let isFirst: Bool
  let isLast: Bool
  let serial: Int
  let number: Int
  /// The lengths of the segments, in bytes.
  let segments: [UInt8]

  /// The length of the part before the segments' lengths.
  static let fixedLength = 27

  var headerLength: Int { Self.fixedLength + segments.count }
  var bodyLength: Int { segments.reduce(0) { $0 + Int($1) } }
  var byteCount: Int { headerLength + bodyLength }
  /// The number of packets that end in the page.
  var packetCount: Int { segments.count { $0 < 255 } }

  /// Reads a header; nil where the bytes are not a page's header.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.fixedLength, HeaderBytes.text(bytes, 0, 4) == "OggS", bytes[4] == 0,
      let serial = HeaderBytes.number(bytes, 14, 4, bigEndian: false),
      let number = HeaderBytes.number(bytes, 18, 4, bigEndian: false)
    else { return nil }
    let count = Int(bytes[26])
    guard bytes.count >= Self.fixedLength + count else { return nil }
    isContinued = bytes[5] & 1 != 0
    isFirst = bytes[5] & 2 != 0
    isLast = bytes[5] & 4 != 0
    self.serial = serial.value
    self.number = number.value
    segments = Array(bytes[Self.fixedLength..<Self.fixedLength + count])
  }

  /// The next page from an offset on.
  static func next(
    _ source: borrowing SoundSource, _ bytes: inout ByteWindow, from start: Int
  ) -> (position: Int, page: OggPage)? {
    var position = start
    while position < source.byteCount {
      let head = bytes.get(source, at: position, count: fixedLength + 255)
      // Reading fails, or the file has become shorter.
      guard !head.isEmpty else { return nil }
      if let page = OggPage(head) { return (position, page) }
      position += 1
      // Skips to the next capital O.
      while case let block = bytes.get(source, at: position, count: 4096), !block.isEmpty {
        guard let index = block.firstIndex(of: 0x4F) else {
          position += block.count
          continue
        }
        position += index
        break
      }
    }
    return nil
  }

  /// Whether the checksum of a whole page is right.
  func hasRightChecksum(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == byteCount, let stated = HeaderBytes.number(bytes, 22, 4, bigEndian: false) else {
      return false
    }
    return UInt32(clamping: stated.value) == Self.checksum(bytes)
  }

  /// The checksum of a page: a CRC of 32 bits with the polynomial 0x04C11DB7, with zeros in the checksum's own place.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0
    for byte in bytes.prefix(22) { sum = sum << 8 ^ table[Int(sum >> 24) ^ Int(byte)] }
    for _ in bytes.dropFirst(22).prefix(4) { sum = sum << 8 ^ table[Int(sum >> 24)] }
    for byte in bytes.dropFirst(26) { sum = sum << 8 ^ table[Int(sum >> 24) ^ Int(byte)] }
    return sum
  }

  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index) << 24
    for _ in 0..<8 { value = value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1 }
    return value
  }
}
