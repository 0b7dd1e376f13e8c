import AdaIN
package import AudioFeatures
import Foundation
import SoundFiles

/// Measures clips: one pass each gives all that a ``StyleProfile`` holds.
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
  /// Whether the samples themselves get statistics, for the `waveform` features.
  public var measuresSamples = true
  /// How many threads measure a clip; `nil` is one for each processor.
  ///
  /// The profile does not depend on it.
  public var threads: Int?

  /// How many frames are read at a time.
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
  /// - Throws: ``RestyleError/emptyClip(_:)`` for a clip without samples, ``RestyleError/unsupportedRate(_:)`` for a rate
  ///   below 4 kHz or above 1.536 MHz; whatever the source throws.
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
  ///   - observe: Sees the levels of every view in every frame whose centre lies inside the clip.
  ///   - progress: Called with the number of sample frames done.
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
    let reader = try ReadAhead(
      source, chunkLength: FrameBlocks.chunkLength(geometry, channelCount: source.channelCount, team))
    while reader.chunk.frameCount > 0 {
      try Task.checkCancellation()
      try pass.add(reader.chunk, beside: reader.job)
      reader.advance()
      try progress(pass.frameCount)
    }
    guard pass.frameCount > 0 else { throw RestyleError.emptyClip(source.name) }
    return try pass.finish(name: source.name, nonFiniteCount: source.nonFiniteCount)
  }
}

/// The running state of one pass over a clip that measures it.
package final class MeasuringPass {
  /// Takes the levels of a view in a frame: C channels, then the broadband level.
  package typealias Observer = (_ view: StereoView, _ frame: Int, _ levels: ContiguousArray<FixedLevel>) ->
    Void

  private(set) var frameCount = 0
  private let observe: Observer?

  private let geometry: STFTGeometry
  private let views: [StereoView]
  private let mixer: ViewMixer
  private let sampleRate: Double
  private let channelCount: Int
  private let layout: FeatureLayout
  private let team: ThreadTeam
  private let stream: LevelStream
  private let tallies: [Tally]
  /// The moments of the samples; `nil` where they are not wanted.
  private var samples: SampleStatistics?
  private let meters: ClipMeters
  private var clipping: ClippingMeter
  private var channels = ChannelCheck()
  private var loudest: LoudestSections

  /// The tally of one view: each is a piece of work of its own.
  private final class Tally {
    var tally: ViewTally

    init(_ tally: ViewTally) { self.tally = tally }
  }

  init(
    learner: ProfileLearner, geometry: STFTGeometry, source: any FrameSource, team: ThreadTeam,
    observe: Observer?
  ) {
    self.observe = observe
    self.geometry = geometry
    self.team = team
    sampleRate = source.sampleRate
    channelCount = source.channelCount
    let views = learner.views(channelCount: source.channelCount)
    let layout = learner.features.layout(for: geometry)
    self.views = views
    self.layout = layout
    mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    let hasBands = learner.features == .bands
    stream = LevelStream(
      views: views, layout: layout, geometry: geometry, source: source, team: team,
      measuresFine: learner.measuresFrames && hasBands,
      measuresThirdOctaves: learner.measuresFrames && hasBands)
    tallies = views.map { _ in
      Tally(
        ViewTally(
          channelCount: layout.channelCount, measuresDistribution: learner.measuresDistributions && hasBands,
          measuresFrames: learner.measuresFrames && hasBands))
    }
    samples = learner.measuresSamples ? SampleStatistics(channelCount: source.channelCount) : nil
    meters = ClipMeters(source: source)
    clipping = ClippingMeter(channelCount: source.channelCount)
    loudest = LoudestSections(hopLength: geometry.hopLength)
  }

  /// Takes in a chunk while another piece of work, the reading of the next one, goes on.
  func add(_ buffer: FrameBuffer, beside job: @escaping ThreadTeam.Job) throws {
    frameCount += buffer.frameCount
    stream.append(buffer)
    try team.run([job] + meters.jobs(buffer) + tallying + [{ [self] _ in scan(buffer) }] + stream.jobs)
    try samples?.add(buffer)
    stream.advance()
    observeFrames()
  }

  /// What the pass found, at the clip's own level.
  func finish(name: String, nonFiniteCount: Int) throws -> ContentMeasurement {
    stream.finish()
    try team.run(tallying + stream.jobs)
    stream.advance()
    observeFrames()
    try team.run(tallying)
    for (index, spectrum) in stream.fineSpectra.enumerated() { tallies[index].tally.fineSpectrum = spectrum }
    if zip(views, tallies).contains(where: { $0 == .linked && $1.tally.isShort }) {
      for tally in tallies { tally.tally.noteSound() }
    }
    meters.finish()
    let loudness = LoudnessStatistics(meters.loudness)
    let peak = meters.truePeak
    return ContentMeasurement(
      layout: layout, nyquist: sampleRate / 2,
      sources: [
        ProfileSource(
          name: name, sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount,
          loudness: loudness.integratedLoudness ?? loudness.ungatedLoudness,
          truePeak: peak.isFinite ? peak : nil, clippedSampleCount: clipping.clippedSampleCount)
      ],
      loudness: loudness, truePeak: peak,
      tallies: Dictionary(uniqueKeysWithValues: zip(views, tallies.map(\.tally))),
      moments: samples?.moments(linkedChannels: mixer.linkedChannels) ?? [:], nonFiniteCount: nonFiniteCount,
      channelWarning: channels.warning,
      excerpt: Excerpt(
        sampleCount: frameCount, hopLength: geometry.hopLength, loudest: loudest.sections))
  }

  private func scan(_ buffer: FrameBuffer) {
    loudest.add(buffer)
    channels.add(buffer)
    for channel in 0..<channelCount {
      buffer.withChannel(channel) { clipping.process($0, channel: channel) }
    }
  }

  /// The pieces of work that take in the frames measured last, one for each view.
  private var tallying: [ThreadTeam.Job] {
    tallies.indices.map { index in
      { [self] _ in
        stream.forEachMeasured { frame, levels, powers in
          guard isInside(frame) else { return }
          tallies[index].tally.add(
            levels[levels.startIndex + index],
            powers: powers.isEmpty ? nil : powers[powers.startIndex + index])
        }
      }
    }
  }

  private func observeFrames() {
    guard let observe else { return }
    stream.forEachMeasured { frame, levels in
      guard isInside(frame) else { return }
      for (view, row) in zip(views, levels) { observe(view, frame, row) }
    }
  }

  /// Only frames whose centre lies inside the clip count.
  private func isInside(_ frame: Int) -> Bool { frame >= 0 && frame * geometry.hopLength < frameCount }
}
