import AudioFeatures
import Restylings
package import StyleProfiles

/// A rule that makes style moments from two profiles: the mean and the spread that each feature of a content is to get.
///
/// The AdaIN layer always applies the moments. Methods differ in how they choose mean and spread, and some add a map
/// for what mean and spread cannot say. Strength, tone and dynamics reach them as ``Knobs``.
package protocol StyleMethod: Sendable {
  /// The measurements that profiles must hold.
  var needs: ProfileNeeds { get }

  /// The range of strength and dynamics that has a meaning for the method.
  var reach: ClosedRange<Double> { get }

  /// Whether it transfers dynamics.
  var hasDynamics: Bool { get }

  /// Whether trials correct spreads; means are always corrected.
  var refinesSpreads: Bool { get }

  /// Whether pauses are raised by no more than the tone raises them.
  var calmsPauses: Bool { get }

  /// Makes the target of one view from a content and one style.
  ///
  /// Content and style share at least one band, have at least ``SpreadNumbers/fewestFrames`` independent frames, and
  /// hold the measurements that the method ``needs``. A pool of short sounds may have fewer frames.
  func target(from content: MeasuredView, to style: MeasuredView, _ request: TargetRequest) throws
    -> StyleTarget
}

extension StyleMethod {
  package var needs: ProfileNeeds { [] }
  package var reach: ClosedRange<Double> { -10...10 }
  package var hasDynamics: Bool { true }
  package var refinesSpreads: Bool { true }
  package var calmsPauses: Bool { true }
}

extension RestyleMethod {
  /// The method of this name; no other place maps names to methods.
  package var rule: any StyleMethod {
    switch self {
    case .mean: MeanMethod()
    case .adain: AdaINMethod()
    case .efdm: DistributionMethod()
    case .transport: TransportMethod()
    case .match: MatchMethod()
    }
  }
}

/// The settings of a target, beside the two profiles.
package struct TargetRequest: Sendable {
  /// The bands that content and style share, ascending; at least one.
  var shared: [Int]
  /// Strength, tone and dynamics.
  var knobs: Knobs
  /// The recording whose dynamics replace the style's; `nil` for the style's own.
  var dynamics: MeasuredView?
  /// Whether gains that follow the samples can make dynamics: compressors on envelopes and the momentary loudness.
  var usesEnvelopes = false
  /// What is taken over from a style that is another voice or piece.
  var aim = RestyleOptions().aim
  /// The smoothing of the tone towards such a style in octaves; `toneRange` is where that tone may change, in Hz.
  var smoothing = RestyleOptions().smoothing
  var toneRange: ClosedRange<Double>?
  /// The numbers that methods rest on.
  var numbers = MethodNumbers.standard
  /// The threads that work; targets do not depend on their number.
  var team = ThreadTeam(1)

  /// The shared bands in which the recording of ``dynamics`` has sound too.
  func bandsOfDynamics(of content: MeasuredView) -> [Int] {
    guard let dynamics else { return shared }
    return shared.filter { content.statistics.shares($0, with: dynamics.statistics) }
  }
}

/// The measurements of one view of a recording.
package struct MeasuredView: Sendable {
  /// What to call the recording in messages.
  var name: String
  /// The view.
  var view: StereoView
  /// Gated statistics of the bands.
  var statistics: ViewStatistics
  /// Histograms and covariance of the levels, where they were measured.
  var distribution: FrameDistribution?
  /// The sample of frames, where it was measured.
  var frames: FrameSample?
  /// The fine spectrum, where it was measured.
  var fineSpectrum: FineSpectrum?
  /// The long-term spectra of the recording's short clips, where there are any.
  var sounds: FrameSample?
  /// Whether the recording is several clips, all of them short (``StyleProfile/isPack``).
  var isPack = false
  /// The long-term spectrum, where it was measured.
  var longTerm: LongTermSpectrum?
  /// The momentary loudness of the whole recording, where it was measured.
  var momentary: MomentaryLoudness?
  /// The short-term loudness of the whole recording, where it was measured.
  var shortTerm: MomentaryLoudness?
  /// The centre frequencies of the bands in Hz.
  var frequencies: [Double] = []
}

extension MeasuredView {
  /// By how many dB, K-weighted, the content's sound lies over its pauses; `nil` without real pauses.
  var soundOverPauses: Double? { longTerm.flatMap { statistics.soundOverRealPauses($0) } }

  /// The same for a style, whose pauses need not be steady if they lie below the gate.
  var styleOverPauses: Double? { longTerm.flatMap { statistics.soundOverRealPauses($0, areSteady: false) } }

  /// The spread of the levels at each third octave, in dB.
  ///
  /// It is infinite where the noise floor is not below the gate: steady sound cannot be told from noise by its spread
  /// alone.
  var spreads: [Double] {
    guard statistics.hasInactiveFloor else { return ThirdOctaves.frequencies.map { _ in .infinity } }
    return ToneCurves.values(
      of: statistics.moments.spread, at: frequencies, for: ThirdOctaves.frequencies)
  }

  /// Takes the measurements of a view from a profile; `nil` where the view is unknown.
  ///
  /// - Throws: ``RestyleError/missingMeasurement(name:view:method:needs:)`` where the profile lacks what a method
  ///   needs.
  init?(
    _ view: StereoView, of profile: StyleProfile, name: String, for method: RestyleMethod
  ) throws(RestyleError) {
    guard let statistics = profile.statistics(of: view) else { return nil }
    self.name = name
    self.view = view
    self.statistics = statistics
    let needs = method.rule.needs
    if needs.contains(.distributions) { distribution = profile.distribution(of: view) }
    if needs.contains(.frames) {
      frames = profile.frameSample(of: view)
      sounds = profile.sounds(of: view)
      isPack = profile.isPack
      fineSpectrum = profile.fineSpectrum(of: view)
      longTerm = profile.longTermSpectrum(of: view)
      momentary = profile.momentary
      shortTerm = profile.shortTerm
    }
    frequencies = profile.layout.frequencies
    let isComplete =
      (distribution != nil || !needs.contains(.distributions))
      && (frames != nil && longTerm != nil || !needs.contains(.frames))
    guard isComplete else {
      throw .missingMeasurement(name: name, view: view.name, method: method, needs: needs.words)
    }
  }

  /// The smaller number of independent frames of this view and another.
  func independentFrames(with other: MeasuredView) -> Double {
    min(statistics.independentFrameCount, other.statistics.independentFrameCount)
  }

  /// The trust in a ratio of spreads of this view and another: n/(n + n₀), for n independent frames.
  func trust(with other: MeasuredView, _ numbers: SpreadNumbers) -> Double {
    let frames = independentFrames(with: other)
    return frames / (frames + numbers.shrinkage)
  }

  /// The correlation of the lines of both fine spectra; `nil` where one is missing or they share too few frequencies.
  func lines(with other: MeasuredView, _ numbers: MatchNumbers.Likeness) -> LineCorrelation? {
    guard let mine = fineSpectrum, let theirs = other.fineSpectrum else { return nil }
    return mine.correlation(
      with: theirs, nyquist: min(statistics.nyquist, other.statistics.nyquist), numbers: numbers)
  }

  /// The levels of all bands in dB in the active sampled frames; `nil` without a sample.
  var activeRows: FrameRows? {
    frames.map {
      $0.levels(of: Array(0..<$0.channelCount)).above(statistics.gate.lowestActiveLevel ?? .infinity)
    }
  }
}
