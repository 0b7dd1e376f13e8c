import AudioFeatures
import SoundFiles
import StyleProfiles

/// Finished samples, and the content's frames, which can be ahead of the samples.
struct RenderedPart: Sendable {
  /// The samples, in order.
  var buffers: [FrameBuffer] = []
  /// The content's frames.
  var frames: [ContentFrame] = []

  /// The levels of the content in a frame.
  struct ContentFrame: Sendable {
    /// Whether the frame is active, by view.
    var isActive: [Bool]
    /// The broadband level of the frame, by view.
    var broadband: [FixedLevel]
  }

  /// Adds samples behind the others; an empty buffer is left out.
  mutating func add(_ buffer: FrameBuffer) {
    if buffer.frameCount > 0 { buffers.append(buffer) }
  }
}

/// What the first stage makes of a chunk: restyled blocks, or samples whose frames have no gain.
struct RestyledPart: Sendable {
  /// Restyled blocks of frames, to be joined.
  var blocks: [RenderedBlock] = []
  /// The samples of a chunk where no gain acts on frames; `nil` for blocks.
  var samples: FrameBuffer?
  /// The content's frames that were measured in an earlier pass.
  var frames: [RenderedPart.ContentFrame] = []
}

/// The second stage of a rendering pass: blocks are joined and filtered, and the gain of envelopes acts on them.
final class JoiningStage: Stage {
  private let chain: Exclusive<JoiningChain>

  init(_ chain: JoiningChain) { self.chain = Exclusive(chain) }

  func begin(_ part: RestyledPart) -> [ThreadTeam.Job] {
    guard !part.blocks.isEmpty || part.samples != nil else { return [] }
    chain.use { $0.next = part }
    return [ThreadTeam.Job(chain) { $0.join() }]
  }

  func finish() -> [ThreadTeam.Job] { [ThreadTeam.Job(chain) { $0.finish() }] }

  func end() -> RenderedPart { chain.use { $0.takeDone() } }

  /// The chain of processors, at the end of the pass.
  var result: JoiningChain { chain.value }
}

/// The processors that samples pass one after the other in the second stage: joiner, tone, compressor.
struct JoiningChain: Sendable {
  /// The part to be taken next.
  var next = RestyledPart()
  private var joiner: BlockJoiner
  /// The tone filter; `nil` where frames apply the tone.
  private var tone: ToneFilter?
  /// The gain that follows the envelopes, or a meter of them; `nil` where neither is wanted.
  private(set) var compressor: EnvelopeCompressor?
  private var done = RenderedPart()

  init(joiner: BlockJoiner, tone: ToneFilter?, compressor: EnvelopeCompressor?) {
    self.joiner = joiner
    self.tone = tone
    self.compressor = compressor
  }

  /// Takes in the next part.
  mutating func join() {
    var joined = next.samples ?? joiner.join(&next.blocks)
    if let toned = tone?.process(joined) { joined = toned }
    if let done = compressor?.process(joined, frameGains: next.blocks.flatMap(\.levelGains)) { joined = done }
    done.add(joined)
    done.frames += next.frames
    for block in next.blocks { done.frames += block.contentFrames }
    next = RestyledPart()
  }

  /// Takes in the end: each processor gives out its remaining samples.
  mutating func finish() {
    if let rest = tone?.finish() { done.add(compressor?.process(rest, frameGains: []) ?? rest) }
    if let rest = compressor?.finish() { done.add(rest) }
  }

  /// Returns the samples and frames finished since the last call.
  mutating func takeDone() -> RenderedPart {
    defer { done = RenderedPart() }
    return done
  }
}

/// Adds up the overlapping samples of blocks in order.
struct BlockJoiner {
  private let hopLength: Int
  private let frameCount: Int
  /// The number of sample frames returned so far.
  private var position = 0
  /// The incomplete sums, to which later frames add, for each channel.
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

  /// Adds blocks, which loses their samples, and returns the samples that are complete.
  mutating func join(_ blocks: inout [RenderedBlock]) -> FrameBuffer {
    let capacity = blocks.reduce(0) { $0 + $1.frames.count } * hopLength
    var buffer = unsafe FrameBuffer(unfilledChannels: sums.count, capacity: capacity)
    for index in blocks.indices { append(&blocks[index], to: &buffer) }
    return buffer
  }

  private mutating func append(_ block: inout RenderedBlock, to buffer: inout FrameBuffer) {
    let complete = block.frames.count * hopLength
    // Frame i starts at sample (i − 2) · H; samples before the clip and after its end are dropped.
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
