import CSndfile

/// Translation between ``SoundFileFormat`` and the format codes of `sndfile.h`.
extension SoundFileFormat {
  /// The code that libsndfile knows this format by.
  var code: Int32 {
    let order: Int =
      switch writtenOrder {
      case .standard: SF_ENDIAN_FILE
      case .little: SF_ENDIAN_LITTLE
      case .big: SF_ENDIAN_BIG
      }
    return Int32(container.code | encoding.code | order)
  }

  /// The byte order in which a file is written.
  ///
  /// In AIFF-C only 16-bit samples with the least significant byte first have a compression type that other programs
  /// read (`sowt`).
  var writtenOrder: ByteOrder {
    container == .aiff && byteOrder == .little && encoding != .pcm16 ? .standard : byteOrder
  }

  /// The format of a code, or nil where the code is of a kind this library does not know.
  init?(code: Int32) {
    let container = SoundContainer.allCases.first { $0.code == Int(code) & SF_FORMAT_TYPEMASK }
    // libsndfile gives FLAC its own container code with PCM encodings inside.
    let encoding = SoundEncoding.allCases.first { $0.code == Int(code) & SF_FORMAT_SUBMASK }
    guard let container, let encoding else { return nil }
    let order: ByteOrder =
      switch Int(code) & SF_FORMAT_ENDMASK {
      case SF_ENDIAN_LITTLE: .little
      case SF_ENDIAN_BIG: .big
      default: .standard
      }
    self.init(container, encoding, byteOrder: order)
  }
}

extension SoundContainer {
  /// The container's bits of a libsndfile format code.
  var code: Int {
    switch self {
    case .wav: SF_FORMAT_WAV
    case .wavex: SF_FORMAT_WAVEX
    case .rf64: SF_FORMAT_RF64
    case .w64: SF_FORMAT_W64
    case .aiff: SF_FORMAT_AIFF
    case .caf: SF_FORMAT_CAF
    case .au: SF_FORMAT_AU
    case .flac: SF_FORMAT_FLAC
    case .ogg: SF_FORMAT_OGG
    case .mp3: SF_FORMAT_MPEG
    case .raw: SF_FORMAT_RAW
    case .paf: SF_FORMAT_PAF
    case .svx: SF_FORMAT_SVX
    case .nist: SF_FORMAT_NIST
    case .voc: SF_FORMAT_VOC
    case .ircam: SF_FORMAT_IRCAM
    case .mat4: SF_FORMAT_MAT4
    case .mat5: SF_FORMAT_MAT5
    case .pvf: SF_FORMAT_PVF
    case .xi: SF_FORMAT_XI
    case .htk: SF_FORMAT_HTK
    case .sds: SF_FORMAT_SDS
    case .avr: SF_FORMAT_AVR
    case .sd2: SF_FORMAT_SD2
    case .wve: SF_FORMAT_WVE
    case .mpc2k: SF_FORMAT_MPC2K
    }
  }
}

extension SoundEncoding {
  /// The encoding's bits of a libsndfile format code.
  var code: Int {
    switch self {
    case .pcmS8: SF_FORMAT_PCM_S8
    case .pcmU8: SF_FORMAT_PCM_U8
    case .pcm16: SF_FORMAT_PCM_16
    case .pcm24: SF_FORMAT_PCM_24
    case .pcm32: SF_FORMAT_PCM_32
    case .float32: SF_FORMAT_FLOAT
    case .float64: SF_FORMAT_DOUBLE
    case .ulaw: SF_FORMAT_ULAW
    case .alaw: SF_FORMAT_ALAW
    case .imaADPCM: SF_FORMAT_IMA_ADPCM
    case .msADPCM: SF_FORMAT_MS_ADPCM
    case .gsm610: SF_FORMAT_GSM610
    case .voxADPCM: SF_FORMAT_VOX_ADPCM
    case .nmsADPCM16: SF_FORMAT_NMS_ADPCM_16
    case .nmsADPCM24: SF_FORMAT_NMS_ADPCM_24
    case .nmsADPCM32: SF_FORMAT_NMS_ADPCM_32
    case .g721: SF_FORMAT_G721_32
    case .g723at24: SF_FORMAT_G723_24
    case .g723at40: SF_FORMAT_G723_40
    case .dwvw12: SF_FORMAT_DWVW_12
    case .dwvw16: SF_FORMAT_DWVW_16
    case .dwvw24: SF_FORMAT_DWVW_24
    case .dwvwN: SF_FORMAT_DWVW_N
    case .dpcm8: SF_FORMAT_DPCM_8
    case .dpcm16: SF_FORMAT_DPCM_16
    case .vorbis: SF_FORMAT_VORBIS
    case .opus: SF_FORMAT_OPUS
    case .alac16: SF_FORMAT_ALAC_16
    case .alac20: SF_FORMAT_ALAC_20
    case .alac24: SF_FORMAT_ALAC_24
    case .alac32: SF_FORMAT_ALAC_32
    case .mpegLayer1: SF_FORMAT_MPEG_LAYER_I
    case .mpegLayer2: SF_FORMAT_MPEG_LAYER_II
    case .mpegLayer3: SF_FORMAT_MPEG_LAYER_III
    }
  }
}
