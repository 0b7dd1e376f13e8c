import AdaIN
import AudioFeatures
import Restylings
import SoundFiles
import StyleProfiles

/// The end of a rendering pass: blocks are joined, peaks lowered, and the result goes to meters, the sink and a second
/// analysis where asked for.
///
/// A block passes three steps, each beside the next blocks' step before it: it is restyled, joined and used.
final class RenderedOutput {
  private let team: ThreadTeam
  private let sink: (any FrameSink)?
  private let meters: ClipMeters
  private let measuresLoudness: Bool
  private let checker: OutputLevelCheck?
  /// The tone; `nil` where frames have it.
  private var tone: ToneFilter?
  /// What follows envelopes or listens to them; `nil` where neither is wanted.
  private var compressor: EnvelopeCompressor?
  /// What follows the momentary loudness or listens to it; `nil` where neither is wanted.
  private var rider: LoudnessRider?
  /// What lowers peaks; `nil` where none are lowered.
  private var limiter: CrestLimiter?
  private var joiner: BlockJoiner
  /// The blocks taken last.
  private var blocks: [RenderedBlock] = []
  /// The samples that they complete.
  private var joined: FrameBuffer
  /// The samples of the blocks before, which are to be used.
  private var ready: FrameBuffer

  /// Creates the end of a pass over a clip, whose channels are the first of `channelCount`.
  init(
    source: any FrameSource, channelCount: Int, geometry: STFTGeometry, frameCount: Int,
    sink: (any FrameSink)?,
    tone: ToneFilter?, compressor: EnvelopeCompressor?, rider: LoudnessRider?, threshold: Float?,
    measuresLoudness: Bool,
    levels restyling: Restyling?,
    excerpt: Excerpt?, team: ThreadTeam
  ) {
    self.team = team
    self.sink = sink
    meters = ClipMeters(source: source)
    self.measuresLoudness = measuresLoudness
    self.tone = tone
    self.compressor = compressor
    self.rider = rider
    limiter = threshold.map {
      CrestLimiter(
        channelCount: channelCount, leadCount: source.channelCount, sampleRate: source.sampleRate,
        threshold: $0)
    }
    joined = FrameBuffer(channelCount: channelCount, capacity: 0)
    ready = joined
    joiner = BlockJoiner(geometry, channelCount: channelCount, frameCount: frameCount)
    checker = restyling.map {
      OutputLevelCheck(
        $0, source: source, geometry: geometry, lastCentre: geometry.frameCount(ofSamples: frameCount) - 1,
        excerpt: excerpt, team: team)
    }
  }

  /// The piece of work for the blocks taken last: they are joined, get their tone, and their peaks are lowered.
  var joining: [ThreadTeam.Job] { blocks.isEmpty ? [] : [{ [self] _ in try join() }] }

  /// The pieces of work for the samples of the blocks before.
  var using: [ThreadTeam.Job] {
    var jobs: [ThreadTeam.Job] = []
    let ready = ready
    if ready.frameCount > 0 {
      if let sink { jobs.append { _ in try sink.write(ready) } }
      if measuresLoudness { jobs += meters.jobs(ready) }
      checker?.append(ready)
    }
    return jobs + (checker?.jobs ?? [])
  }

  /// Takes the next blocks, after ``joining`` and ``using`` for those before them are done.
  func take(_ next: [RenderedBlock]) {
    checker?.advance()
    swap(&joined, &ready)
    joined.frameCount = 0
    blocks = next
    if let checker {
      for block in next { checker.expect(block.isActive, block.broadband) }
    }
  }

  /// Sends on what is left, and reads the meters.
  func finish() throws -> RenderResult {
    while !blocks.isEmpty || ready.frameCount > 0 {
      try team.run(joining + using)
      take([])
    }
    if let rest = tone?.finish() {
      try use(shaped(compressor?.process(rest, frameGains: []) ?? rest))
    }
    if let rest = compressor?.finish() { try use(shaped(rest)) }
    if let rest = try rider?.finish() { try use(limiter?.process(rest) ?? rest) }
    if let rest = limiter?.finish() { try use(rest) }
    meters.finish()
    var result = RenderResult(meters: meters, levels: try checker?.finish() ?? [])
    result.envelopes = compressor?.sample.ended
    result.heard = rider?.heard
    result.spectra.result = checker?.spectra ?? []
    return result
  }

  private func use(_ rest: FrameBuffer) throws {
    ready = rest
    try team.run(using)
    checker?.advance()
  }

  /// Samples after the momentary loudness and the limiter.
  private func shaped(_ buffer: FrameBuffer) throws -> FrameBuffer {
    let ridden = try rider?.process(buffer) ?? buffer
    return limiter?.process(ridden) ?? ridden
  }

  private func join() throws {
    joiner.join(blocks, into: &joined)
    if let toned = tone?.process(joined) { joined = toned }
    if let done = compressor?.process(joined, frameGains: blocks.flatMap(\.levelGains)) { joined = done }
    joined = try shaped(joined)
  }
}

