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
  private let measuresLoudness: Bool
  /// What lowers peaks; `nil` where none are lowered.
  private var limiter: CrestLimiter?
  /// The samples that left the limiter last.
  private var limited: FrameBuffer?
  private let checker: OutputLevelCheck?
  /// The samples that the blocks taken last have completed.
  private var buffer: FrameBuffer
  /// The place in the clip of the next sample.
  private var position = 0
  /// The parts of the clip that are rendered; `nil` for all.
  private let excerpt: Excerpt?
  /// The sums that the frames to come will add to, for each channel.
  private var sums: [ContiguousArray<Float>]

  init(
    source: any FrameSource, geometry: STFTGeometry, frameCount: Int, sink: (any FrameSink)?,
    threshold: Float?, measuresLoudness: Bool, levels plan: RestylePlan?,
    excerpt: Excerpt?, team: ThreadTeam
  ) {
    self.excerpt = excerpt
    hopLength = geometry.hopLength
    self.frameCount = frameCount
    self.team = team
    self.sink = sink
    channelCount = source.channelCount
    meters = ClipMeters(source: source)
    self.measuresLoudness = measuresLoudness
    limiter = threshold.map {
      CrestLimiter(channelCount: source.channelCount, sampleRate: source.sampleRate, threshold: $0)
    }
    buffer = FrameBuffer(channelCount: source.channelCount, capacity: 0)
    let overlap = geometry.windowLength - geometry.hopLength
    sums = Array(repeating: ContiguousArray(repeating: 0, count: overlap), count: source.channelCount)
    checker = plan.map { OutputLevelCheck(plan: $0, source: source, geometry: geometry, team: team) }
  }

  /// The pieces of work that use the samples completed last.
  var jobs: [ThreadTeam.Job] {
    var jobs: [ThreadTeam.Job] = []
    let buffer = limited ?? buffer
    guard buffer.frameCount > 0 else { return jobs }
    if let sink { jobs.append { _ in try sink.write(buffer) } }
    if measuresLoudness { jobs += meters.jobs(buffer) }
    if let checker {
      checker.append(buffer)
      jobs += checker.jobs
    }
    return jobs
  }

  /// Whether any block has been taken.
  private var isStarted = false

  /// Takes the next blocks, after the ``jobs`` for those before them are done.
  func take(_ blocks: [RenderedBlock]) {
    checker?.take()
    let capacity = blocks.reduce(0) { $0 + $1.frames.count } * hopLength
    if capacity > buffer.capacity { buffer = FrameBuffer(channelCount: channelCount, capacity: capacity) }
    buffer.frameCount = 0
    for block in blocks {
      checker?.expect(expected(of: block))
      isStarted = true
      append(block)
    }
    limited = limiter?.process(buffer)
  }

  /// Sends on what is left, and reads the meters.
  func finish() throws -> RenderResult {
    try team.run(jobs)
    checker?.take()
    if let rest = limiter?.finish() {
      limited = rest
      try team.run(jobs)
      checker?.take()
    }
    meters.finish()
    return RenderResult(meters: meters, levels: try checker?.finish() ?? [])
  }

  /// Adds a block's samples to the sums, and moves what is complete to the buffer.
  private func append(_ block: RenderedBlock) {
    let complete = block.frames.count * hopLength
    let begins = excerpt?.begins(with: block.frames) ?? false
    if begins {
      for channel in sums.indices {
        sums[channel] = ContiguousArray(repeating: 0, count: sums[channel].count)
      }
      position = (block.frames.lowerBound + 1) * hopLength
    }
    // Frame i starts at sample (i − 2) · H; nothing stands before the clip or after its end, and the first three hops of a
    // run lack the frames before it.
    let missing = begins ? 3 : max(0, 2 - block.frames.lowerBound)
    let skipped = min(complete, missing * hopLength)
    let count = max(0, min(complete - skipped, frameCount - position))
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
    position += count
    if begins { fade(start) { $0 } }
    if excerpt?.ends(with: block.frames) ?? false { fade(start + count - hopLength) { 1 - $0 } }
  }

  /// Fades a hop of the buffer, as a cut would be a click.
  private func fade(_ start: Int, _ shape: (Float) -> Float) {
    for channel in 0..<channelCount {
      buffer.withMutableChannel(channel) { target in
        for i in 0..<hopLength { target[start + i] *= shape((Float(i) + 0.5) / Float(hopLength)) }
      }
    }
  }

  /// Which views of the frames that a block adds to the result are active there and count, in order.
  private func expected(of block: RenderedBlock) -> [[Bool]] {
    guard let excerpt else { return block.isActive }
    let frames = zip(block.frames, block.isActive).map { frame, isActive in
      excerpt.counts(frame) ? isActive : isActive.map { _ in false }
    }
    // The first hop of a run is that of its second frame, and the last one that of the third last. In front of all stands
    // one frame before the first hop.
    return frames.dropFirst(excerpt.begins(with: block.frames) && isStarted ? 1 : 0)
      .dropLast(excerpt.ends(with: block.frames) ? 2 : 0)
  }
}
