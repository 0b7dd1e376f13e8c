package import AudioFeatures
package import SoundFiles

/// A stage of a pass over a clip: it works on one item while the stage before it works on the next.
///
/// A pass consists of steps. In a step each stage begins with what the one before it has made in the last step, the
/// pieces of work of all stages run side by side, and each stage ends with what they have made. Beginning and ending
/// happen on the caller's thread, when no work runs.
package protocol Stage<Input, Output>: AnyObject {
  /// What the stage works on.
  associatedtype Input
  /// What it makes of that for the next stage.
  associatedtype Output

  /// Takes an item.
  ///
  /// - Returns: The pieces of work that it makes, the longest first.
  func begin(_ item: Input) throws -> [ThreadTeam.Job]

  /// Takes the end of the clip, after the last item; the default has nothing left to do.
  ///
  /// - Returns: The pieces of work for what is left.
  func finish() throws -> [ThreadTeam.Job]

  /// What was made, when the pieces of work are done that were begun in this step.
  func end() throws -> Output
}

extension Stage {
  /// Nothing is left at the end.
  package func finish() -> [ThreadTeam.Job] { [] }

  /// This stage, and the stages that get what it makes.
  package func then(_ next: any Pipeline<Output>) -> any Pipeline<Input> { Link(self, next) }

  /// This stage as the last one.
  package var last: any Pipeline<Input> { Link(self, nil) }
}

extension Stage where Output == Void {
  /// Nothing is made for others.
  package func end() {}
}

/// Stages one behind the other, made by ``Stage/then(_:)`` and ``Stage/last``.
package protocol Pipeline<Input>: AnyObject {
  /// What the first stage works on.
  associatedtype Input

  /// Gives the first stage an item for the next step.
  func put(_ item: Input)

  /// Says that no item follows.
  func close()

  /// Begins a step: the pieces of work of all stages, those of the last stages first.
  func begin() throws -> [ThreadTeam.Job]

  /// Ends a step: what was made goes to the next stages.
  func end() throws

  /// Whether all stages have taken the end of the clip.
  var isDone: Bool { get }
}

/// A stage, and what follows it.
private final class Link<Here: Stage>: Pipeline {
  private let stage: Here
  private let next: (any Pipeline<Here.Output>)?
  private var item: Here.Input?
  private var isClosed = false
  private var isFinished = false
  /// Whether the stage has begun something in this step.
  private var isBusy = false

  init(_ stage: Here, _ next: (any Pipeline<Here.Output>)?) {
    (self.stage, self.next) = (stage, next)
  }

  func put(_ item: Here.Input) { self.item = item }

  func close() { isClosed = true }

  func begin() throws -> [ThreadTeam.Job] {
    let later = try next?.begin() ?? []
    if let item = item.take() {
      isBusy = true
      return try later + stage.begin(item)
    }
    guard isClosed, !isFinished else { return later }
    (isBusy, isFinished) = (true, true)
    return try later + stage.finish()
  }

  func end() throws {
    try next?.end()
    guard isBusy else { return }
    isBusy = false
    let made = try stage.end()
    next?.put(made)
    if isFinished { next?.close() }
  }

  var isDone: Bool { isFinished && next?.isDone ?? true }
}

extension FrameSource {
  /// Makes a pass over the clip: reads it from its beginning, chunk by chunk, and gives the chunks to stages.
  ///
  /// The next chunk is read while the stages work on those before it. This is the only place where that is arranged.
  ///
  /// - Parameters:
  ///   - stages: What works on the chunks.
  ///   - team: The threads that work.
  ///   - chunkLength: The number of frames read at a time.
  ///   - observe: Sees each chunk as it is read, before it is worked on.
  ///   - progress: Called with the number of frames that the first stage has done.
  /// - Throws: `CancellationError` where the task was cancelled; whatever reading, the stages and `progress` throw.
  package func pass(
    through stages: any Pipeline<FrameBuffer>, team: ThreadTeam, chunkLength: Int,
    observe: @escaping @Sendable (FrameBuffer) -> Void = { _ in }, progress: (Int) throws -> Void = { _ in }
  ) throws {
    let reader = Exclusive(lent: ChunkReader(self, chunkLength: chunkLength))
    let reading = ThreadTeam.Job(reader) { reader in
      if try reader.read() { observe(reader.chunk) }
    }
    var chunk = FrameBuffer(channelCount: channelCount, capacity: chunkLength)
    var done = 0
    try rewind()
    try team.run([reading])
    reader.use { swap(&chunk, &$0.chunk) }
    while chunk.frameCount > 0 {
      try Task.checkCancellation()
      done += chunk.frameCount
      stages.put(chunk)
      try team.run([reading] + stages.begin())
      try stages.end()
      reader.use { swap(&chunk, &$0.chunk) }
      try progress(done)
    }
    stages.close()
    while !stages.isDone {
      try team.run(stages.begin())
      try stages.end()
    }
  }

  /// Makes a pass over the clip with one stage that makes nothing for others.
  ///
  /// - Parameters:
  ///   - team: The threads that work.
  ///   - chunkLength: The number of frames read at a time; `nil` for what suits steps that do little.
  ///   - progress: Called with the number of frames done.
  ///   - jobs: The pieces of work that a chunk makes.
  /// - Throws: As ``pass(through:team:chunkLength:observe:progress:)``.
  package func forEachChunk(
    team: ThreadTeam, chunkLength: Int? = nil, progress: (Int) throws -> Void = { _ in },
    _ jobs: @escaping (FrameBuffer) throws -> [ThreadTeam.Job]
  ) throws {
    try pass(
      through: ChunkStage(jobs).last, team: team, chunkLength: chunkLength ?? shortStepLength,
      progress: progress)
  }

  /// The number of frames to read at a time where steps do little.
  package var shortStepLength: Int { (channelCount > 2 ? 4 : 8) * ProfileLearner.chunkLength }
}

/// A clip, and the chunk that was read last.
private struct ChunkReader {
  private let source: any FrameSource
  /// Without frames at the end of the clip.
  var chunk: FrameBuffer

  init(_ source: any FrameSource, chunkLength: Int) {
    self.source = source
    chunk = FrameBuffer(channelCount: source.channelCount, capacity: chunkLength)
  }

  /// Reads the next chunk; false at the end of the clip.
  mutating func read() throws -> Bool { try source.read(into: &chunk) > 0 }
}

/// A stage that gives its chunks to a closure.
private final class ChunkStage: Stage {
  private let jobs: (FrameBuffer) throws -> [ThreadTeam.Job]

  init(_ jobs: @escaping (FrameBuffer) throws -> [ThreadTeam.Job]) { self.jobs = jobs }

  func begin(_ chunk: FrameBuffer) throws -> [ThreadTeam.Job] { try jobs(chunk) }
}
