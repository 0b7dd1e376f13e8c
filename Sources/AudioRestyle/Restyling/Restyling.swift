public import AudioFeatures
import Foundation

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
  var passesSamples: Bool { features == .waveform || isIdentity }

  /// Whether gains move over time with the clip's levels.
  var changesDynamics: Bool {
    envelope != nil || loudness != nil
      || views.contains { $0.reshaping != nil || $0.content.spread != $0.style.spread }
  }

  /// The centre frequencies of the bands in Hz.
  public var frequencies: [Double] { layout.frequencies }

  /// The mean gain in dB of every band of a view over the clip's active frames, at equal loudness; `nil` for a view that
  /// the restyling does not have.
  public func meanGains(of view: StereoView) -> [Double]? { views.first { $0.view == view }?.tone }

  /// The gain limits in dB.
  var gainLimits: ClosedRange<Double> { lowestGain...highestGain }

  /// The number of sample frames of the clip.
  var frameCount: Int { facts.content.first?.frameCount ?? 0 }

  /// The restyling for one of several clips that share it: the clip's own length and levels in the facts.
  func of(_ clip: ProfileSource) -> Restyling {
    var result = self
    result.facts.content = [clip]
    result.facts.pauses = nil
    return result
  }

  /// The gains in dB that all channels of the clip have in common throughout, which one filter applies: of each band the
  /// mean over the views, by their power there, of ``ViewRestyling/tone`` within the gain limits.
  ///
  /// It is `nil` where frames have all gains: for linear phase, for features that are no bands, for levels from outside,
  /// which are reached frame by frame, where a view with sound stays as it is, and at sample rates beyond all that sound
  /// needs.
  func filterTone(sampleRate: Double) -> [Double]? {
    guard phase == .minimum, features == .bands, sampleRate <= ToneFilter.highestRate else { return nil }
    let sounding = views.filter { $0.state != .silent }
    guard sounding.allSatisfy({ !$0.isIdentity && $0.state != .levelsFromOutside }) else { return nil }
    return commonTone
  }

  /// The gain in dB of each band that the views have in common: the mean over those that sound, by their power there, of
  /// ``ViewRestyling/tone`` within the gain limits; `nil` where none sounds.
  var commonTone: [Double]? {
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
}

extension Restyling {
  /// What the filter has beside ``filterTone(sampleRate:)``: the views' equalisers, by their power; `nil` for nothing.
  var filterEqualiser: [Double]? {
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

/// Where the level of a restyled clip goes.
public struct LevelAim: Hashable, Codable, Sendable {
  /// The integrated loudness in LUFS that the clip is brought to; `nil` where there is no target.
  public var loudness: Double?
  /// The level in dB RMS that the clip is brought to instead, unweighted, over all channels; `nil` where there is no such
  /// target.
  public var rms: Double?
  /// The gain in dB where there is no target.
  public var gain = 0.0
  /// What true peaks are held under, in dBTP; `nil` for nothing.
  public var ceiling: Double?
  /// How true peaks are held under the ceiling.
  public var peaks = PeakControl.limit
}
