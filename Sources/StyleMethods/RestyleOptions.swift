import AudioFeatures
import Foundation
public import Restylings
public import StyleProfiles

/// The options of a restyling, with the defaults of the command line.
public struct RestyleOptions: Hashable, Codable, Sendable {
  /// The method; by default `match` for `bands` and `adain` for other features.
  public var method: RestyleMethod {
    get { chosenMethod ?? (features == .bands ? .match : .adain) }
    set { chosenMethod = newValue }
  }
  private var chosenMethod: RestyleMethod?
  /// What the method `match` takes over from a style that is another voice or piece.
  public var aim: RestyleAim = .style
  /// The frequencies in Hz between which the tone towards an unlike style may change; `nil` for all.
  public var toneRange: ClosedRange<Double>?
  /// The smoothing of the tone towards an unlike style: the standard deviation of a Gaussian in octaves, 0 to 2.
  public var smoothing = 0.15
  /// The kind of features that is restyled.
  public var features: FeatureKind = .bands
  /// How the channels of a clip share gains.
  public var stereo: StereoMode = .linked
  /// The phase of the tone of `bands`; other features and levels from a feature file always have zero phase.
  public var phase: TonePhase = .minimum
  /// The strength, −10 to 10: 0 leaves the clip as it is, and 1 reaches the style.
  public var strength = 1.0
  /// A factor of the style's tone, its mean level over frequency, 0 to 4.
  public var tone = 1.0
  /// The share of the style's dynamics, 0 to 4: an exponent of the ratios of spreads.
  public var dynamics = 1.0
  /// The loudness target.
  public var loudness: LoudnessTarget = .style
  /// The ceiling of true peaks.
  public var ceiling: PeakCeiling = .automatic
  /// How true peaks are held under the ceiling.
  public var peaks: PeakControl = .limit
  /// The lowest gain in dB of any channel and frame at equal loudness, −120 to 0.
  ///
  /// The gain that follows the envelopes of samples has the same limits, separately.
  public var lowestGain = -48.0
  /// The highest gain in dB of any channel and frame at equal loudness, 0 to 60.
  public var highestGain = 36.0
  /// The number of trials, 0 to 3, which correct the restyling so that the result has the statistics that were asked
  /// for.
  public var refinements = 1
  /// Whether the result is analysed again, so that the report says which means and spreads were reached.
  public var measuresResult = false

  /// The numbers that methods rest on, where a calibration asks for others; `nil` for ``MethodNumbers/standard``.
  @_spi(Calibration) public var numbers: MethodNumbers?

  /// Whether the report lists the requested gains of each frame.
  public var listsGains = false

  /// The range of the strength.
  private static let strengths = -10.0...10.0

  /// Creates the default options.
  public init() {}

  /// Whether all options have their defaults, apart from those that concern reports alone.
  public var isDefault: Bool {
    var initial = RestyleOptions()
    (initial.measuresResult, initial.listsGains) = (measuresResult, listsGains)
    return self == initial
  }

  /// Whether no option asks for a change of the samples.
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

  /// Checks that no option was changed that has no meaning for levels from a feature file (``FeatureSequence``).
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` that names the option.
  public func validateForFeatures() throws(RestyleError) {
    let initial = RestyleOptions()
    for (name, isChanged) in [
      ("method", chosenMethod != nil), ("tone", tone != initial.tone),
      ("dynamics", dynamics != initial.dynamics), ("refinements", refinements != initial.refinements),
      ("aim", aim != initial.aim), ("range", toneRange != nil), ("smoothing", smoothing != initial.smoothing),
    ] where isChanged {
      throw .invalidOption("\(name): has no meaning where the levels come from a feature file")
    }
  }

  /// Throws for options that have no meaning with the method.
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
  /// The recording whose dynamics are taken; `nil` for the style itself.
  ///
  /// Dynamics are the spreads of levels, the loudness range, and the ratio of peaks to loudness. Tone and loudness stay
  /// those of ``profile``.
  public var dynamics: DynamicsStyle?

  /// Creates a style.
  public init(_ profile: StyleProfile, weight: Double = 1, name: String? = nil) {
    self.profile = profile
    self.weight = weight
    self.name = name ?? profile.sources.map(\.name).joined(separator: " + ")
  }

  /// The profile that dynamics are taken from.
  var profileOfDynamics: StyleProfile { dynamics?.profile ?? profile }
}

/// A recording from which only dynamics are taken.
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

/// The strength α, the tone t and the dynamics d of the options.
///
/// They are folded in where targets are made; a finished ``Restyling`` does not hold them.
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

  /// Whether the strength is 0, so that everything stays as it is.
  package var takesNothing: Bool { strength == 0 }

  /// The change of a mean in dB for a difference μs − μc in dB: α · t · (μs − μc).
  func shift(_ difference: Double) -> Double { strength * (tone * difference) }

  /// The exponent of a ratio of spreads with a trust from 0 to 1: d · trust.
  func exponent(trust share: Double) -> Double { dynamics * share }

  /// A slope or ratio of spreads s by the strength: 1 + α · (s − 1), within bounds.
  ///
  /// A strength beyond 1 would otherwise turn dynamics upside down.
  func slope(_ slope: Double, within limits: ClosedRange<Double>) -> Double {
    limits.nearest(to: 1 + strength * (slope - 1))
  }

  /// A change in dB by the strength: α · change.
  package func part(_ change: Double) -> Double { strength * change }

  /// The share of the way towards the style's peaks by the strength: share · α, with α held within 0 and 1.
  ///
  /// Peaks are never raised.
  func peakShare(_ share: Double) -> Double { min(1, max(0, strength)) * share }

  /// The factor of the gain that follows the envelopes of samples: α.
  var envelopeFactor: Double { strength }
}
