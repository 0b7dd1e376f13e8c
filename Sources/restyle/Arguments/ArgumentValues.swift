public import ArgumentParser
public import AudioRestyle
import SoundFiles

/// The value of `--ceiling`: `auto`, `off` or a number of dBTP.
struct CeilingArgument: ExpressibleByArgument, Hashable, Sendable {
  var ceiling: PeakCeiling

  init(ceiling: PeakCeiling) {
    self.ceiling = ceiling
  }

  init?(argument: String) {
    switch argument {
    case "auto": ceiling = .automatic
    case "off": ceiling = .off
    default:
      guard let number = Double(argument) else { return nil }
      ceiling = .decibelsTruePeak(number)
    }
  }

  var defaultValueDescription: String {
    switch ceiling {
    case .automatic: "auto"
    case .off: "off"
    case .decibelsTruePeak(let value): "\(value)"
    }
  }
}

/// The value of `--for`: the name of a delivery target.
struct DeliveryArgument: ExpressibleByArgument, Hashable, Sendable {
  var target: DeliveryTarget

  init?(argument: String) {
    guard let target = DeliveryTarget(name: argument) else { return nil }
    self.target = target
  }

  static let allValueStrings = DeliveryTarget.all.map(\.name)

  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

/// The value of `--encoding`: a sample encoding.
enum EncodingArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
  case pcm8, pcm16, pcm24, pcm32, float32, float64, ulaw, alaw, vorbis, opus

  /// The encoding; a container without unsigned 8-bit samples gets signed ones later
  /// (``OutputOptions/fitted(to:like:)``).
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

extension RestyleMethod: ExpressibleByArgument {}
extension RestyleAim: ExpressibleByArgument {}
extension FeatureKind: ExpressibleByArgument {}
extension StereoMode: ExpressibleByArgument {}
extension TonePhase: ExpressibleByArgument {}
extension PeakControl: ExpressibleByArgument {}
extension Dither: ExpressibleByArgument {}
extension Anchoring.Levels: ExpressibleByArgument {}
extension Anchoring.Loudness: ExpressibleByArgument {}
extension AlbumPlan.Relations: ExpressibleByArgument {}

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

  /// The encoding that the name implies; `nil` for names of containers alone.
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

/// The value of `--range`: two frequencies in Hz, joined by a hyphen.
struct FrequencyRangeArgument: ExpressibleByArgument, Hashable, Sendable {
  var range: ClosedRange<Double>

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count == 2, let low = parts[0], let high = parts[1], low >= 0, low < high, high.isFinite
    else {
      return nil
    }
    range = low...high
  }
}

/// The value of `--loudness`: `style`, `keep`, `off` or a number of LUFS.
struct LoudnessArgument: ExpressibleByArgument, Hashable, Sendable {
  var target: LoudnessTarget

  init(target: LoudnessTarget) {
    self.target = target
  }

  init?(argument: String) {
    switch argument {
    case "style": target = .style
    case "keep": target = .keep
    case "off": target = .off
    default:
      guard let number = Double(argument) else { return nil }
      target = .lufs(number)
    }
  }

  var defaultValueDescription: String {
    switch target {
    case .style: "style"
    case .keep: "keep"
    case .off: "off"
    case .lufs(let value), .metered(let value, _), .level(let value): "\(value)"
    }
  }
}