/// Adds up the overlapping samples of blocks in order, and gives out those that are complete.
struct BlockJoiner {
  private let hopLength: Int
  private let frameCount: Int
  /// The number of samples given out.
  private var position = 0
  /// The sums that the frames to come will add to, for each channel.
  private var sums: [ContiguousArray<Float>]

  /// Creates a joiner.
  ///
  /// - Parameters:
  ///   - geometry: The transform's lengths.
  ///   - channelCount: The number of channels.
  ///   - frameCount: The length of the clip in sample frames.
  init(_ geometry: STFTGeometry, channelCount: Int, frameCount: Int) {
    hopLength = geometry.hopLength
    self.frameCount = frameCount
    let overlap = geometry.windowLength - geometry.hopLength
    sums = Array(repeating: ContiguousArray(repeating: 0, count: overlap), count: channelCount)
  }

  /// Adds blocks, and puts the samples that they complete into a buffer.
  mutating func join(_ blocks: [RenderedBlock], into buffer: inout FrameBuffer) {
    let capacity = blocks.reduce(0) { $0 + $1.frames.count } * hopLength
    if capacity > buffer.capacity {
      buffer = unsafe FrameBuffer(unfilledChannels: sums.count, capacity: capacity)
    }
    buffer.frameCount = 0
    for block in blocks { append(block, to: &buffer) }
  }

  private mutating func append(_ block: RenderedBlock, to buffer: inout FrameBuffer) {
    let complete = block.frames.count * hopLength
    // Frame i starts at sample (i − 2) · H; nothing stands before the clip or after its end.
    let skipped = min(complete, max(0, (2 - block.frames.lowerBound) * hopLength))
    let count = max(0, min(complete - skipped, frameCount - position))
    let start = buffer.frameCount
    for channel in sums.indices {
      let overlap = sums[channel].count
      RowArithmetic.add(sums[channel], to: &block.samples[channel])
      let row = block.samples[channel]
      buffer.withMutableChannel(channel) { target in
        unsafe target.withUnsafeMutableBufferPointer { target in
          _ = unsafe target[start..<start + count].update(fromContentsOf: row[skipped..<skipped + count])
        }
      }
      sums[channel].replaceSubrange(0..<overlap, with: row[complete..<complete + overlap])
    }
    buffer.frameCount = start + count
    position += count
  }
}

/// Analyses a rendered clip again, and takes the levels of those frames that are active in the content.
final class OutputLevelCheck {
  private let shift: Int
  private let lastCentre: Int
  private let excerpt: Excerpt?
  private let team: ThreadTeam
  private let stream: LevelStream
  private var levels: [LevelStatistics]
  /// The third octaves of each view, of all frames inside the clip.
  private(set) var spectra: [LongTermSpectrumPass]
  /// Whether the frames that were rendered but not yet analysed again are active, by view; the first has `firstIndex`.
  private var expected: [(isActive: [Bool], broadband: [FixedLevel])] = []
  private var firstIndex = -1
  /// How many of them were taken since the last advance.
  private var used = 0

  init(
    _ restyling: Restyling, source: any FrameSource, geometry: STFTGeometry, lastCentre: Int,
    excerpt: Excerpt?, team: ThreadTeam
  ) {
    self.lastCentre = lastCentre
    self.excerpt = excerpt
    shift = restyling.referenceBuckets
    self.team = team
    let layout = restyling.layout
    stream = LevelStream(
      views: restyling.views.map(\.view), layout: layout, geometry: geometry, source: source, team: team,
      measuresThirdOctaves: true)
    spectra = restyling.views.map { _ in LongTermSpectrumPass() }
    levels = restyling.views.map { _ in LevelStatistics(numFeatures: layout.channelCount + 1) }
  }

  /// Notes which views of the next content frames are active.
  ///
  /// Third octaves are sorted by the content's levels, so that sound and pauses are those of the content.
  func expect(_ isActive: [[Bool]], _ broadband: [[FixedLevel]]) {
    expected += zip(isActive, broadband).map { ($0, $1) }
  }

  /// Adds rendered samples.
  func append(_ buffer: FrameBuffer) {
    stream.append(buffer)
  }

  /// The pieces of work that analyse what has been added, and take what was found before.
  var jobs: [ThreadTeam.Job] { [{ [self] _ in tally() }] + stream.jobs }

  /// Ends the analysis of what has been added.
  func advance() {
    expected.removeFirst(used)
    firstIndex += used
    used = 0
    stream.advance()
  }

  private func tally() {
    stream.forEachMeasured { frame, rows, powers in
      let position = frame - firstIndex
      guard expected.indices.contains(position) else { return }
      used = position + 1
      guard excerpt?.counts(frame) ?? true else { return }
      for (index, row) in rows.enumerated() where expected[position].isActive[index] {
        levels[index].add(row)
      }
      guard frame >= 0, frame <= lastCentre else { return }
      for (index, power) in powers.enumerated() {
        spectra[index].add(power, broadband: expected[position].broadband[index])
      }
    }
  }

  /// The statistics of each view, at the reference loudness of the content: C channels, then the broadband level.
  func finish() throws -> [StyleStatistics] {
    stream.finish()
    try team.run(jobs)
    advance()
    tally()
    return levels.map { $0.shifted(byBuckets: shift).statistics() }
  }
}
