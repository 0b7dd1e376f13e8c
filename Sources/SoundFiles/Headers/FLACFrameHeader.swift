/// The header of a FLAC frame (RFC 9639, section 9.1).
struct FLACFrameHeader {
  /// Whether the number counts samples rather than frames.
  let hasVariableBlocks: Bool
  /// The number of samples of each channel.
  let blockSize: FileNumber
  /// The sample rate in Hz; nil where it is that of the stream.
  let sampleRate: FileNumber?
  let channelCount: FileNumber
  /// The word length; nil where it is that of the stream.
  let bitCount: FileNumber?
  /// The number of the frame, or of its first sample.
  let number: FileNumber

  /// The largest length of a header in bytes.
  static let longest = 16

  private static let sampleRates: [FileNumber] = [
    0, 88200, 176_400, 192_000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000,
  ]
  private static let blockSizes: [FileNumber] = [
    0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768,
  ]
  private static let bitCounts: [FileNumber] = [0, 8, 12, 0, 16, 20, 24, 32]

  /// Reads a header; nil where the bytes are not a frame's header.
  init?(_ bytes: [UInt8], at start: Int) {
    guard start >= 0, bytes.count - start >= 6, bytes[start] == 0xFF, bytes[start + 1] & 0xFE == 0xF8 else {
      return nil
    }
    let (sizeCode, rateCode) = (bytes[start + 2] / 16, bytes[start + 2] % 16)
    let (channelCode, bitCode) = (bytes[start + 3] / 16, bytes[start + 3] / 2 % 8)
    guard sizeCode != 0, rateCode != 15, channelCode <= 10, bitCode != 3, bytes[start + 3] % 2 == 0,
      let coded = Self.codedNumber(bytes, at: start + 4)
    else { return nil }
    var end = coded.end
    let sizeLength = sizeCode == 6 ? 1 : sizeCode == 7 ? 2 : 0
    let rateLength = rateCode == 12 ? 1 : rateCode > 12 ? 2 : 0
    guard let size = HeaderBytes.number(bytes, end, sizeLength, bigEndian: true),
      let rate = HeaderBytes.number(bytes, end + sizeLength, rateLength, bigEndian: true)
    else { return nil }
    end += sizeLength + rateLength
    guard end < bytes.count, Self.checksum(bytes[start..<end]) == bytes[end] else { return nil }
    hasVariableBlocks = bytes[start + 1] & 1 != 0
    number = coded.number
    blockSize = sizeLength > 0 ? size + 1 : Self.blockSizes[FileNumber(clamping: sizeCode).value]
    switch rateCode {
    case 0: sampleRate = nil
    case 12: sampleRate = rate * 1000
    case 13: sampleRate = rate
    case 14: sampleRate = rate * 10
    default: sampleRate = Self.sampleRates[FileNumber(clamping: rateCode).value]
    }
    // The codes above 7 are two channels of which one or both are differences.
    channelCount = channelCode > 7 ? 2 : FileNumber(clamping: channelCode) + 1
    bitCount = bitCode == 0 ? nil : Self.bitCounts[FileNumber(clamping: bitCode).value]
  }

  /// A number of up to 36 bits in the form of UTF-8, and the offset behind it.
  private static func codedNumber(_ bytes: [UInt8], at start: Int) -> (number: FileNumber, end: Int)? {
    let first = bytes[start]
    let followerCount = first < 0x80 ? 0 : (~first).leadingZeroBitCount - 1
    guard first < 0x80 || (1...6).contains(followerCount), followerCount < bytes.count - start else {
      return nil
    }
    // Of a first byte before n others, n + 2 bits at the top are the mark.
    let mask: UInt8 = first < 0x80 ? 0x7F : [0x1F, 0x0F, 0x07, 0x03, 0x01, 0][followerCount - 1]
    var number = FileNumber(clamping: first & mask)
    for byte in bytes[start + 1..<start + 1 + followerCount] {
      guard byte & 0xC0 == 0x80 else { return nil }
      number = number * 64 + FileNumber(clamping: byte & 0x3F)
    }
    return (number, start + 1 + followerCount)
  }

  /// The number that the next frame of the stream has.
  var next: FileNumber { number + (hasVariableBlocks ? blockSize : 1) }

  /// Whether the frame is of a stream's rate, number of channels and word length.
  func fits(_ stream: FLACStreamInfo) -> Bool {
    (sampleRate ?? stream.sampleRate) == stream.sampleRate && channelCount == stream.channelCount
      && (bitCount ?? stream.bitCount) == stream.bitCount
  }

