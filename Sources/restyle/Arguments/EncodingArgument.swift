import ArgumentParser
import SoundFiles

/// The value of `--encoding`: how samples are stored.
enum EncodingArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
  case pcm8, pcm16, pcm24, pcm32, float32, float64, ulaw, alaw, vorbis, opus

  /// The encoding; where a container has no unsigned 8-bit samples, signed ones take their place.
  var encoding: SoundEncoding {
    switch self {
    case .pcm8: .pcmU8
    case .pcm16: .pcm16
    case .pcm24: .pcm24
    case .pcm32: .pcm32
    case .float32: .float32
    case .float64: .float64
    case .ulaw: .ulaw
    case .alaw: .alaw
    case .vorbis: .vorbis
    case .opus: .opus
    }
  }
}
