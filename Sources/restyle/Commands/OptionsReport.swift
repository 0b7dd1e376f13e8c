import AudioRestyle

/// The options of a restyling as JSON, under the names of the command line.
struct OptionsReport: Encodable, Sendable {
  var method: RestyleMethod
  var aim: RestyleAim
  var features: FeatureKind
  var stereo: StereoMode
  var phase: TonePhase
  var strength: Double
  var tone: Double
  var dynamics: Double
  var loudness: WordOrNumber
  var ceiling: WordOrNumber
  var peaks: PeakControl
  var maxGainUp: Double
  var maxGainDown: Double
  var refine: Int

  init(_ options: RestyleOptions) {
    method = options.method
    aim = options.aim
    features = options.features
    stereo = options.stereo
    phase = options.phase
    strength = options.strength
    tone = options.tone
    dynamics = options.dynamics
    loudness =
      switch options.loudness {
      case .style: .word("style")
      case .keep: .word("keep")
      case .off: .word("off")
      case .lufs(let value), .metered(let value, _): .number(value)
      case .level(let value): .word("\(value) dB RMS")
      }
    ceiling =
      switch options.ceiling {
      case .automatic: .word("auto")
      case .off: .word("off")
      case .decibelsTruePeak(let value): .number(value)
      }
    peaks = options.peaks
    maxGainUp = options.highestGain
    maxGainDown = -options.lowestGain
    refine = options.refinements
  }

  /// The options that differ from the defaults, as they stand on the command line.
  var changes: [String] {
    let initial = OptionsReport(RestyleOptions())
    let all: [(name: String, value: String, initial: String)] = [
      ("method", method.rawValue, initial.method.rawValue),
      ("features", features.rawValue, initial.features.rawValue),
      ("stereo", stereo.rawValue, initial.stereo.rawValue), ("phase", phase.rawValue, initial.phase.rawValue),
      ("strength", "\(strength)", "\(initial.strength)"), ("tone", "\(tone)", "\(initial.tone)"),
      ("dynamics", "\(dynamics)", "\(initial.dynamics)"),
      ("loudness", loudness.text, initial.loudness.text), ("ceiling", ceiling.text, initial.ceiling.text),
      ("peaks", peaks.rawValue, initial.peaks.rawValue),
      ("max-gain-up", "\(maxGainUp)", "\(initial.maxGainUp)"),
      ("max-gain-down", "\(maxGainDown)", "\(initial.maxGainDown)"),
      ("refine", "\(refine)", "\(initial.refine)"),
    ]
    return all.filter { $0.value != $0.initial }.map { "--\($0.name) \($0.value)" }
  }

  /// A value that is a word or a number.
  enum WordOrNumber: Encodable, Hashable, Sendable {
    case word(String)
    case number(Double)

    /// The value as it stands on the command line.
    var text: String {
      switch self {
      case .word(let text): text
      case .number(let value): "\(value)"
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .word(let text): try container.encode(text)
      case .number(let value): try container.encode(value)
      }
    }
  }
}

extension RestyleOptions {
  /// The share of the style's tone that is asked for.
  var toneShare: Double { strength * tone }
}
