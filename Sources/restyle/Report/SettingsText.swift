import AudioRestyle
import Foundation

/// The options of a restyling in plain words.
struct SettingsText {
  /// An option, its value, and its meaning.
  struct Row: Hashable {
    var option: String
    var value: String
    var meaning: String
    /// Whether the value differs from the default.
    var isChosen: Bool
  }

  private let options: OptionsReport

  init(_ options: RestyleOptions) {
    self.options = OptionsReport(options)
  }

  /// One row for each option, in the order of importance.
  var rows: [Row] {
    let initial = OptionsReport(RestyleOptions())
    func row(_ name: String, _ value: String, _ standard: String, _ meaning: String) -> Row {
      Row(option: "--" + name, value: value, meaning: meaning, isChosen: value != standard)
    }
    func number(_ value: Double) -> String {
      String(format: "%g", value).withMinus
    }
    return [
      row("strength", number(options.strength), number(initial.strength), strength),
      row("tone", number(options.tone), number(initial.tone), part(options.tone, of: "tone")),
      row(
        "dynamics", number(options.dynamics), number(initial.dynamics), part(options.dynamics, of: "dynamics")
      ),
      row("method", options.method.rawValue, initial.method.rawValue, method),
      row("aim", options.aim.rawValue, initial.aim.rawValue, aim),
      row(
        "range", options.range ?? "everywhere",
        "everywhere",
        "where the tone towards another voice or piece may change, in Hz"),
      row(
        "smoothing", number(options.smoothing), number(initial.smoothing),
        "smoothing of that tone, in octaves"),
      row("features", options.features.rawValue, initial.features.rawValue, features),
      row("stereo", options.stereo.rawValue, initial.stereo.rawValue, stereo),
      row(
        "phase", options.phase.rawValue, initial.phase.rawValue,
        options.phase == .minimum
          ? "the tone is minimum-phase, as that of an equaliser"
          : "the tone has no delay, for mixing with the clip itself"),
      row("loudness", options.loudness.text.withMinus, initial.loudness.text, loudness),
      row("ceiling", options.ceiling.text.withMinus, initial.ceiling.text, ceiling),
      row(
        "peaks", options.peaks.rawValue, initial.peaks.rawValue,
        options.peaks == .limit
          ? "a limiter lowers the level around peaks" : "the whole clip gets quieter where peaks ask for it"),
      row(
        "max-gain-up", number(options.maxGainUp), number(initial.maxGainUp),
        "no band is raised by more than \(number(options.maxGainUp)) dB"),
      row(
        "max-gain-down", number(options.maxGainDown), number(initial.maxGainDown),
        "no band is lowered by more than \(number(options.maxGainDown)) dB"),
      row(
        "refine", "\(options.refine)", "\(initial.refine)",
        options.refine == 0
          ? "the result is not corrected"
          : "the result is measured and corrected \(options.refine == 1 ? "once" : "\(options.refine) times")"
      ),
    ]
  }

  /// The effect of the options towards a style, in one sentence without a full stop.
  var sentence: String {
    let (tone, dynamics) = (options.tone, options.dynamics)
    var parts =
      options.method == .mean
      ? [part(tone, of: "tone")]
      : tone == dynamics
        ? [part(tone, of: "tone and dynamics")] : [part(tone, of: "tone"), part(dynamics, of: "dynamics")]
    if options.strength != 1 { parts.append(strength) }
    return parts.joined(separator: ", ") + "; loudness: \(loudness); \(ceiling)"
  }

  private var strength: String {
    switch options.strength {
    case 0: "the clip stays as it is"
    case 1: "all the way to the style"
    case ..<0: "away from the style"
    case ..<1: "\(Wording.percent(options.strength)) of the way to the style"
    default: "beyond the style"
    }
  }

  private func part(_ share: Double, of what: String) -> String {
    switch share {
    case 0: "nothing of the style's \(what)"
    case 1: "all of the style's \(what)"
    default: "\(Wording.percent(share)) of the style's \(what)"
    }
  }

  private var method: String {
    switch options.method {
    case .match: "tone of like frames, and one map of dynamics for all bands"
    case .adain: "mean and spread of the level of each band"
    case .mean: "the mean level of each band alone, as by an equaliser"
    case .efdm: "the whole distribution of each band's levels"
    case .transport: "mean levels, and how bands move together"
    }
  }

  private var aim: String {
    guard options.method == .match else { return "has no part in this method" }
    return switch options.aim {
    case .style: "of another voice or piece: its spectrum, loudness range and peaks"
    case .equipment: "of another voice or piece: only what the recording chain did"
    }
  }

  private var features: String {
    switch options.features {
    case .bands: "levels of 31 bands"
    case .spectrum: "levels of single bins of the spectrum"
    case .waveform: "the samples themselves"
    }
  }

  private var stereo: String {
    switch options.stereo {
    case .linked: "one gain for all channels"
    case .independent: "each channel by itself"
    case .midSide: "middle and side"
    }
  }

  private var loudness: String {
    switch options.loudness {
    case .word("style"): "towards the style's loudness"
    case .word("keep"): "the content's loudness"
    case .word(let text) where text.hasSuffix("RMS"): "a level of all samples, unweighted"
    case .word: "no target"
    case .number(let value): Wording.level(value, "LUFS").withMinus
    }
  }

  private var ceiling: String {
    switch options.ceiling {
    case .word("auto"): "true peaks stay under −1 dBTP, or under the content's own peak if that is higher"
    case .word: "no limit of true peaks"
    case .number(let value): "true peaks stay under \(Wording.level(value, "dBTP").withMinus)"
    }
  }
}
