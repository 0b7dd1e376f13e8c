/// The four bytes at the start of each frame of an MPEG audio stream (ISO/IEC 11172-3, 13818-3).
struct MPEGFrameHeader {
  /// The version as it is coded: 0 for MPEG 2.5, 2 for MPEG 2, 3 for MPEG 1.
  let version: Int
  /// The layer as it is coded: 1 for layer III, 2 for layer II, 3 for layer I.
  let layer: Int
  let sampleRate: Int
  let isMono: Bool
  /// The length of the frame in bytes.
  let length: Int

  private static let sampleRates = [44100, 48000, 32000]
  /// The bit rates of MPEG 1 in kbit/s, for the layers III, II and I.
  private static let bitRates1 = [
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  ]
  /// The bit rates of MPEG 2 and 2.5.
  private static let bitRates2 = [
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  ]

  /// Reads a header; nil where the bytes are not a frame's header.
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
    sampleRate = Self.sampleRates[rateIndex] >> (isMPEG1 ? 0 : version == 2 ? 1 : 2)
    let table = isMPEG1 ? Self.bitRates1 : Self.bitRates2
    let bitRate = table[layer - 1][bitRateIndex - 1] * 1000
    switch layer {
    case 3: length = (12 * bitRate / sampleRate + padding) * 4
    case 1 where !isMPEG1: length = 72 * bitRate / sampleRate + padding
    default: length = 144 * bitRate / sampleRate + padding
    }
  }

  /// The number of bytes between the header and the place of a length record.
  var sideInformationLength: Int {
    version == 3 ? (isMono ? 17 : 32) : (isMono ? 9 : 17)
  }

  /// Whether two frames belong to one stream.
  func isSameKind(as other: MPEGFrameHeader) -> Bool {
    version == other.version && layer == other.layer && sampleRate == other.sampleRate
      && isMono == other.isMono
  }
}
