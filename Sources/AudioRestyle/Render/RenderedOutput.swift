import AudioFeatures
import SoundFiles

/// The end of a rendering pass: resynthesis, meters, the sink, and a second analysis where asked for.
struct RenderedOutput {
  private let geometry: STFTGeometry
  private let channelCount: Int
  private let frameCount: Int
  private let sink: (any FrameSink)?
  private var synthesizer: STFTSynthesizer
  private var limiter: PeakLimiter?
  private var meters: OutputMeters
  private var buffer: FrameBuffer
  private var producedCount = 0
  private var checker: OutputLevelCheck?

  init(
    source: any FrameSource, geometry: STFTGeometry, frameCount: Int, sink: (any FrameSink)?,
    threshold: Float?, levels plan: RestylePlan?
  ) {
    self.geometry = geometry
    self.frameCount = frameCount
    self.sink = sink
    channelCount = source.channelCount
    synthesizer = STFTSynthesizer(geometry: geometry, channelCount: source.channelCount)
    meters = OutputMeters(source: source)
    limiter = threshold.map {
      PeakLimiter(channelCount: source.channelCount, sampleRate: source.sampleRate, threshold: $0)
    }
    // Whole hops that fill about as much as one reading chunk.
    let hops = max(1, ProfileLearner.chunkLength / geometry.hopLength)
    buffer = FrameBuffer(channelCount: source.channelCount, capacity: hops * geometry.hopLength)
    checker = plan.map { OutputLevelCheck(plan: $0, source: source, geometry: geometry) }
  }

  /// Adds the next restyled frame.
  mutating func add(_ frame: SpectrumFrame, isActive: [Bool]) throws {
    checker?.expect(frame.index, isActive)
    synthesizer.add(frame)
    var count = 0
    let start = buffer.frameCount
    for channel in 0..<channelCount {
      synthesizer.withOutput(channel: channel) { samples in
        count = min(samples.count, frameCount - producedCount)
        buffer.withMutableChannel(channel) { target in
          for i in 0..<count { target[start + i] = samples[i] }
        }
      }
    }
    producedCount += count
    buffer.frameCount = start + count
    if buffer.frameCount + geometry.hopLength > buffer.capacity { try send() }
  }

  /// Sends what is left, and reads the meters.
  mutating func finish() throws -> RenderResult {
    try send()
    if var limiter { try deliver(limiter.finish()) }
    var result = meters.finish()
    result.levels = checker?.finish() ?? []
    return result
  }

  private mutating func send() throws {
    guard buffer.frameCount > 0 else { return }
    try deliver(limiter?.process(buffer) ?? buffer)
    buffer.frameCount = 0
  }

  private mutating func deliver(_ buffer: FrameBuffer) throws {
    meters.add(buffer)
    try sink?.write(buffer)
    checker?.add(buffer)
  }
}
