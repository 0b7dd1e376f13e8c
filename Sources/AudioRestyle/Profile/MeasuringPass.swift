import AudioFeatures
import Foundation
import SoundFiles

/// The running state of one pass over a clip that measures it.
struct MeasuringPass {
  private(set) var frameCount = 0

  private let geometry: STFTGeometry
  private let views: [StereoView]
  private let mixer: ViewMixer
  private let sampleRate: Double
  private let channelCount: Int
  private var analyzer: STFTAnalyzer
  private let layout: FeatureLayout
  private let meter: ViewLevelMeter
  private var frame: SpectrumFrame
  private var tables: [LevelTable]
  private var moments: [StereoView: SampleMoments] = [:]
  private var loudness: LoudnessMeter
  private var truePeak: TruePeakMeter

  init(geometry: STFTGeometry, layout: FeatureLayout, views: [StereoView], source: any FrameSource) {
    self.geometry = geometry
    self.views = views
    sampleRate = source.sampleRate
    channelCount = source.channelCount
    mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    analyzer = STFTAnalyzer(geometry: geometry, channelCount: source.channelCount)
    self.layout = layout
    meter = ViewLevelMeter(mixer: mixer, layout: layout, geometry: geometry)
    frame = analyzer.makeFrame()
    tables = views.map { _ in LevelTable(channelCount: layout.channelCount) }
    loudness = LoudnessMeter(
      sampleRate: source.sampleRate,
      channelWeights: LoudnessWeights.weights(
        channelCount: source.channelCount, lfeChannels: source.lfeChannels))
    truePeak = TruePeakMeter(sampleRate: source.sampleRate, channelCount: source.channelCount)
  }

  mutating func add(_ buffer: FrameBuffer) {
    frameCount += buffer.frameCount
    for channel in 0..<channelCount {
      buffer.withChannel(channel) { samples in
        analyzer.append(samples, channel: channel)
        loudness.process(samples, channel: channel)
        truePeak.process(samples, channel: channel)
        moments[.channel(channel), default: SampleMoments()].add(samples)
      }
    }
    if channelCount == 2 { addMidSide(buffer) }
    takeFrames()
  }

  mutating func finish(name: String) -> StyleProfile {
    analyzer.finish()
    truePeak.finish()
    takeFrames()
    let gated = loudness.integratedLoudness
    let lufs = gated ?? loudness.ungatedLoudness
    // Without active sound there is no level to bring to the reference.
    let isActive = ActivityGate(tables[0], shiftInBuckets: 0).lowestActiveBucket != nil
    let shift = isActive ? Self.shiftInBuckets(fromLoudness: lufs ?? StyleProfile.referenceLoudness) : 0
    let peak = truePeak.truePeakDecibels
    moments[.linked] = mixer.linkedChannels.reduce(into: SampleMoments()) {
      $0 += moments[.channel($1)] ?? SampleMoments()
    }
    return StyleProfile(
      layout: layout, loudness: lufs, truePeak: peak, nyquist: sampleRate / 2,
      sources: [
        ProfileSource(
          name: name, sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount,
          loudness: lufs, truePeak: peak.isFinite ? peak : nil)
      ],
      tables: Dictionary(
        uniqueKeysWithValues: zip(views, tables.map { $0.shifted(byBuckets: shift) })),
      moments: moments, levelShift: Double(shift) / Double(LevelTable.bucketsPerDecibel), gateShift: shift)
  }

  private static func shiftInBuckets(fromLoudness loudness: Double) -> Int {
    Int(((StyleProfile.referenceLoudness - loudness) * Double(LevelTable.bucketsPerDecibel)).rounded())
  }

  private mutating func takeFrames() {
    while analyzer.nextFrame(into: &frame) {
      // Only frames whose centre lies inside the clip count.
      guard frame.index >= 0, frame.index * geometry.hopLength < frameCount else { continue }
      for (index, view) in views.enumerated() {
        meter.measure(view, in: frame)
        tables[index].add(meter.levels)
      }
    }
  }

  private mutating func addMidSide(_ buffer: FrameBuffer) {
    var mid = moments[.mid] ?? SampleMoments()
    var side = moments[.side] ?? SampleMoments()
    buffer.withChannel(0) { left in
      buffer.withChannel(1) { right in
        var half = ContiguousArray<Float>(repeating: 0, count: left.count)
        for i in left.indices { half[i] = (left[i] + right[i]) / 2 }
        mid.add(half.span)
        for i in left.indices { half[i] = (left[i] - right[i]) / 2 }
        side.add(half.span)
      }
    }
    moments[.mid] = mid
    moments[.side] = side
  }
}
