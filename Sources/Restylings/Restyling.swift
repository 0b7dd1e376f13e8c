public import AudioFeatures
import Foundation
import SoundFiles
public import StyleProfiles

/// Everything that will be done to a clip, and nothing about how: the value that methods make, trials refine and
/// renderers apply.
///
/// | part | what it is | who applies it |
/// |---|---|---|
/// | ``views``: `content`, `style` | μc, σc, μs, σs of each feature | the AdaIN layer: σs as weight, μs as bias |
/// | ``ViewRestyling/tone`` (derived) | μs − μc of each band | one minimum-phase filter (`ToneFilter`) |
/// | ``ViewRestyling/reshaping`` | what mean and spread cannot say | before the layer |
/// | ``ViewRestyling/equaliser`` | what bands are too wide to say of the tone | the same filter |
/// | ``loudness`` | AdaIN of the momentary loudness | the samples (`LoudnessRider`), through the layer |
/// | ``envelope``, ``peakThreshold`` | a compressor with attack and release; peak control | the samples |
/// | ``level`` | the loudness target, the ceiling | the finisher |
/// | ``facts`` | method, styles, likeness, warnings | reports |
///
/// Strength, tone and dynamics are folded in (`Knobs`). A trial returns a new value. The value can be saved, read by
/// other programs, and applied again; see <doc:SavedRestylings>.
public struct Restyling: Hashable, Codable, Sendable {
  /// Which feature sequence is restyled.
  public var features: FeatureKind
  /// What the C bands (or bins) of the features are.
  public var layout: FeatureLayout
  /// The stereo mode in use; `linked` where the wanted one does not fit the clip.
  public var stereo: StereoMode
  /// How the tone of bands is delayed over frequency.
  public var phase: TonePhase
  /// By how many buckets of 0.5 dB the clip's levels are raised to the reference loudness of −23 LUFS.
  ///
  /// All levels and means below are at the reference loudness.
  public var referenceBuckets: Int
  /// What happens to each view.
  public var views: [ViewRestyling]
  /// The lowest gain in dB of any band and frame at equal loudness.
  public var lowestGain: Double
  /// The highest gain in dB of any band and frame at equal loudness.
  public var highestGain: Double
  /// What follows the envelopes of the clip's samples; `nil` for nothing.
  public var envelope: EnvelopeGain?
  /// AdaIN of the momentary loudness; `nil` for nothing.
  public var loudness: LoudnessRestyling?
  /// Between which frequencies in Hz gains move over time, or `nil` for everywhere.
  ///
  /// What lies outside holds nothing but noise, and keeps one gain.
  public var soundingBand: ClosedRange<Double>?
  /// The largest sample that the rendered clip is to have before its last gain; `nil` where none is too large.
  public var peakThreshold: Float?
  /// Where the level goes.
  public var level: LevelAim
  /// What was found on the way; nothing is rendered from it.
  public var facts: RestylingFacts

  /// Whether all gains of the features are exactly 0 dB.
  public var isIdentity: Bool { views.allSatisfy(\.isIdentity) }

  /// Whether samples are rendered rather than spectra: also where all gains are 0 dB, so that they pass as they are.
  package var passesSamples: Bool { features == .waveform || isIdentity }

  /// Whether gains move over time with the clip's levels.
  package var changesDynamics: Bool {
    envelope != nil || loudness != nil
      || views.contains { $0.reshaping != nil || $0.content.spread != $0.style.spread }
  }

  /// The centre frequencies of the bands in Hz.
  public var frequencies: [Double] { layout.frequencies }

  /// The mean gain in dB of every band of a view over the clip's active frames, at equal loudness; `nil` for a view that
  /// the restyling does not have.
  public func meanGains(of view: StereoView) -> [Double]? { views.first { $0.view == view }?.tone }

  /// The gain limits in dB.
  package var gainLimits: ClosedRange<Double> { lowestGain...highestGain }

  /// The number of sample frames of the clip.
  package var frameCount: Int { facts.content.first?.frameCount ?? 0 }

  /// The restyling for one of several clips that share it: the clip's own length and levels in the facts.
  package func of(_ clip: ProfileSource) -> Restyling {
    var result = self
    result.facts.content = [clip]
    result.facts.pauses = nil
    return result
  }

  /// The gain in dB of each band that the views have in common: the mean over those that sound, by their power there, of
  /// ``ViewRestyling/tone`` within the gain limits; `nil` where none sounds.
  package var commonTone: [Double]? {
    let sounding = views.filter { $0.state != .silent }
    guard !sounding.isEmpty else { return nil }
    var sums = [Double](repeating: 0, count: layout.channelCount)
    var powers = sums
    for view in sounding {
      let tone = view.tone
      for band in sums.indices {
        // A level of −200 dB is nothing, and still a number to divide by.
        let power = pow(10, max(-200, view.bands.contentMean[band]) / 10)
        sums[band] += power * gainLimits.nearest(to: tone[band])
        powers[band] += power
      }
    }
    return zip(sums, powers).map { $0 / $1 }
  }

