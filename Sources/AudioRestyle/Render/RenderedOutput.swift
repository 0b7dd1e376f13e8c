import AudioFeatures
import SoundFiles

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
