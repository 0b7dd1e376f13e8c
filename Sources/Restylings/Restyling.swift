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
/// | ``ViewRestyling/reshaping`` | the shape of the distribution, which keeps mean and spread | before the layer |
/// | ``ViewRestyling/equaliser`` | tone details finer than the bands, in third octaves | the same filter |
/// | ``loudness`` | AdaIN of the momentary loudness | the samples (`LoudnessRider`), through the layer |
/// | ``envelope``, ``peakThreshold`` | a compressor with attack and release; peak control | the samples |
/// | ``level`` | the loudness target, the ceiling | the finisher |
/// | ``facts`` | method, styles, likeness, warnings | reports |
///
/// Strength, tone and dynamics are folded in (`Knobs`). A trial returns a new value. The value can be saved, read by
/// other programs, and applied again; see <doc:SavedRestylings>.
public struct Restyling: Hashable, Codable, Sendable {
  /// The kind of features that is restyled.
  public var features: FeatureKind
  /// The C bands or bins of the features.
  public var layout: FeatureLayout
  /// The stereo mode in use; `linked` where the wanted one does not fit the clip.
  public var stereo: StereoMode
  /// The phase of the filter that applies the tone of bands.
  public var phase: TonePhase
  /// By how many buckets of 0.5 dB the clip's levels are raised to the reference loudness of −23 LUFS.
  ///
  /// All levels and means below are at the reference loudness.
  public var referenceBuckets: Int
  /// The changes of each view.
  public var views: [ViewRestyling]
  /// The lowest gain in dB of any band and frame at equal loudness.
  public var lowestGain: Double
  /// The highest gain in dB of any band and frame at equal loudness.
  public var highestGain: Double
  /// The gain that follows the envelopes of the clip's samples; `nil` for none.
  public var envelope: EnvelopeGain?
  /// AdaIN of the momentary loudness; `nil` for none.
  public var loudness: LoudnessRestyling?
  /// The frequencies in Hz between which gains move over time; `nil` for all.
  ///
  /// The clip has nothing but noise at other frequencies, where the gain stays constant.
  public var soundingBand: ClosedRange<Double>?
  /// The largest magnitude of the rendered samples before the last gain; `nil` for no limit.
  public var peakThreshold: Float?
  /// The target level and the ceiling.
  public var level: LevelAim
  /// Facts about the making, for reports; the renderer uses only the length of the content.
  public var facts: RestylingFacts

  /// Whether all gains of the features are exactly 0 dB.
  public var isIdentity: Bool { views.allSatisfy(\.isIdentity) }

  /// Whether samples are rendered without spectra: for `waveform`, and where all gains are 0 dB and samples pass
  /// unchanged.
  package var passesSamples: Bool { features == .waveform || isIdentity }

  /// Whether gains move over time with the clip's levels.
  package var changesDynamics: Bool {
    envelope != nil || loudness != nil
      || views.contains { $0.reshaping != nil || $0.content.spread != $0.style.spread }
  }

  /// The centre frequencies of the bands in Hz.
  public var frequencies: [Double] { layout.frequencies }

  /// The mean gain in dB of every band of a view over the clip's active frames, at equal loudness; `nil` for a missing
  /// view.
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

  /// The common gain in dB of each band; `nil` where all views are silent.
  ///
  /// It is the mean of ``ViewRestyling/tone``, within the gain limits, over the views with sound, weighted by their
  /// power in the band.
  package var commonTone: [Double]? {
    let sounding = views.filter { $0.state != .silent }
    guard !sounding.isEmpty else { return nil }
    var sums = [Double](repeating: 0, count: layout.channelCount)
    var powers = sums
    for view in sounding {
      let tone = view.tone
      for band in sums.indices {
        // At least −200 dB, so that the sum of powers is above 0.
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
  /// The mean of the views' equalisers by power, which the filter has beside ``filterTone(sampleRate:)``; `nil` for
  /// none.
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

/// Facts about the making of a restyling.
public struct RestylingFacts: Hashable, Codable, Sendable {
  /// The method that made it; `nil` where the levels come from a feature file.
  public var method: RestyleMethod?
  /// What `match` takes over from styles that are another voice or piece; `nil` for other methods.
  public var aim: RestyleAim?
  /// The clips that it was made for: one, or several for an album.
  public var content: [ProfileSource]
  /// The integrated loudness in LUFS of the content as one programme; `nil` for silence.
  public var contentLoudness: Double?
  /// The highest true peak of the content in dBTP; `nil` for silence.
  public var contentTruePeak: Double?
  /// The active time of all content in seconds; `nil` where it was not noted.
  public var activeSeconds: Double?
  /// The styles.
  public var styles: [Style]
  /// The styles' loudness in LUFS, averaged by weight; `nil` where no style has one.
  public var styleLoudness: Double?
  /// The probability that content and styles are different voices or pieces, from 0 to 1.
  ///
  /// The evidence for it is independent of tone and level (`Unlikeness`). It is the largest value of all styles with a
  /// weight above 0 and of all views but the side. A style of less than a second has less effect, which this number
  /// does not show. It is `nil` for methods that do not match frames, and where no frames were compared: for equal
  /// recordings, for fewer than 8 independent frames, and without common bands.
  public var unlikeness: Double?
  /// The level difference of sound and pauses; `nil` where the content has no pauses, and for clips that share a
  /// restyling.
  public var pauses: Pauses?
  /// The number of trials that refined the restyling.
  public var refinements = 0
  /// The warnings for the user.
  public var warnings: [RestyleWarning]

  /// A style that a restyling goes towards.
  public struct Style: Hashable, Codable, Sendable {
    /// The name for messages.
    public var name: String
    /// The share; the shares of all styles sum to 1.
    public var share: Double
    /// The integrated loudness in LUFS; `nil` for silence.
    public var loudness: Double?
    /// The name of the recording whose dynamics replace the style's own; `nil` for the style's own.
    public var dynamics: String?

    /// Creates a value of its parts.
    package init(name: String, share: Double, loudness: Double? = nil, dynamics: String? = nil) {
      self.name = name
      self.share = share
      self.loudness = loudness
      self.dynamics = dynamics
    }
  }

  /// The level difference in dB between sound and pauses, in the momentary loudness.
  public struct Pauses: Hashable, Codable, Sendable {
    /// The difference in the content.
    public var content: Double
    /// The smallest difference in the recordings whose dynamics are taken.
    public var styles: Double

    /// Notes the differences.
    package init(content: Double, styles: Double) {
      (self.content, self.styles) = (content, styles)
    }

    /// The least difference that the result may have: pauses may come as near to the sound as the style's, no nearer.
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
