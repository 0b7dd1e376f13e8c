import ArgumentParser
import SoundFiles

/// The value of `--encoding`: how samples are stored.
enum EncodingArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
  case pcm8, pcm16, pcm24, pcm32, float32, float64, ulaw, alaw, vorbis, opus

  /// The encoding; 8-bit samples are unsigned in WAV, RF64 and W64 and signed elsewhere.
  func encoding(in container: SoundContainer) -> SoundEncoding {
    switch self {
    case .pcm8: [.wav, .wavex, .rf64, .w64].contains(container) ? .pcmU8 : .pcmS8
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
