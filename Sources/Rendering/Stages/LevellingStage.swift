import AudioFeatures
import SoundFiles
import StyleProfiles

/// The third stage of a rendering pass: the gain of the momentary loudness and the limiter of peaks act on samples.
final class LevellingStage: Stage {
  private let chain: Exclusive<LevellingChain>

  init(_ chain: LevellingChain) { self.chain = Exclusive(chain) }

  func begin(_ part: RenderedPart) -> [ThreadTeam.Job] {
    chain.use { $0.next = part }
    return part.buffers.isEmpty ? [] : [ThreadTeam.Job(chain) { try $0.level() }]
  }

  func finish() -> [ThreadTeam.Job] { [ThreadTeam.Job(chain) { try $0.finish() }] }

  func end() -> RenderedPart { chain.use { $0.takeDone() } }

  /// The momentary loudness of the samples, at the end of the pass; `nil` where it was not measured.
  var momentaryAfterTone: MomentaryLoudness? { chain.value.momentaryAfterTone }
}

/// The processors that samples pass one after the other in the third stage: rider, limiter.
struct LevellingChain: Sendable {
  /// The part to be taken next; its frames pass.
  var next = RenderedPart()
  /// The gain that follows the momentary loudness, or a meter of it; `nil` where neither is wanted.
  private var rider: LoudnessRider?
  /// The limiter of peaks; `nil` where peaks are not lowered.
  private var limiter: CrestLimiter?
  private var done = RenderedPart()

  init(rider: LoudnessRider?, limiter: CrestLimiter?) {
    self.rider = rider
    self.limiter = limiter
  }

  /// The momentary loudness of the samples; `nil` where it is not measured.
  var momentaryAfterTone: MomentaryLoudness? { rider?.momentaryAfterTone }

  /// Takes in the samples of the next part.
  mutating func level() throws {
    for buffer in next.buffers {
      let ridden = try rider?.process(buffer) ?? buffer
      done.add(limiter?.process(ridden) ?? ridden)
    }
    next.buffers = []
  }

  /// Takes in the end: each processor gives out its remaining samples.
  mutating func finish() throws {
    if let rest = try rider?.finish() { done.add(limiter?.process(rest) ?? rest) }
    if let rest = limiter?.finish() { done.add(rest) }
  }

  /// Returns the samples finished since the last call, and the frames of the last part.
  mutating func takeDone() -> RenderedPart {
    done.frames = next.frames
    defer { (next, done) = (RenderedPart(), RenderedPart()) }
    return done
  }
}