  /// Creates a value of its parts.
  package init(
    features: FeatureKind, layout: FeatureLayout, stereo: StereoMode, phase: TonePhase, referenceBuckets: Int,
    views: [ViewRestyling], lowestGain: Double, highestGain: Double, envelope: EnvelopeGain? = nil,
    loudness: LoudnessRestyling? = nil, soundingBand: ClosedRange<Double>? = nil, peakThreshold: Float? = nil,
    level: LevelAim, facts: RestylingFacts
  ) {
    self.features = features
    self.layout = layout
    self.stereo = stereo
    self.phase = phase
    self.referenceBuckets = referenceBuckets
    self.views = views
    self.lowestGain = lowestGain
    self.highestGain = highestGain
    self.envelope = envelope
    self.loudness = loudness
    self.soundingBand = soundingBand
    self.peakThreshold = peakThreshold
    self.level = level
    self.facts = facts
  }
}

extension Restyling {
  /// What the filter has beside ``filterTone(sampleRate:)``: the views' equalisers, by their power; `nil` for nothing.
  package var filterEqualiser: [Double]? {
    let sounding = views.filter { $0.state != .silent }
    guard sounding.contains(where: { $0.equaliser != nil }) else { return nil }
    var sums = [Double](repeating: 0, count: ThirdOctaves.count)
    var total = 0.0
    for view in sounding {
      let power = view.bands.contentMean.reduce(0) { $0 + pow(10, max(-200, $1) / 10) }
      total += power
      for (index, gain) in (view.equaliser ?? []).enumerated() { sums[index] += power * gain }
    }
    return sums.map { $0 / total }
  }
}

/// What was found while a restyling was made.
public struct RestylingFacts: Hashable, Codable, Sendable {
  /// The method that made it; `nil` where the levels come from a feature file.
  public var method: RestyleMethod?
  /// What `match` took of styles that are another voice or piece; `nil` for other methods.
  public var aim: RestyleAim?
  /// The clips that it was made for; one but for an album.
  public var content: [ProfileSource]
  /// Their integrated loudness in LUFS, as of one programme; `nil` for silence.
  public var contentLoudness: Double?
  /// Their highest true peak in dBTP; `nil` for silence.
  public var contentTruePeak: Double?
  /// For how many seconds they sound, of all clips together; `nil` where it was not noted.
  public var activeSeconds: Double?
  /// The styles.
  public var styles: [Style]
  /// The styles' loudness in LUFS, averaged by weight; `nil` where no style has one.
  public var styleLoudness: Double?
  /// How likely content and styles are different voices or pieces, from 0 to 1.
  ///
  /// It is told by what tone and level do not change, and what is in doubt is taken less of. The largest of all styles
  /// that have a weight, and of all views but the side. A style of less than a second is taken less of besides, which
  /// does not count here. It is `nil` for methods that do not match frames, and where no frames were compared: for equal
  /// recordings, under 8 independent frames, and without common bands.
  public var unlikeness: Double?
  /// How far sound lies over pauses, where the content has pauses; `nil` for clips that share a restyling.
  public var pauses: Pauses?
  /// How many trials have refined it.
  public var refinements = 0
  /// What the user should know.
  public var warnings: [RestyleWarning]

  /// A style that a restyling goes towards.
  public struct Style: Hashable, Codable, Sendable {
    /// What to call it.
    public var name: String
    /// Its share, of 1 together.
    public var share: Double
    /// Its integrated loudness in LUFS; `nil` for silence.
    public var loudness: Double?
    /// What to call the recording whose dynamics were taken in the place of its own; `nil` for its own.
    public var dynamics: String?

    /// Creates a value of its parts.
    package init(name: String, share: Double, loudness: Double? = nil, dynamics: String? = nil) {
      self.name = name
      self.share = share
      self.loudness = loudness
      self.dynamics = dynamics
    }
  }

  /// By how many dB sound lies over pauses, in the momentary loudness.
  public struct Pauses: Hashable, Codable, Sendable {
    /// In the content.
    public var content: Double
    /// The least in the styles whose dynamics are taken.
    public var styles: Double

    /// Notes pauses; `nil` where the content has none.
    package init?(content: Double, styles: Double) {
      guard content > LongTermSpectrum.realPauses else { return nil }
      (self.content, self.styles) = (content, styles)
    }

    /// What it may fall to: a style may raise pauses as far as its own lie, no further.
    public var least: Double { min(content, styles) }
  }

  /// Creates a value of its parts.
  package init(
    method: RestyleMethod? = nil, aim: RestyleAim? = nil, content: [ProfileSource],
    contentLoudness: Double? = nil, contentTruePeak: Double? = nil, activeSeconds: Double? = nil,
    styles: [Style], styleLoudness: Double? = nil, unlikeness: Double? = nil, pauses: Pauses? = nil,
    refinements: Int = 0, warnings: [RestyleWarning]
  ) {
    self.method = method
    self.aim = aim
    self.content = content
    self.contentLoudness = contentLoudness
    self.contentTruePeak = contentTruePeak
    self.activeSeconds = activeSeconds
    self.styles = styles
    self.styleLoudness = styleLoudness
    self.unlikeness = unlikeness
    self.pauses = pauses
    self.refinements = refinements
    self.warnings = warnings
  }
}
