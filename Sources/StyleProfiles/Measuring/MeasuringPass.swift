import AdaIN
package import AudioFeatures
import InstanceNorm
import SoundFiles

/// A pass that measures a clip: the first stage measures a chunk, the second tallies its levels one step later.
package struct MeasuringPass {
  /// Takes the levels of a view in a frame: C channels, then the broadband level.
  package typealias Observer = (_ view: StereoView, _ frame: Int, _ levels: ContiguousArray<FixedLevel>) ->
    Void

  let measuring: MeasuringStage
  let tallying: TallyStage
  private let layout: FeatureLayout

  init(
    learner: ProfileLearner, geometry: STFTGeometry, source: any FrameSource, team: ThreadTeam,
    observe: Observer?
  ) {
    layout = learner.features.layout(for: geometry)
    let hasBands = learner.features == .bands
    let measuresFrames = learner.measuresFrames && hasBands
    let views = learner.views(channelCount: source.channelCount)
    measuring = MeasuringStage(
      source, geometry, measuresSamples: learner.measuresSamples,
      levels: LevelStream(
        views: views, layout: layout, geometry: geometry, source: source, team: team,
        measuresFine: measuresFrames, measuresThirdOctaves: measuresFrames))
    let empty = ViewTally(
      channelCount: layout.channelCount, measuresDistribution: learner.measuresDistributions && hasBands,
      measuresFrames: measuresFrames)
    tallying = TallyStage(views.map { ($0, empty) }, of: measuring, observe)
  }

  /// The measurement of the clip at its own level, after the pass.
  func measurement(name: String, unusableSampleCount: Int) -> ContentMeasurement {
    let loudness = LoudnessStatistics(measuring.meters.loudnessMeter)
    let peak = measuring.meters.truePeak
    let scan = measuring.scan.value
    return ContentMeasurement(
      layout: layout, nyquist: measuring.sampleRate / 2,
      sources: [
        ProfileSource(
          name: name, sampleRate: measuring.sampleRate, channelCount: measuring.channelCount,
          frameCount: measuring.frameCount,
          loudness: loudness.integratedLoudness ?? loudness.ungatedLoudness,
          truePeak: peak.isFinite ? peak : nil, clippedSampleCount: scan.clipping.clippedSampleCount,
          unusableSampleCount: unusableSampleCount > 0 ? unusableSampleCount : nil)
      ],
      loudness: loudness, truePeak: peak, tallies: tallying.result, moments: measuring.moments,
      unusableSampleCount: unusableSampleCount, channelWarning: scan.channels.warning,
      excerpt: Excerpt(
        sampleCount: measuring.frameCount, hopLength: measuring.geometry.hopLength,
        loudest: scan.loudest.sections))
  }
}

/// The first stage of measuring: loudness, peaks, moments of samples, and the levels of frames.
final class MeasuringStage: Stage {
  let geometry: STFTGeometry
  let sampleRate: Double
  let channelCount: Int
  /// The number of sample frames taken so far.
  private(set) var frameCount = 0
  let meters: ClipMeters
  let levels: LevelStream
  let scan: Exclusive<Scan>
  private let name: String
  private let mixer: ViewMixer
  /// The moments of the samples; `nil` where they are not wanted.
  private let samples: Exclusive<SampleStatistics>?

  /// The checks that need little work: clipping, channels, and the loudest sections.
  struct Scan: Sendable {
    var clipping: ClippingMeter
    var channels = ChannelCheck()
    var loudest: LoudestSections

    mutating func add(_ buffer: FrameBuffer) {
      loudest.add(buffer)
      channels.add(buffer)
      for channel in 0..<buffer.channelCount {
        buffer.withChannel(channel) { clipping.process($0, channel: channel) }
      }
    }
  }

  init(_ source: any FrameSource, _ geometry: STFTGeometry, measuresSamples: Bool, levels: LevelStream) {
    self.geometry = geometry
    self.levels = levels
    sampleRate = source.sampleRate
    channelCount = source.channelCount
    name = source.name
    mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    meters = ClipMeters(source: source)
    scan = Exclusive(
      Scan(
        clipping: ClippingMeter(channelCount: channelCount),
        loudest: LoudestSections(hopLength: geometry.hopLength)))
    samples = measuresSamples ? Exclusive(SampleStatistics(channelCount: channelCount)) : nil
  }

  func begin(_ chunk: FrameBuffer) -> [ThreadTeam.Job] {
    frameCount += chunk.frameCount
    var jobs = meters.jobs(chunk)
    if let samples { jobs.append(ThreadTeam.Job(samples) { try $0.add(chunk) }) }
    jobs.append(ThreadTeam.Job(scan) { $0.add(chunk) })
    return jobs + levels.begin(chunk)
  }

  /// - Throws: ``RestyleError/emptyClip(_:)``.
  func finish() throws -> [ThreadTeam.Job] {
    guard frameCount > 0 else { throw RestyleError.emptyClip(name) }
    meters.finish()
    return levels.finish()
  }

  func end() -> MeasuredLevels { levels.end() }

  /// The frames whose centre lies inside the part of the clip that was read so far; only these count.
  var inside: Range<Int> { 0..<geometry.frameCount(ofSamples: frameCount) }

  /// The moments of the samples of each view; none where they are not wanted.
  var moments: [StereoView: ChannelMoments] {
    samples?.value.moments(linkedChannels: mixer.linkedChannels) ?? [:]
  }
}

/// The second stage of measuring: the levels of frames go into tallies, one for each view.
final class TallyStage: Stage {
  private let measuring: MeasuringStage
  private let tallies: [(view: StereoView, tally: Exclusive<ViewTally>)]
  private let observe: MeasuringPass.Observer?
  private var levels: MeasuredLevels?

  init(
    _ tallies: [(StereoView, ViewTally)], of measuring: MeasuringStage, _ observe: MeasuringPass.Observer?
  ) {
    self.measuring = measuring
    self.observe = observe
    self.tallies = tallies.map { ($0, Exclusive($1)) }
  }

  func begin(_ levels: MeasuredLevels) -> [ThreadTeam.Job] {
    self.levels = levels
    let inside = measuring.inside
    return tallies.enumerated().map { index, place in
      ThreadTeam.Job(place.tally) { tally in
        levels.forEachFrame { frame, rows, powers in
          guard inside.contains(frame) else { return }
          tally.add(
            rows[rows.startIndex + index], powers: powers.isEmpty ? nil : powers[powers.startIndex + index])
        }
      }
    }
  }

  func end() {
    if let observe {
      let inside = measuring.inside
      levels?.forEachFrame { frame, rows, _ in
        guard inside.contains(frame) else { return }
        for (place, row) in zip(tallies, rows) { observe(place.view, frame, row) }
      }
    }
    levels = nil
  }

  /// The tally of each view.
  var result: [StereoView: ViewTally] {
    var found = Dictionary(uniqueKeysWithValues: tallies.map { ($0.view, $0.tally.value) })
    for (place, spectrum) in zip(tallies, measuring.levels.fineSpectra) {
      found[place.view]?.fineSpectrum = spectrum
    }
    if found[.linked]?.isShort == true {
      for view in found.keys { found[view]?.noteSound() }
    }
    return found
  }
}
