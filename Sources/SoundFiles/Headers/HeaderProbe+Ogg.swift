/// Ogg streams: a sequence of pages, which may be several streams one after the other (RFC 3533).
extension HeaderProbe {
  /// Finds the links of a chain, a missing end of the last link, and pages that are missing or damaged.
  mutating func probeOgg(_ source: borrowing SoundSource) {
    var links: [OggLink] = []
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
      let whole = bytes.get(source, at: position, count: page.byteCount)
      let isRight = page.hasRightChecksum(whole)
      if !isRight { damageCount += 1 }
      let isLink = page.isFirst && isPastHeaders
      if isLink {
        links.append(OggLink(start: position))
        nextNumbers = [:]
      }
      if !links.isEmpty, isRight { links[links.count - 1].take(page, whole, at: position) }
      flac.take(page, whole[page.headerLength...].prefix(5), at: position, isLink: isLink)
      isPastHeaders = !page.isFirst
      if let next = nextNumbers[page.serial], page.number > next { damageCount += 1 }
      nextNumbers[page.serial] = page.number + 1
      packetCount += FileNumber(page.packetCount)
      isEnded = page.isLast
      position += page.byteCount
      end = position
    }
    lacksEndOfStream = !isEnded
    parallelCodecs = links.map(\.codecs).first { $0.count > 1 } ?? []
    // The longest packets: 8192 frames of Vorbis, 5760 of Opus.
    frameLimit = packetCount * (flac.isFLAC ? 65_536 : 8192)
    if flac.isFLAC, flac.links.count == links.count {
      streams = flac.links.map { FileLayout($0) }
      walkFLAC(source)
      return
    }
    if links.count > 1 {
      let ends = links.dropFirst().map(\.start) + [end]
      streams = zip(links, ends).map { FileLayout($0.start..<$1) }
    }
    for (index, link) in links.enumerated() where index < streams.count {
      // Only the first layout of a single link starts before it.
      let start = links.count > 1 ? link.start : 0
      link.opus?.showFullBand(in: &streams[index], from: start)
    }
  }
}

/// What the pages of a link of a chain tell of its streams.
private struct OggLink {
  /// The offset of the link's first page.
  let start: Int
  /// The names of the codecs of its streams of sound.
  private(set) var codecs: [String] = []
  /// The first stream of Opus.
  private(set) var opus: OggOpus?

  init(start: Int) { self.start = start }

  private static let marks = [
    ("\u{1}vorbis", "Vorbis"), ("OpusHead", "Opus"), ("\u{7F}FLAC", "FLAC"), ("Speex   ", "Speex"),
    ("PCM     ", "PCM"), ("CELT    ", "CELT"),
  ]

  /// Takes a page with all its bytes.
  mutating func take(_ page: OggPage, _ bytes: [UInt8], at position: Int) {
    if page.isFirst {
      let name = Self.marks.first { mark, _ in
        HeaderBytes.text(bytes, page.headerLength, mark.utf8.count) == mark
      }?.1
      if let name { codecs.append(name) }
      if name == "Opus", opus == nil { opus = OggOpus(page, bytes, at: position) }
    }
    if opus?.serial == page.serial { opus?.take(page, bytes) }
  }
}

/// A stream of Opus in Ogg (RFC 7845).
///
/// Its header has the sample rate of what was encoded, which is no rate of the stream: every stream can be decoded at
/// 48 kHz. libsndfile decodes at the rate in the header, or at the next of 8, 12, 16, 24 and 48 kHz. That loses sound
/// where the rate is 0, which stands for unknown, or where packets have a wider band.
private struct OggOpus {
  let serial: Int
  private let header: (position: Int, length: Int, bytes: [UInt8])
  private let decodedRate: Int
  private var widestRate = 0
  private var packetCount = 0

  init?(_ page: OggPage, _ bytes: [UInt8], at position: Int) {
    guard let rate = HeaderBytes.number(bytes, page.headerLength + 12, 4, bigEndian: false) else {
      return nil
    }
    serial = page.serial
    header = (position, page.headerLength, bytes)
    decodedRate = rate == 0 ? 0 : [8000, 12000, 16000, 24000].first { rate.value <= $0 } ?? 48000
  }

  /// Reads the bands of a page's packets, which are in the high five bits of their first bytes (RFC 6716, section 3.1).
  mutating func take(_ page: OggPage, _ bytes: [UInt8]) {
    guard decodedRate < 48000 else { return }
    var offset = page.headerLength
    var isStart = !page.isContinued
    for length in page.segments {
      // The first two packets are headers.
      if isStart, length > 0, packetCount >= 2, offset < bytes.count {
        widestRate = max(widestRate, Self.rate(ofCode: bytes[offset] / 8))
      }
      offset += Int(length)
      isStart = length < 255
      if isStart { packetCount += 1 }
    }
  }

  /// The lowest rate that holds the band of a packet.
  private static func rate(ofCode code: UInt8) -> Int {
    switch code {
    case 0...3, 16...19: 8000
    // An encoder at 12 kHz takes the wide band of CELT, which has no medium band.
    case 4...7, 20...23: 12000
    case 8...11: 16000
    case 12, 13, 24...27: 24000
    default: 48000
    }
  }

  /// Writes a rate of 48 kHz into the header where libsndfile would lose sound.
  func showFullBand(in layout: inout FileLayout, from start: Int) {
    guard decodedRate == 0 || widestRate > decodedRate else { return }
    let rate = HeaderBytes.bytes(of: 48000, count: 4, bigEndian: false)
    var page = header.bytes
    page.replaceSubrange(header.length + 12..<header.length + 16, with: rate)
    let sum = FileNumber(clamping: OggPage.checksum(page))
    let offset = FileNumber(header.position - start)
    layout.patch(rate, at: offset + FileNumber(header.length + 12))
    layout.patch(sum, at: offset + 22, count: 4, bigEndian: false)
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
  mutating func take(_ page: OggPage, _ start: ArraySlice<UInt8>, at position: Int, isLink: Bool) {
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

  /// The first bytes: `OggS`, and version 0.
  private static let mark: [UInt8] = [0x4F, 0x67, 0x67, 0x53, 0]

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
    while let found = bytes.place(of: 0x4F, source, from: position) {
      if bytes.hasMark(mark, source, at: found),
        let page = OggPage(bytes.get(source, at: found, count: fixedLength + 255))
      {
        return (found, page)
      }
      position = found + 1
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
