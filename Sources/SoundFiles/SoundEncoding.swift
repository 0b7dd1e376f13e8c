/// How samples are stored inside a container.
public enum SoundEncoding: String, Hashable, Sendable, CaseIterable, Codable {
  /// Signed 8-bit integers.
  case pcmS8
  /// Unsigned 8-bit integers with 128 as zero.
  case pcmU8
  /// Signed 16-bit integers.
  case pcm16
  /// Signed 24-bit integers.
  case pcm24
  /// Signed 32-bit integers.
  case pcm32
  /// 32-bit floating point.
  case float32
  /// 64-bit floating point.
  case float64
  /// G.711 μ-law.
  case ulaw
  /// G.711 A-law.
  case alaw
  /// IMA ADPCM.
  case imaADPCM
  /// Microsoft ADPCM.
  case msADPCM
  /// GSM 6.10.
  case gsm610
  /// OKI (Dialogic) ADPCM.
  case voxADPCM
  /// NMS ADPCM, 16 kbit/s.
  case nmsADPCM16
  /// NMS ADPCM, 24 kbit/s.
  case nmsADPCM24
  /// NMS ADPCM, 32 kbit/s.
  case nmsADPCM32
  /// G.721 ADPCM, 32 kbit/s.
  case g721
  /// G.723 ADPCM, 24 kbit/s.
  case g723at24
  /// G.723 ADPCM, 40 kbit/s.
  case g723at40
  /// Delta width variable word, 12 bits.
  case dwvw12
  /// Delta width variable word, 16 bits.
  case dwvw16
  /// Delta width variable word, 24 bits.
  case dwvw24
  /// Delta width variable word, any number of bits.
  case dwvwN
  /// Differential PCM, 8 bits.
  case dpcm8
  /// Differential PCM, 16 bits.
  case dpcm16
  /// Vorbis.
  case vorbis
  /// Opus.
  case opus
  /// Apple Lossless, 16 bits.
  case alac16
  /// Apple Lossless, 20 bits.
  case alac20
  /// Apple Lossless, 24 bits.
  case alac24
  /// Apple Lossless, 32 bits.
  case alac32
  /// MPEG audio layer I.
  case mpegLayer1
  /// MPEG audio layer II.
  case mpegLayer2
  /// MPEG audio layer III (MP3).
  case mpegLayer3

  /// The word length of integer encodings that keep every sample exactly, or nil.
  public var integerBits: Int? {
    switch self {
    case .pcmS8, .pcmU8: 8
    case .pcm16, .alac16: 16
    case .alac20: 20
    case .pcm24, .alac24: 24
    case .pcm32, .alac32: 32
    default: nil
    }
  }

  /// Whether samples are stored in floating point.
  public var isFloat: Bool { self == .float32 || self == .float64 }

  /// Whether what is written is read back exactly (integers of the word length, or floats).
  public var isLossless: Bool { integerBits != nil || isFloat }
}
