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
  private let tallies: [ViewTally]
  /// The moments of the samples; `nil` where they are not wanted.
  private var samples: SampleStatistics?
  private let meters: ClipMeters
  private let clipping: ClippingCount

  /// The clipped samples: counted beside other work.
  private final class ClippingCount {
    var meter: ClippingMeter

    init(channelCount: Int) { meter = ClippingMeter(channelCount: channelCount) }

    func add(_ buffer: FrameBuffer) {
      for channel in 0..<buffer.channelCount {
        buffer.withChannel(channel) { meter.process($0, channel: channel) }
      }
    }
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
    stream = LevelStream(views: views, layout: layout, geometry: geometry, source: source, team: team)
    let hasBands = learner.features == .bands
    tallies = views.map { _ in
      ViewTally(
        channelCount: layout.channelCount, measuresDistribution: learner.measuresDistributions && hasBands,
        measuresFrames: learner.measuresFrames && hasBands)
    }
    samples = learner.measuresSamples ? SampleStatistics(channelCount: source.channelCount) : nil
    meters = ClipMeters(source: source)
    clipping = ClippingCount(channelCount: source.channelCount)
  }

  /// Takes in a chunk while another piece of work, the reading of the next one, goes on.
  func add(_ buffer: FrameBuffer, beside job: @escaping ThreadTeam.Job) throws {
    frameCount += buffer.frameCount
    stream.append(buffer)
    team.run([job, { [clipping] _ in clipping.add(buffer) }] + meters.jobs(buffer) + stream.jobs)
    try samples?.add(buffer)
    takeFrames()
  }

  func finish(name: String) throws -> StyleProfile {
    stream.finish()
    team.run(stream.jobs)
    takeFrames()
    meters.finish()
    let lufs = meters.loudness.integratedLoudness ?? meters.loudness.ungatedLoudness
    // Without active sound there is no level to bring to the reference.
    let isActive = ActivityGate(tallies[0].levels, shiftInBuckets: 0).lowestActiveBucket != nil
    let shift = isActive ? Self.shiftInBuckets(fromLoudness: lufs ?? StyleProfile.referenceLoudness) : 0
    let peak = meters.truePeak
    var measured: [StereoView: FrameDistribution] = [:]
    var sampled: [StereoView: FrameSample] = [:]
    for (view, tally) in zip(views, tallies) {
      measured[view] = try tally.distribution(shiftInBuckets: shift)
      sampled[view] = tally.frameSample(shiftInBuckets: shift)
    }
    return StyleProfile(
      layout: layout, loudness: lufs, truePeak: peak, nyquist: sampleRate / 2,
      sources: [
        ProfileSource(
          name: name, sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount,
          loudness: lufs, truePeak: peak.isFinite ? peak : nil,
          clippedSampleCount: clipping.meter.clippedSampleCount)
      ],
      levels: Dictionary(
        uniqueKeysWithValues: zip(views, tallies.map { $0.levels.shifted(byBuckets: shift) })),
      distributions: measured, frameSamples: sampled,
      moments: samples?.moments(linkedChannels: mixer.linkedChannels) ?? [:],
      levelShift: Double(shift) * LevelStatistics.bucketWidth, gateShift: shift)
  }

  private static func shiftInBuckets(fromLoudness loudness: Double) -> Int {
    Int(((StyleProfile.referenceLoudness - loudness) / LevelStatistics.bucketWidth).rounded())
  }

  private func takeFrames() {
    var rows: [[ContiguousArray<FixedLevel>]] = views.map { _ in [] }
    stream.take { frame, levels in
      // Only frames whose centre lies inside the clip count.
      guard frame >= 0, frame * geometry.hopLength < frameCount else { return }
      for (index, row) in levels.enumerated() {
        observe?(views[index], frame, row)
        rows[index].append(row)
      }
    }
    team.run(
      tallies.indices.map { index in
        { [tally = tallies[index], rows = rows[index]] _ in for row in rows { tally.add(row) } }
      })
  }
}
