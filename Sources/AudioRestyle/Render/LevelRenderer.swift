import AudioFeatures
import Foundation
import SoundFiles

/// The rendering pass for level features: analyses a clip, applies the gains and resynthesises.
struct LevelRenderer {
  private let plan: RestylePlan
  private let source: any FrameSource
  private let geometry: STFTGeometry
  private let frameCount: Int
  /// The largest sample of the result; `nil` where none is too large.
  private let threshold: Float?

  init(plan: RestylePlan, source: any FrameSource, threshold: Float? = nil) {
    self.plan = plan
    self.source = source
    self.threshold = threshold
    geometry = STFTGeometry(sampleRate: source.sampleRate)
    frameCount = plan.content.sources.first?.frameCount ?? 0
  }

  /// Renders the clip.
  ///
  /// - Parameters:
  ///   - sink: Takes the result; `nil` where only its levels are wanted.
  ///   - measuresLevels: Whether the result is analysed again, over the content's active frames.
  ///   - progress: Called with the number of frames done.
  func render(
    into sink: (any FrameSink)?, measuresLevels: Bool, progress: (Int) throws -> Void
  ) throws -> RenderResult {
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: source.channelCount)
    var restyler = try FrameRestyler(plan: plan, source: source, geometry: geometry)
    var output = RenderedOutput(
      source: source, geometry: geometry, frameCount: frameCount, sink: sink,
      threshold: threshold, levels: measuresLevels ? plan : nil)
    var buffer = FrameBuffer(channelCount: source.channelCount, capacity: ProfileLearner.chunkLength)
    var position = 0
    try source.rewind()
    while try source.read(into: &buffer) > 0 {
      try Task.checkCancellation()
      position += buffer.frameCount
      for channel in 0..<source.channelCount {
        buffer.withChannel(channel) { analyzer.append($0, channel: channel) }
      }
      while try restyler.take(from: &analyzer, output: { try output.add($0, isActive: $1) }) {}
      try progress(position)
    }
    guard position == frameCount else {
      throw RestyleError.unstableContent(
        "\(source.name): expected \(frameCount) frames as in the first reading, found \(position)")
    }
    analyzer.finish()
    while try restyler.take(from: &analyzer, output: { try output.add($0, isActive: $1) }) {}
    try restyler.flush { try output.add($0, isActive: $1) }
    var result = try output.finish()
    result.limited = restyler.computers.map { ($0.limitedCounts, $0.activeCount) }
    return result
  }
}
