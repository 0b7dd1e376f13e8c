import AdaIN
import AudioFeatures
import SoundFiles

/// Analyses a rendered clip again, and takes the levels of those frames that are active in the content.
struct OutputLevelCheck {
  private let geometry: STFTGeometry
  private let channelCount: Int
  private let shift: Int
  private let views: [StereoView]
  private var analyzer: STFTAnalyzer
  private let meter: ViewLevelMeter
  private var frame: SpectrumFrame
  private var levels: [LevelStatistics]
  /// Whether the frames that were rendered but not yet analysed again are active, by view; the first has `firstIndex`.
  private var expected: [[Bool]] = []
  private var firstIndex = -1

  init(plan: RestylePlan, source: any FrameSource, geometry: STFTGeometry) {
    self.geometry = geometry
    channelCount = source.channelCount
    shift = plan.content.gateShift
    let mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    views = plan.views.map(\.view)
    analyzer = STFTAnalyzer(geometry: geometry, channelCount: source.channelCount)
    meter = ViewLevelMeter(mixer: mixer, layout: plan.content.layout, geometry: geometry)
    frame = analyzer.makeFrame()
    levels = views.map { _ in LevelStatistics(numFeatures: plan.content.layout.channelCount + 1) }
  }

  /// Notes which views of a content frame are active.
  mutating func expect(_ index: Int, _ isActive: [Bool]) {
    expected.append(isActive)
  }

  /// Adds rendered samples.
  mutating func add(_ buffer: FrameBuffer) {
    for channel in 0..<channelCount {
      buffer.withChannel(channel) { analyzer.append($0, channel: channel) }
    }
    takeFrames()
  }

  /// The statistics of each view, at the reference loudness of the content: C channels, then the broadband level.
  mutating func finish() -> [StyleStatistics] {
    analyzer.finish()
    takeFrames()
    return levels.map { $0.shifted(byBuckets: shift).statistics() }
  }

  private mutating func takeFrames() {
    var used = 0
    while analyzer.nextFrame(into: &frame) {
      let position = frame.index - firstIndex
      guard expected.indices.contains(position) else { continue }
      for (index, view) in views.enumerated() where expected[position][index] {
        meter.measure(view, in: frame)
        levels[index].add(meter.levels)
      }
      used = position + 1
    }
    expected.removeFirst(used)
    firstIndex += used
  }
}