  /// The checksum of a header: a CRC of 8 bits with the polynomial 0x07.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt8 {
    bytes.reduce(0) { checksumTable8[Int($0 ^ $1)] }
  }

  /// The checksum of a frame, continued over more bytes: a CRC of 16 bits with the polynomial 0x8005.
  ///
  /// It is 0 behind a whole frame, which ends with its own checksum.
  static func checksum(_ bytes: ArraySlice<UInt8>, after sum: UInt16) -> UInt16 {
    bytes.reduce(sum) { $0 << 8 ^ checksumTable16[Int(UInt8($0 >> 8) ^ $1)] }
  }

  private static let checksumTable8: [UInt8] = (0...255).map { (index: UInt8) in
    var value = index
    for _ in 0..<8 { value = value & 0x80 != 0 ? value << 1 ^ 0x07 : value << 1 }
    return value
  }

  private static let checksumTable16: [UInt16] = (0...255).map { (index: UInt16) in
    var value = index * 256
    for _ in 0..<8 { value = value & 0x8000 != 0 ? value << 1 ^ 0x8005 : value << 1 }
    return value
  }
}

/// Frames of silence.
extension FLACFrameHeader {
  /// A frame whose samples are all 0, of a stream's kind.
  static func silence(
    _ number: FileNumber, length: FileNumber, like header: FLACFrameHeader, _ stream: FLACStreamInfo
  ) -> [UInt8] {
    // The length in 16 bits, the stream's rate and word length, channels that do not depend on each other.
    var bytes: [UInt8] = [0xFF, header.hasVariableBlocks ? 0xF9 : 0xF8, 0x70]
    bytes += HeaderBytes.bytes(of: (stream.channelCount - 1) * 16, count: 1, bigEndian: true)
    bytes += coded(number) + HeaderBytes.bytes(of: length - 1, count: 2, bigEndian: true)
    bytes.append(checksum(bytes[...]))
    // For each channel eight bits that stand for a constant, and the constant.
    let bitCount = stream.channelCount * (8 + stream.bitCount)
    bytes += [UInt8](repeating: 0, count: (bitCount.roundedUp(toMultipleOf: 8) / 8).value)
    let sum = checksum(bytes[...], after: 0)
    return bytes + HeaderBytes.bytes(of: FileNumber(clamping: sum), count: 2, bigEndian: true)
  }

  /// A number in the form of UTF-8.
  private static func coded(_ number: FileNumber) -> [UInt8] {
    guard number >= 0x80 else { return HeaderBytes.bytes(of: number, count: 1, bigEndian: true) }
    let marks: [(mark: FileNumber, limit: FileNumber)] = [
      (0xC0, 0x20), (0xE0, 0x10), (0xF0, 8), (0xF8, 4), (0xFC, 2), (0xFE, 1),
    ]
    var rest = number
    var followers: [UInt8] = []
    for (mark, limit) in marks {
      let high = rest / 64
      followers += HeaderBytes.bytes(of: 0x80 + rest - high * 64, count: 1, bigEndian: true)
      rest = high
      if rest < limit {
        return HeaderBytes.bytes(of: mark + rest, count: 1, bigEndian: true) + followers.reversed()
      }
    }
    return []
  }
}

/// The facts of the block STREAMINFO (RFC 9639, section 8.2) that each frame repeats, and the number of samples.
struct FLACStreamInfo {
  let sampleRate: FileNumber
  let channelCount: FileNumber
  let bitCount: FileNumber
  /// The number of frames of sound; 0 where it was not known.
  let frameCount: FileNumber

  /// The largest number of frames of sound that the block can state, and one more.
  static let frameCountLimit: FileNumber = 0x10_0000_0000
  /// The length of the mark `fLaC` and the block with its header.
  static let byteCount = 42

  /// Reads the start of a stream; nil where the block does not come first.
  init?(_ bytes: [UInt8]) {
    guard HeaderBytes.text(bytes, 0, 4) == "fLaC", bytes.count >= Self.byteCount, bytes[4] & 0x7F == 0,
      let facts = HeaderBytes.number(bytes, 18, 4, bigEndian: true),
      let low = HeaderBytes.number(bytes, 22, 4, bigEndian: true)
    else { return nil }
    // 20 bits of the rate, 3 of the channels, 5 of the word length, 36 of the length.
    sampleRate = facts / 4096
    channelCount = facts / 512 - sampleRate * 8 + 1
    bitCount = facts / 16 - facts / 512 * 32 + 1
    frameCount = (facts - facts / 16 * 16) * 0x1_0000_0000 + low
  }

  /// Writes the number of frames of sound into the start of a stream.
  static func set(_ frameCount: FileNumber, in layout: inout FileLayout, start: [UInt8]) {
    guard frameCount < frameCountLimit, start.count > 21 else { return }
    let high = frameCount / 0x1_0000_0000
    let byte = FileNumber(clamping: start[21] & 0xF0) + high
    layout.patch(byte, at: 21, count: 1, bigEndian: true)
    layout.patch(frameCount - high * 0x1_0000_0000, at: 22, count: 4, bigEndian: true)
  }
}
