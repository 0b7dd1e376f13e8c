import ArgumentParser
import AudioRestyle
import Foundation

/// The options of ``RestyleOptions``, with their ranges and defaults.
struct MethodArguments: ParsableArguments {
  @OptionGroup(title: "Common") var amount: AmountArguments
  @OptionGroup(title: "Method") var detail: MethodDetails

  /// The phase of the tone.
  var phase: TonePhase { detail.phase }

  func validate() throws {
    let defaults = RestyleOptions()
    let isLevelGiven =
      amount.loudness.target != defaults.loudness || detail.ceiling.ceiling != defaults.ceiling
    if amount.delivery != nil, isLevelGiven {
      throw ValidationError(
        "--for: expected neither --loudness nor --ceiling beside it, since the target sets both")
    }
    do {
      try options.validate()
    } catch {
      throw ValidationError(error.description)
    }
    try checkEffects()
  }

  /// The options for the restyler.
  var options: RestyleOptions {
    var options = RestyleOptions()
    options.strength = amount.strength
    options.tone = amount.tone
    options.dynamics = amount.dynamics
    if let method = detail.method { options.method = method }
    options.aim = amount.aim
    options.toneRange = detail.range?.range
    options.smoothing = detail.smoothing
    options.features = detail.features
    options.stereo = detail.stereo
    options.phase = detail.phase
    options.loudness = amount.loudness.target
    options.ceiling = detail.ceiling.ceiling
    if let target = amount.delivery?.target {
      options.loudness = target.aim
      options.ceiling = .decibelsTruePeak(target.ceiling)
    }
    options.peaks = detail.peaks
    options.highestGain = detail.maxGainUp
    options.lowestGain = -detail.maxGainDown
    options.refinements = detail.refine
    return options
  }
}

/// The most common options: the amount of a style, and the loudness of the result.
struct AmountArguments: ParsableArguments {
  private static let defaults = RestyleOptions()

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How far towards the style: 0 leaves the clip as it is, 1 reaches the style; -10 to 10 (efdm: 0 to 1).",
      valueName: "number"))
  var strength = defaults.strength

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much of the style's tone (mean level of every band); 0 to 4.", valueName: "number"))
  var tone = defaults.tone

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much of the style's dynamics (spread of levels); 0 to 4 (efdm: 0 to 1; not for mean).",
      valueName: "number"))
  var dynamics = defaults.dynamics

  @Option(
    help:
      "What match takes if the style is another voice or piece. style: its long-term spectrum, dynamics and peaks; equipment: only what the recording chain did."
  )
  var aim = defaults.aim

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Target of the loudness: the style\'s, by the strength (style), the content\'s (keep), a number of LUFS from -70 to 0, or no target (off: the level of sound goes to the style\'s, by the strength alone).",
      valueName: "style|keep|off|LUFS"))
  var loudness = LoudnessArgument(target: defaults.loudness)

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "Loudness and ceiling of a platform or broadcaster, instead of --loudness and --ceiling; 'restyle check --list' names the targets.",
      valueName: "target"))
  var delivery: DeliveryArgument?
}

/// The method and the less common options of a restyling.
struct MethodDetails: ParsableArguments {
  private static let defaults = RestyleOptions()

  @Option(
    help:
      "match: the tone of frames that are alike, and the dynamics of all bands together; adain: means and spreads; mean: the mean levels only; efdm: whole distributions of levels; transport: means and how bands move together. (default: match for bands, adain for other features)"
  )
  var method: RestyleMethod?

  @Option(
    help: ArgumentHelp(
      "Where the tone towards another voice or piece may change, such as 80-12000. (default: everywhere)",
      valueName: "Hz-Hz"))
  var range: FrequencyRangeArgument?

  @Option(
    help: ArgumentHelp(
      "How smooth the tone towards another voice or piece is, in octaves; 0 to 2.", valueName: "octaves"))
  var smoothing = defaults.smoothing

  @Option(help: "What is restyled: levels of bands, of all bins of the spectrum, or the samples themselves.")
  var features = defaults.features

  @Option(
    help:
      "linked: one gain for all channels; independent: each channel on its own; mid-side: middle and side.")
  var stereo = defaults.stereo

  @Option(
    help:
      "Phase of the tone of bands. minimum: minimum-phase, as that of an equaliser; linear: no delay, for mixing the result with the clip itself."
  )
  var phase = defaults.phase

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Upper limit of true peaks: -1 dBTP or the content\'s own peak if that is higher (auto), a number of dBTP from -60 to 0, or nothing (off).",
      valueName: "auto|off|dBTP"))
  var ceiling = CeilingArgument(ceiling: defaults.ceiling)

  @Option(
    help:
      "How peaks are held under the ceiling. limit: a look-ahead limiter lowers the level around them; gain: the whole clip gets quieter."
  )
  var peaks = defaults.peaks

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The highest gain of any band at equal loudness in dB; 0 to 60.", valueName: "dB"))
  var maxGainUp = defaults.highestGain

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The deepest cut of any band at equal loudness in dB; 0 to 120.", valueName: "dB"))
  var maxGainDown = -defaults.lowestGain

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The number of trials that correct the statistics of the result; 0 to 3.", valueName: "count"))
  var refine = defaults.refinements
}

/// The options of a restyling as JSON, under the names of the command line.
struct OptionsReport: Encodable, Sendable {
  var method: RestyleMethod
  var aim: RestyleAim
  /// The frequencies in Hz between which the tone may change, as `--range` takes them; `nil` for all.
  var range: String?
  var smoothing: Double
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
    range = options.toneRange.map { "\(Self.short($0.lowerBound))-\(Self.short($0.upperBound))" }
    smoothing = options.smoothing
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

  /// The options among these that differ from the defaults, as they stand on the command line.
  var changes: [String] {
    let initial = OptionsReport(RestyleOptions())
    let all: [(name: String, value: String, initial: String)] = [
      ("method", method.rawValue, initial.method.rawValue), ("aim", aim.rawValue, initial.aim.rawValue),
      ("range", range ?? "", ""), ("smoothing", "\(smoothing)", "\(initial.smoothing)"),
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

  private static func short(_ value: Double) -> String { String(format: "%g", value) }

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
  /// The requested share of the style's tone.
  var toneShare: Double { strength * tone }
}
