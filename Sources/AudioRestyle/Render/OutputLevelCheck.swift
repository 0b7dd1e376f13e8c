import AudioFeatures
import SoundFiles

/// Analyses a rendered clip again, and sums the levels of those frames that are active in the content.
struct OutputLevelCheck {
  private let geometry: STFTGeometry
  private let channelCount: Int
  private let shift: Int32
  private let views: [StereoView]
  private var analyzer: STFTAnalyzer
  private let meter: ViewLevelMeter
  private var frame: SpectrumFrame
  private var sums: [LevelSums]
  /// Whether the frames that were rendered but not yet analysed again are active, by view; the first has `firstIndex`.
  private var expected: [[Bool]] = []
  private var firstIndex = -1

  init(plan: RestylePlan, source: any FrameSource, geometry: STFTGeometry) {
    self.geometry = geometry
    channelCount = source.channelCount
    shift = Int32(plan.content.gateShift * LevelTable.stepsPerBucket)
    let mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    views = plan.views.map(\.view)
    analyzer = STFTAnalyzer(geometry: geometry, channelCount: source.channelCount)
    meter = ViewLevelMeter(mixer: mixer, layout: plan.content.layout, geometry: geometry)
    frame = analyzer.makeFrame()
    sums = views.map { _ in LevelSums(channelCount: plan.content.layout.channelCount + 1) }
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

  /// The sums of each view, at the reference loudness of the content.
  mutating func finish() -> [LevelSums] {
    analyzer.finish()
    takeFrames()
    return sums.map { $0.shifted(bySteps: Int64(shift)) }
  }

  private mutating func takeFrames() {
    var used = 0
    while analyzer.nextFrame(into: &frame) {
      let position = frame.index - firstIndex
      guard expected.indices.contains(position) else { continue }
      for (index, view) in views.enumerated() where expected[position][index] {
        meter.measure(view, in: frame)
        sums[index].add(meter.levels)
      }
      used = position + 1
    }
    expected.removeFirst(used)
    firstIndex += used
  }
}
