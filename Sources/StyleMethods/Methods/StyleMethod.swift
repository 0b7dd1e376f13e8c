import AudioFeatures
import Restylings
package import StyleProfiles

/// A way to make style moments: what each feature of a content is to have for mean and spread, from two profiles.
///
/// The step itself is always the AdaIN layer's. Methods differ in where the mean and the spread come from, and some add
/// what mean and spread cannot say. What is taken of a style reaches them as ``Knobs``.
package protocol StyleMethod: Sendable {
  /// What profiles must hold for it.
  var needs: ProfileNeeds { get }

  /// How far a style may be taken; what lies beyond has no meaning for the method.
  var reach: ClosedRange<Double> { get }

  /// Whether it has the style's dynamics at all.
  var hasDynamics: Bool { get }

  /// Whether a trial corrects spreads, too; means are always corrected.
  var refinesSpreads: Bool { get }

  /// Whether pauses are to be kept from being raised by more than the tone raises them.
  var calmsPauses: Bool { get }

  /// Makes the target of one view from a content and one style.
  ///
  /// Neither has fewer than ``SpreadNumbers/fewestFrames``, they share a band, and both have what the method
  /// ``needs``.
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
  /// The method that the name stands for: the one place where names are told apart.
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

/// What a method is asked beside the two profiles.
package struct TargetRequest: Sendable {
  /// The bands that content and style share, ascending; at least one.
  var shared: [Int]
  /// How much of the style is taken.
  var knobs: Knobs
  /// The recording whose dynamics are taken in the place of the style's; `nil` for the style's own.
  var dynamics: MeasuredView?
  /// Whether dynamics can be left to what follows the envelopes of samples.
  var usesEnvelopes = false
  /// What is taken of another voice or piece.
  var aim = RestyleAim.equipment
  /// How smooth the tone towards it is, in octaves, and where it may change, in Hz.
  var smoothing = 0.2
  var toneRange: ClosedRange<Double>?
  /// The numbers that methods rest on.
  var numbers = MethodNumbers.standard
  /// The threads that work; targets do not depend on their number.
  var team = ThreadTeam(1)

  /// The shared bands in which what dynamics are taken from has sound, too.
  func bandsOfDynamics(of content: MeasuredView) -> [Int] {
    guard let dynamics else { return shared }
    return shared.filter { content.statistics.shares($0, with: dynamics.statistics) }
  }
}

/// A view of a recording, measured.
package struct MeasuredView: Sendable {
  /// What to call the recording in messages.
  var name: String
  /// The view.
  var view: StereoView
  /// Gated statistics of the bands.
  var statistics: ViewStatistics
  /// Histograms and covariance of the levels, where they were measured.
  var distribution: FrameDistribution?
  /// The sample of frames, where it was taken.
  var frames: FrameSample?
  /// The fine spectrum, where it was measured.
  var fineSpectrum: FineSpectrum?
  /// The long-term spectra of the recording's short clips, where there are any.
  var sounds: FrameSample?
  /// Whether the recording is nothing but short clips, and more than one.
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
  /// A view of a profile.
  ///
  /// - Throws: ``RestyleError/missingMeasurement(name:view:method:needs:)`` where the profile lacks what a method needs.
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

  /// How far a ratio of spreads of this view and another can be trusted, below 1.
  func trust(with other: MeasuredView, _ numbers: SpreadNumbers) -> Double {
    let frames = independentFrames(with: other)
    return frames / (frames + numbers.shrinkage)
  }

  /// How far the lines of the fine spectra agree; `nil` where one of the two has none.
  func lines(with other: MeasuredView, _ numbers: MatchNumbers.Likeness) -> LineCorrelation? {
    guard let mine = fineSpectrum, let theirs = other.fineSpectrum else { return nil }
    return mine.correlation(
      with: theirs, nyquist: min(statistics.nyquist, other.statistics.nyquist), numbers: numbers)
  }

  /// The sampled frames that are active: levels of all bands.
  var activeRows: FrameRows? {
    frames.map {
      $0.levels(of: Array(0..<$0.channelCount)).above(statistics.gate.lowestActiveLevel ?? .infinity)
    }
  }
}
