import AudioFeatures
import Foundation
public import Restylings
public import StyleProfiles

/// What a restyling does, with the defaults of the command line.
public struct RestyleOptions: Hashable, Codable, Sendable {
  /// How statistics are transferred: what was set, else `match` for `bands` and `adain` for other features.
  public var method: RestyleMethod {
    get { chosenMethod ?? (features == .bands ? .match : .adain) }
    set { chosenMethod = newValue }
  }
  private var chosenMethod: RestyleMethod?
  /// What the method `match` takes of a style that is another voice or piece.
  public var aim: RestyleAim = .style
  /// Where the tone towards an unlike style may change, in Hz; `nil` for everywhere.
  public var toneRange: ClosedRange<Double>?
  /// How smooth the tone towards an unlike style is: the standard deviation of a Gaussian in octaves, 0 to 2.
  public var smoothing = 0.15
  /// Which feature sequence is restyled.
  public var features: FeatureKind = .bands
  /// How the channels of a clip share gains.
  public var stereo: StereoMode = .linked
  /// How the tone of `bands` is delayed over frequency; all others are not, nor are levels from outside.
  public var phase: TonePhase = .minimum
  /// How far towards the style: 0 leaves the clip as it is, 1 reaches the style; any number from −10 to 10.
  public var strength = 1.0
  /// How much of the style's tone (its mean level curve over frequency) is taken, 0 to 4.
  public var tone = 1.0
  /// How much of the style's dynamics is taken, 0 to 4: an exponent of the spread ratios.
  public var dynamics = 1.0
  /// Where the loudness goes.
  public var loudness: LoudnessTarget = .style
  /// What true peaks are held under.
  public var ceiling: PeakCeiling = .automatic
  /// How true peaks are held under the ceiling.
  public var peaks: PeakControl = .limit
  /// The lowest gain in dB of any channel and frame at equal loudness, −120 to 0; what follows the envelopes of samples has the
  /// same limits of its own.
  public var lowestGain = -48.0
  /// The highest gain in dB of any channel and frame at equal loudness, 0 to 60.
  public var highestGain = 36.0
  /// How many passes refine the map so that the result, not only the request, has the style's statistics, 0 to 3.
  public var refinements = 1
  /// Whether the result is analysed once more, so that the report says which means and spreads were reached.
  public var measuresResult = false

  /// The numbers that methods rest on, where a calibration asks for others; `nil` for ``MethodNumbers/standard``.
  @_spi(Calibration) public var numbers: MethodNumbers?

  /// Whether the report lists the gains that are asked for, frame by frame.
  public var listsGains = false

  /// The strengths there are.
  private static let strengths = -10.0...10.0

  /// The defaults.
  public init() {}

  /// Whether all options are the defaults, but for what reports show.
  public var isDefault: Bool {
    var initial = RestyleOptions()
    (initial.measuresResult, initial.listsGains) = (measuresResult, listsGains)
    return self == initial
  }

  /// Whether nothing is asked for that would change a sample.
  public var changesNothing: Bool {
    guard strength == 0 else { return false }
    if case .decibelsTruePeak = ceiling { return false }
    switch loudness {
    case .lufs, .metered, .level: return false
    case .style, .keep, .off: return true
    }
  }

  /// Checks every range.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` that names the option, its range and the value.
  public func validate() throws(RestyleError) {
    try Self.check("strength", strength, Self.strengths)
    try Self.check("tone", tone, 0...4)
    try Self.check("dynamics", dynamics, 0...4)
    try Self.check("lowest gain (dB)", lowestGain, -120...0)
    try Self.check("highest gain (dB)", highestGain, 0...60)
    try Self.check("smoothing (octaves)", smoothing, 0...2)
    if let toneRange {
      try Self.check("range (Hz)", toneRange.lowerBound, 0...1_000_000)
      try Self.check("range (Hz)", toneRange.upperBound, 0...1_000_000)
    }
    try Self.check("refinements", Double(refinements), 0...3)
    try checkMethod()
    switch loudness {
    case .lufs(let value): try Self.check("loudness (LUFS)", value, -70...0)
    case .metered(let value, let mono):
      try Self.check("loudness (LUFS)", value, -70...0)
      try Self.check("loudness of one channel (LUFS)", mono, -73...0)
    case .level(let value): try Self.check("level (dB RMS)", value, -70...0)
    case .style, .keep, .off: break
    }
    if case .decibelsTruePeak(let value) = ceiling { try Self.check("ceiling (dBTP)", value, -60...0) }
  }

