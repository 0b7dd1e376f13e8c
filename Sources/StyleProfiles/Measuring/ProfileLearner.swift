import AdaIN
import AudioFeatures
import Foundation
import SoundFiles

/// Measures clips: one pass over a clip gives its ``StyleProfile``.
public struct ProfileLearner: Sendable {
  /// Which features are measured.
  public var features: FeatureKind
  /// Whether every channel gets statistics of its own, for `independent` restyling.
  public var measuresChannels: Bool
  /// Whether the distributions of band levels are measured, for the methods `efdm` and `transport`.
  public var measuresDistributions: Bool
  /// Whether a sample of the frames is kept, for the method `match`.
  public var measuresFrames: Bool

  /// Whether middle and side of two channels get statistics of their own, for `mid-side` restyling.
  public var measuresMidSide = true
  /// Whether the samples themselves get statistics, for `waveform` features.
  public var measuresSamples = true
  /// How many threads measure a clip; `nil` is one for each processor.
  ///
  /// The profile does not depend on it.
  public var threads: Int?

  /// The number of sample frames in a chunk, for passes that do little with each.
  package static let chunkLength = 16384

  /// Creates a learner.
  ///
  /// - Parameters:
  ///   - features: Which features are measured.
  ///   - measuresChannels: Whether every channel gets statistics of its own.
  ///   - measuresDistributions: Whether the distributions of band levels are measured; only `bands` have them.
  ///   - measuresFrames: Whether a sample of the frames is kept; only of `bands`.
  public init(
    features: FeatureKind = .bands, measuresChannels: Bool = false, measuresDistributions: Bool = true,
    measuresFrames: Bool = true
  ) {
    self.measuresFrames = measuresFrames
    self.measuresDistributions = measuresDistributions
    self.features = features
    self.measuresChannels = measuresChannels
  }

  /// Learns the profile of one clip.
  ///
  /// - Throws: ``RestyleError/emptyClip(_:)`` for a clip without samples, ``RestyleError/unsupportedRate(_:)`` for a
  ///   rate below 4 kHz or above 1.536 MHz; whatever the source throws.
  public func learn(_ source: any FrameSource) throws -> StyleProfile {
    try measure(source).profile()
  }

  /// Learns one profile from several clips.
  ///
  /// - Throws: As ``learn(_:)``; ``RestyleError/invalidOption(_:)`` for no clips.
  public func learn(_ sources: [any FrameSource]) throws -> StyleProfile {
    guard let first = sources.first else { throw RestyleError.invalidOption("no clips to learn from") }
    var profile = try learn(first)
    for source in sources.dropFirst() {
      try profile.merge(learn(source))
    }
    return profile
  }

  /// The views of a clip that are measured.
  func views(channelCount: Int) -> [StereoView] {
    var views: [StereoView] = [.linked]
    if measuresMidSide && channelCount == 2 { views += [.mid, .side] }
    if measuresChannels && channelCount > 1 { views += (0..<channelCount).map(StereoView.channel) }
    return views
  }

  /// Measures a clip.
  ///
  /// - Parameters:
  ///   - base: The clip.
  ///   - observe: Receives the levels of every view in every frame whose centre lies inside the clip.
  ///   - progress: Called with the number of sample frames done.
  /// - Throws: As ``learn(_:)``.
  package func measure(
    _ base: any FrameSource, observe: MeasuringPass.Observer? = nil,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> ContentMeasurement {
    let source = SanitizedSource(base)
    let rates = LoudnessMeter.supportedSampleRates
    guard rates.contains(source.sampleRate) else {
      throw RestyleError.unsupportedRate(
        "\(source.name): expected a sample rate of \(Int(rates.lowerBound)) to \(Int(rates.upperBound)) Hz, found "
          + "\(source.sampleRate)")
    }
    let geometry = STFTGeometry(sampleRate: source.sampleRate)
    let team = ThreadTeam(threads)
    let pass = MeasuringPass(learner: self, geometry: geometry, source: source, team: team, observe: observe)
    try source.pass(
      through: pass.measuring.then(pass.tallying.last), team: team,
      chunkLength: FrameBlocks.chunkLength(geometry, channelCount: source.channelCount, team),
      progress: progress)
    return pass.measurement(name: source.name, unusableSampleCount: source.unusableSampleCount)
  }
}
