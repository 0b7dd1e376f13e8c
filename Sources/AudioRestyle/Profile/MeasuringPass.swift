import AdaIN
import AudioFeatures
import Foundation
import SoundFiles

/// The running state of one pass over a clip that measures it.
final class MeasuringPass {
  /// Takes the levels of a view in a frame: C channels, then the broadband level.
  typealias Observer = (_ view: StereoView, _ frame: Int, _ levels: ContiguousArray<FixedLevel>) -> Void

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