  /// Checks that no option was changed that has no meaning where levels are made outside (``FeatureSequence``).
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` that names the option.
  public func validateForFeatures() throws(RestyleError) {
    let initial = RestyleOptions()
    for (name, isChanged) in [
      ("method", chosenMethod != nil), ("tone", tone != initial.tone),
      ("dynamics", dynamics != initial.dynamics), ("refinements", refinements != initial.refinements),
    ] where isChanged {
      throw .invalidOption("\(name): has no meaning where the levels come from a feature file")
    }
  }

  /// Fails for options that have no meaning for the method.
  private func checkMethod() throws(RestyleError) {
    let rule = method.rule
    let name = "with the method \(method.rawValue)"
    guard rule.hasDynamics || dynamics == 1 else {
      throw .invalidOption(
        "dynamics: has no meaning \(name), which keeps all dynamics; expected none, found \(Self.short(dynamics))"
      )
    }
    if rule.reach != Self.strengths {
      try Self.check("strength \(name)", strength, rule.reach)
      try Self.check("dynamics \(name)", dynamics, rule.reach)
    }
    guard features == .bands || rule.needs.isEmpty else {
      throw .invalidOption(
        "method \(method.rawValue): works on the features bands, found \(features.rawValue)")
    }
  }

  private static func check(
    _ name: String, _ value: Double, _ range: ClosedRange<Double>
  ) throws(RestyleError) {
    guard range.contains(value) else {
      throw .invalidOption(
        "\(name): expected \(short(range.lowerBound)) to \(short(range.upperBound)), found \(short(value))")
    }
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(value)
  }
}

/// A style and its share among several.
public struct WeightedStyle: Sendable {
  /// The style's statistics.
  public var profile: StyleProfile
  /// The share, at least 0; shares are normalised to a sum of 1.
  public var weight: Double
  /// What to call the style in messages.
  public var name: String
  /// The recording whose dynamics are taken: spreads of levels, loudness range, and peaks over the loudness; `nil` for the
  /// style's own.
  ///
  /// Tone and loudness stay those of ``profile``.
  public var dynamics: DynamicsStyle?

  /// Creates a style.
  public init(_ profile: StyleProfile, weight: Double = 1, name: String? = nil) {
    self.profile = profile
    self.weight = weight
    self.name = name ?? profile.sources.map(\.name).joined(separator: " + ")
  }

  /// The statistics that dynamics are taken from.
  var profileOfDynamics: StyleProfile { dynamics?.profile ?? profile }
}

/// A recording that dynamics are taken from, and nothing else.
public struct DynamicsStyle: Sendable {
  /// The recording's statistics.
  public var profile: StyleProfile
  /// What to call it in messages.
  public var name: String

  /// Creates a style of dynamics.
  public init(_ profile: StyleProfile, name: String? = nil) {
    self.profile = profile
    self.name = name ?? profile.sources.map(\.name).joined(separator: " + ")
  }
}

/// How much of a style is taken: strength α, tone t and dynamics d of the options, folded in where targets are made.
///
/// Nothing behind the making of a ``Restyling`` knows of them.
package struct Knobs: Sendable {
  /// t: a factor of the differences of means.
  let tone: Double
  private let strength: Double
  private let dynamics: Double

  init(strength: Double = 1, tone: Double = 1, dynamics: Double = 1) {
    (self.strength, self.tone, self.dynamics) = (strength, tone, dynamics)
  }

  package init(_ options: RestyleOptions) {
    self.init(strength: options.strength, tone: options.tone, dynamics: options.dynamics)
  }

  /// Whether nothing of a style is taken, so that everything stays as it is.
  package var takesNothing: Bool { strength == 0 }

  /// How far a mean moves where the style's lies a difference in dB above: α · t · (μs − μc).
  func shift(_ difference: Double) -> Double { strength * (tone * difference) }

  /// The exponent of a ratio of spreads that can be trusted by a share: d · share.
  func exponent(trust share: Double) -> Double { dynamics * share }

  /// What remains of a slope or ratio of spreads s: 1 + α · (s − 1), within bounds.
  ///
  /// A strength beyond 1 would otherwise turn dynamics upside down.
  func slope(_ slope: Double, within limits: ClosedRange<Double>) -> Double {
    limits.nearest(to: 1 + strength * (slope - 1))
  }

  /// α times a change in dB.
  package func part(_ change: Double) -> Double { strength * change }

  /// The share of the way towards the style's peaks, which are never raised: a share times α, at most 1.
  func peakShare(_ share: Double) -> Double { min(1, max(0, strength)) * share }

  /// The factor of what follows the envelopes of samples.
  var envelopeFactor: Double { strength }
}
