import AudioFeatures
import SoundFiles

/// The end of a rendering pass: overlap-add, meters, the sink, and a second analysis where asked for.
final class RenderedOutput {
  private let hopLength: Int
  private let channelCount: Int
  private let frameCount: Int
  private let team: ThreadTeam
  private let sink: (any FrameSink)?
  private let meters: ClipMeters
  private let checker: OutputLevelCheck?
  /// The samples that the blocks taken last have completed.
  private var buffer: FrameBuffer
  private var producedCount = 0
  /// The sums that the frames to come will add to, for each channel.
  private var sums: [ContiguousArray<Float>]

  init(
    source: any FrameSource, geometry: STFTGeometry, frameCount: Int, sink: (any FrameSink)?,
    levels plan: RestylePlan?, team: ThreadTeam
  ) {
    hopLength = geometry.hopLength
    self.frameCount = frameCount
    self.team = team
    self.sink = sink
    channelCount = source.channelCount
    meters = ClipMeters(source: source)
    buffer = FrameBuffer(channelCount: source.channelCount, capacity: 0)
    let overlap = geometry.windowLength - geometry.hopLength
    sums = Array(repeating: ContiguousArray(repeating: 0, count: overlap), count: source.channelCount)
    checker = plan.map { OutputLevelCheck(plan: $0, source: source, geometry: geometry, team: team) }
  }

  /// The pieces of work that use the samples completed last.
  var jobs: [ThreadTeam.Job] {
    var jobs: [ThreadTeam.Job] = []
    guard buffer.frameCount > 0 else { return jobs }
    if let sink {
      jobs.append { [self] _ in try sink.write(buffer) }
      jobs += meters.jobs(buffer)
    }
    if let checker {
      checker.append(buffer)
      jobs += checker.jobs
    }
    return jobs
  }

  /// Takes the next blocks, after the ``jobs`` for those before them are done.
  func take(_ blocks: [RenderedBlock]) {
    checker?.take()
    let capacity = blocks.reduce(0) { $0 + $1.frames.count } * hopLength
    if capacity > buffer.capacity { buffer = FrameBuffer(channelCount: channelCount, capacity: capacity) }
    buffer.frameCount = 0
    for block in blocks {
      checker?.expect(block.isActive)
      append(block)
    }
  }

  /// Sends on what is left, and reads the meters.
  func finish() throws -> RenderResult {
    try team.run(jobs)
    checker?.take()
    meters.finish()
    return RenderResult(meters: meters, levels: try checker?.finish() ?? [])
  }

  /// Adds a block's samples to the sums, and moves what is complete to the buffer.
  private func append(_ block: RenderedBlock) {
    let complete = block.frames.count * hopLength
    // Frame i starts at sample (i − 2) · H; nothing stands before the clip or after its end.
    let skipped = min(complete, max(0, (2 - block.frames.lowerBound) * hopLength))
    let count = max(0, min(complete - skipped, frameCount - producedCount))
    let start = buffer.frameCount
    for channel in 0..<channelCount {
      let overlap = sums[channel].count
      var row = block.samples[channel]
      for i in 0..<overlap { row[i] += sums[channel][i] }
      buffer.withMutableChannel(channel) { target in
        for i in 0..<count { target[start + i] = row[skipped + i] }
      }
      sums[channel] = ContiguousArray(row[complete..<complete + overlap])
    }
    buffer.frameCount = start + count
    producedCount += count
  }
}
