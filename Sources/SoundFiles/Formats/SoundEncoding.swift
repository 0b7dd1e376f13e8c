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

  /// Whether samples (integers of the word length, or floats) are read back exactly as they were written.
  public var isLossless: Bool { integerBits != nil || isFloat }

  /// The word length in bits that holds decoded samples: that of integers, 16 for companded samples, else 24.
  public var wordLength: Int { integerBits ?? (isCompanded ? 16 : 24) }

  /// Whether samples are stored at 16-bit precision or less, so that quantising to 16 bits loses nothing more.
  var isCompanded: Bool {
    switch self {
    case .ulaw, .alaw, .imaADPCM, .msADPCM, .gsm610, .voxADPCM, .nmsADPCM16, .nmsADPCM24, .nmsADPCM32, .g721,
      .g723at24, .g723at40, .dpcm8, .dpcm16, .dwvw12, .dwvw16:
      true
    default: false
    }
  }

  /// Whether samples of another encoding are rounded in this one; false for lossy encodings.
  ///
  /// What lossy encodings decode to counts as samples of their ``wordLength``.
  public func rounds(_ source: SoundEncoding) -> Bool {
    switch self {
    case .float64: false
    case .float32: source == .float64 || source.wordLength > 24
    default: integerBits.map { source.isFloat || source.wordLength > $0 } ?? false
    }
  }

  /// The name for messages and tables.
  public var name: String {
    switch self {
    case .pcmS8: "8-bit"
    case .pcmU8: "8-bit unsigned"
    case .pcm16: "16-bit"
    case .pcm24: "24-bit"
    case .pcm32: "32-bit"
    case .float32: "32-bit float"
    case .float64: "64-bit float"
    case .ulaw: "μ-law"
    case .alaw: "A-law"
    case .imaADPCM: "IMA ADPCM"
    case .msADPCM: "Microsoft ADPCM"
    case .gsm610: "GSM 6.10"
    case .voxADPCM: "VOX ADPCM"
    case .nmsADPCM16: "NMS ADPCM 16 kbit/s"
    case .nmsADPCM24: "NMS ADPCM 24 kbit/s"
    case .nmsADPCM32: "NMS ADPCM 32 kbit/s"
    case .g721: "G.721"
    case .g723at24: "G.723 24 kbit/s"
    case .g723at40: "G.723 40 kbit/s"
    case .dwvw12: "12-bit DWVW"
    case .dwvw16: "16-bit DWVW"
    case .dwvw24: "24-bit DWVW"
    case .dwvwN: "DWVW"
    case .dpcm8: "8-bit DPCM"
    case .dpcm16: "16-bit DPCM"
    case .vorbis: "Vorbis"
    case .opus: "Opus"
    case .alac16: "16-bit ALAC"
    case .alac20: "20-bit ALAC"
    case .alac24: "24-bit ALAC"
    case .alac32: "32-bit ALAC"
    case .mpegLayer1: "MPEG layer I"
    case .mpegLayer2: "MPEG layer II"
    case .mpegLayer3: "MPEG layer III"
    }
  }
}
