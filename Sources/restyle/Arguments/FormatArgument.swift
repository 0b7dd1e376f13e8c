import ArgumentParser
import SoundFiles

/// The value of `--format`: a container that can be written.
enum FormatArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
  case wav, rf64, w64, aiff, caf, au, flac, ogg, opus, mp3

  /// The container.
  var container: SoundContainer {
    switch self {
    case .wav: .wav
    case .rf64: .rf64
    case .w64: .w64
    case .aiff: .aiff
    case .caf: .caf
    case .au: .au
    case .flac: .flac
    case .ogg, .opus: .ogg
    case .mp3: .mp3
    }
  }

  /// The encoding that the name stands for, where it stands for one.
  var encoding: SoundEncoding? {
    switch self {
    case .ogg: .vorbis
    case .opus: .opus
    case .mp3: .mpegLayer3
    default: nil
    }
  }

  /// The extension of files of this format.
  var suffix: String {
    switch self {
    case .rf64: "wav"
    default: rawValue
    }
  }
}
