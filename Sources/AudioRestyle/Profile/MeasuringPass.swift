import AdaIN
import AudioFeatures
import Foundation
import SoundFiles

/// The running state of one pass over a clip that measures it.
struct MeasuringPass {
  /// Takes the levels of a view in a frame: C channels, then the broadband level.
  typealias Observer = (_ view: StereoView, _ frame: Int, _ levels: ContiguousArray<FixedLevel>) -> Void

  private(set) var frameCount = 0
  private let observe: Observer?

  private let geometry: STFTGeometry
  private let views: [StereoView]
  private let mixer: ViewMixer
  private let sampleRate: Double
  private let channelCount: Int
  private var analyzer: STFTAnalyzer
  private let layout: FeatureLayout
  private let meter: ViewLevelMeter
  private var frame: SpectrumFrame
  private var levels: [LevelStatistics]
  private var samples: SampleStatistics
  /// The distributions of the levels of each view; none where they are not wanted.
  private var distributions: [DistributionPass]
  /// The samples of the frames of each view; none where they are not wanted.
  private var frameSamples: [FrameSamplePass]
  private var loudness: LoudnessMeter
  private var truePeak: TruePeakMeter

  init(
    geometry: STFTGeometry, layout: FeatureLayout, views: [StereoView], measuresDistributions: Bool,
    measuresFrames: Bool, source: any FrameSource, observe: Observer?
  ) {
    self.observe = observe
    self.geometry = geometry
    self.views = views
    sampleRate = source.sampleRate
    channelCount = source.channelCount
    mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    analyzer = STFTAnalyzer(geometry: geometry, channelCount: source.channelCount)
    self.layout = layout
    meter = ViewLevelMeter(mixer: mixer, layout: layout, geometry: geometry)
    frame = analyzer.makeFrame()
    levels = views.map { _ in LevelStatistics(numFeatures: layout.channelCount + 1) }
    distributions =
      measuresDistributions ? views.map { _ in DistributionPass(channelCount: layout.channelCount) } : []
    frameSamples =
      measuresFrames ? views.map { _ in FrameSamplePass(channelCount: layout.channelCount) } : []
    samples = SampleStatistics(channelCount: source.channelCount)
    loudness = LoudnessMeter(
      sampleRate: source.sampleRate,
      channelWeights: LoudnessWeights.weights(
        channelCount: source.channelCount, lfeChannels: source.lfeChannels))
    truePeak = TruePeakMeter(sampleRate: source.sampleRate, channelCount: source.channelCount)
  }

  mutating func add(_ buffer: FrameBuffer) throws {
    frameCount += buffer.frameCount
    for channel in 0..<channelCount {
      buffer.withChannel(channel) { samples in
        analyzer.append(samples, channel: channel)
        loudness.process(samples, channel: channel)
        truePeak.process(samples, channel: channel)
      }
    }
    try samples.add(buffer)
    takeFrames()
  }

  /// What the pass found, at the clip's own level.
  mutating func finish(name: String, nonFiniteCount: Int) -> ContentMeasurement {
    analyzer.finish()
    truePeak.finish()
    takeFrames()
    let peak = truePeak.truePeakDecibels
    let loudness = LoudnessStatistics(loudness)
    let moments = samples.moments(linkedChannels: mixer.linkedChannels)
    return ContentMeasurement(
      layout: layout, nyquist: sampleRate / 2,
      sources: [
        ProfileSource(
          name: name, sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount,
          loudness: loudness.integratedLoudness ?? loudness.ungatedLoudness,
          truePeak: peak.isFinite ? peak : nil)
      ],
      loudness: loudness, truePeak: peak, levels: Dictionary(uniqueKeysWithValues: zip(views, levels)),
      distributions: Dictionary(uniqueKeysWithValues: zip(views, distributions)),
      frameSamples: Dictionary(uniqueKeysWithValues: zip(views, frameSamples)), moments: moments,
      nonFiniteCount: nonFiniteCount)
  }

  private mutating func takeFrames() {
    while analyzer.nextFrame(into: &frame) {
      // Only frames whose centre lies inside the clip count.
      guard frame.index >= 0, frame.index * geometry.hopLength < frameCount else { continue }
      for (index, view) in views.enumerated() {
        meter.measure(view, in: frame)
        levels[index].add(meter.levels)
        observe?(view, frame.index, meter.levels)
        if !distributions.isEmpty { distributions[index].add(meter.levels) }
        if !frameSamples.isEmpty { frameSamples[index].add(meter.levels) }
      }
    }
  }
}
