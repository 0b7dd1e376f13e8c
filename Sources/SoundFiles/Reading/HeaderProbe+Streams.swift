/// Containers that are a sequence of pages or frames.
extension HeaderProbe {
  /// An Ogg stream is whole where its last page carries the end-of-stream flag and all of its bytes are there.
  mutating func probeOgg(_ source: borrowing SoundSource) {
    // A page has at most 27 + 255 + 255 · 255 = 65 307 bytes, so the last one starts within so many from the end.
    let tailLength = min(source.byteCount, 2 * 65_307)
    let tailStart = source.byteCount - tailLength
    let tail = source.bytes(at: tailStart, count: tailLength)
    lacksEndOfStream = true
    var position = tail.count - 27
    while position >= 0 {
      defer { position -= 1 }
      guard tail[position] == 0x4F, Self.text(tail, position, 4) == "OggS", tail[position + 4] == 0 else {
        continue
      }
      let segmentCount = Int(tail[position + 26])
      guard position + 27 + segmentCount <= tail.count else { continue }
      let body = tail[position + 27..<position + 27 + segmentCount].reduce(0) { $0 + Int($1) }
      guard position + 27 + segmentCount + body <= tail.count else { continue }
      lacksEndOfStream = tail[position + 5] & 4 == 0
      return
    }
  }

  /// An MPEG stream tells its length in a Xing, Info or VBRI record inside its first frame, or not at all.
  mutating func probeMPEG(_ source: borrowing SoundSource) {
    var offset = 0
    // ID3v2 tags stand before the stream; their length has seven bits a byte.
    while true {
      let tag = source.bytes(at: offset, count: 10)
      guard Self.text(tag, 0, 3) == "ID3", tag.count == 10 else { break }
      let length = tag[6...9].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
      offset += 10 + length + (tag[5] & 0x10 != 0 ? 10 : 0)
    }
    let window = source.bytes(at: offset, count: 65_536)
    guard let position = Self.firstFrame(in: window), let frame = MPEGFrameHeader(window, at: position) else {
      return
    }
    isMPEG = true
    dataStart = offset + position
    lacksFrameCount = true
    let record = position + 4 + frame.sideInformationLength
    if ["Xing", "Info"].contains(Self.text(window, record, 4)),
      let flags = Self.number(window, record + 4, 4, bigEndian: true)
    {
      lacksFrameCount = flags & 1 == 0
      let bytesAt = record + 8 + (flags & 1 != 0 ? 4 : 0)
      if flags & 2 != 0, let count = Self.number(window, bytesAt, 4, bigEndian: true), count > 0 {
        noteMPEG(start: offset + position, count: count, source)
      }
    } else if Self.text(window, position + 36, 4) == "VBRI",
      let count = Self.number(window, position + 46, 4, bigEndian: true)
    {
      lacksFrameCount = false
      noteMPEG(start: offset + position, count: count, source)
    }
  }

  private mutating func noteMPEG(start: Int, count: Int, _ source: borrowing SoundSource) {
    declaredEnd = start + count
    let next = source.bytes(at: start + count, count: 4096)
    hasMoreStreams = Self.firstFrame(in: next).map { $0 < 1024 } ?? false
  }

  /// The first position that holds a frame followed by a frame of the same kind, or by the end of the bytes.
  private static func firstFrame(in bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for position in 0...bytes.count - 4 where bytes[position] == 0xFF {
      guard let frame = MPEGFrameHeader(bytes, at: position) else { continue }
      let next = position + frame.length
      guard next + 4 <= bytes.count else {
        if position == 0 { return 0 }
        continue
      }
      if let follower = MPEGFrameHeader(bytes, at: next), follower.isSameKind(as: frame) { return position }
    }
    return nil
  }
}

/// The four bytes at the start of each frame of an MPEG audio stream (ISO/IEC 11172-3, 13818-3).
struct MPEGFrameHeader {
  /// 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1, as it is coded.
  let version: Int
  /// 1: layer III, 2: layer II, 3: layer I, as it is coded.
  let layer: Int
  let sampleRate: Int
  let isMono: Bool
  /// The length of the frame in bytes.
  let length: Int

  /// Reads a header; nil where the bytes are none.
  init?(_ bytes: [UInt8], at position: Int) {
    guard position >= 0, position + 4 <= bytes.count, bytes[position] == 0xFF,
      bytes[position + 1] & 0xE0 == 0xE0
    else { return nil }
    version = Int(bytes[position + 1] >> 3 & 3)
    layer = Int(bytes[position + 1] >> 1 & 3)
    let bitRateIndex = Int(bytes[position + 2] >> 4)
    let rateIndex = Int(bytes[position + 2] >> 2 & 3)
    let padding = Int(bytes[position + 2] >> 1 & 1)
    isMono = bytes[position + 3] >> 6 == 3
    guard version != 1, layer != 0, rateIndex != 3, (1...14).contains(bitRateIndex) else { return nil }
    let isMPEG1 = version == 3
    sampleRate = [44100, 48000, 32000][rateIndex] >> (isMPEG1 ? 0 : version == 2 ? 1 : 2)
    let bitRates: [Int]
    switch (isMPEG1, layer) {
    case (true, 3): bitRates = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448]
    case (true, 2): bitRates = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384]
    case (true, _): bitRates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    case (false, 3): bitRates = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256]
    case (false, _): bitRates = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    }
    let bitRate = bitRates[bitRateIndex - 1] * 1000
    switch layer {
    case 3: length = (12 * bitRate / sampleRate + padding) * 4
    case 1 where !isMPEG1: length = 72 * bitRate / sampleRate + padding
    default: length = 144 * bitRate / sampleRate + padding
    }
  }

  /// Where the first frame's length record stands, counted from the end of the four bytes.
  var sideInformationLength: Int {
    version == 3 ? (isMono ? 17 : 32) : (isMono ? 9 : 17)
  }

  /// Whether two frames belong to one stream.
  func isSameKind(as other: MPEGFrameHeader) -> Bool {
    version == other.version && layer == other.layer && sampleRate == other.sampleRate
  }
}
