/// A sound file container, by the name of its format.
///
/// Ten of them are read and written in full (``mainContainers``). The others are read, and written back
/// where libsndfile can.
public enum SoundContainer: String, Hashable, Sendable, CaseIterable, Codable {
  /// RIFF WAVE with the plain format chunk.
  case wav
  /// RIFF WAVE with the extensible format chunk, which names the speaker of each channel.
  case wavex
  /// RIFF WAVE with 64-bit sizes (EBU Tech 3306).
  case rf64
  /// Sony Wave64.
  case w64
  /// Apple AIFF and AIFF-C.
  case aiff
  /// Apple Core Audio Format.
  case caf
  /// Sun and NeXT AU.
  case au
  /// Native FLAC.
  case flac
  /// Ogg, with Vorbis or Opus inside.
  case ogg
  /// MPEG audio stream (MP3).
  case mp3
  /// Headerless data.
  case raw
  /// Ensoniq PARIS.
  case paf
  /// Amiga 8SVX and 16SV.
  case svx
  /// NIST Sphere.
  case nist
  /// Creative Voice.
  case voc
  /// Berkeley, IRCAM and CARL.
  case ircam
  /// Matlab 4.
  case mat4
  /// Matlab 5.
  case mat5
  /// Portable Voice Format.
  case pvf
  /// Fasttracker 2 instrument.
  case xi
  /// HMM Tool Kit.
  case htk
  /// MIDI sample dump.
  case sds
  /// Audio Visual Research.
  case avr
  /// Sound Designer 2.
  case sd2
  /// Psion WVE.
  case wve
  /// Akai MPC 2000.
  case mpc2k

  /// The containers that are read and written in full, as the capability table lists them.
  public static let mainContainers: [SoundContainer] = [
    .wav, .wavex, .rf64, .w64, .aiff, .caf, .au, .flac, .ogg, .mp3,
  ]

  /// The name for messages and tables.
  public var name: String {
    switch self {
    case .wav: "WAV"
    case .wavex: "WAV (extensible)"
    case .rf64: "RF64"
    case .w64: "W64"
    case .aiff: "AIFF"
    case .caf: "CAF"
    case .au: "AU"
    case .flac: "FLAC"
    case .ogg: "Ogg"
    case .mp3: "MP3"
    case .raw: "headerless data"
    case .paf: "PAF"
    case .svx: "8SVX"
    case .nist: "NIST Sphere"
    case .voc: "VOC"
    case .ircam: "IRCAM"
    case .mat4: "Matlab 4"
    case .mat5: "Matlab 5"
    case .pvf: "PVF"
    case .xi: "XI"
    case .htk: "HTK"
    case .sds: "SDS"
    case .avr: "AVR"
    case .sd2: "SD2"
    case .wve: "WVE"
    case .mpc2k: "MPC 2000"
    }
  }
}
