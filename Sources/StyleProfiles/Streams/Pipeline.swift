package import AudioFeatures
package import SoundFiles

/// A stage of a pass over a clip: it works on one item while the stage before it works on the next.
///
/// A pass consists of steps. In a step each stage begins with the item that the stage before it made in the last step.
/// Then the jobs of all stages run side by side, and each stage ends with their results. Beginning and ending happen on
/// the caller's thread, while no job runs.
package protocol Stage<Input, Output>: AnyObject {
  /// The items that the stage takes.
  associatedtype Input
  /// The items that the stage makes for the next one.
  associatedtype Output

  /// Takes an item.
  ///
  /// - Returns: The jobs for the item, the longest first.
  func begin(_ item: Input) throws -> [ThreadTeam.Job]

  /// Takes the end of the clip, after the last item; the default does nothing.
  ///
  /// - Returns: The jobs for what is left of the clip.
  func finish() throws -> [ThreadTeam.Job]

  /// Ends a step, after its jobs are done.
  ///
  /// - Returns: The item for the next stage.
  func end() throws -> Output
}

extension Stage {
  /// No jobs.
  package func finish() -> [ThreadTeam.Job] { [] }

  /// A pipeline of this stage and the stages that take its items.
  package func then(_ next: any Pipeline<Output>) -> any Pipeline<Input> { Link(self, next) }

  /// A pipeline of this stage alone.
  package var last: any Pipeline<Input> { Link(self, nil) }
}

extension Stage where Output == Void {
  /// Makes no item.
  package func end() {}
}

/// Stages one behind the other, made by ``Stage/then(_:)`` and ``Stage/last``.
package protocol Pipeline<Input>: AnyObject {
  /// The items that the first stage takes.
  associatedtype Input

  /// Gives the first stage an item for the next step.
  func put(_ item: Input)

  /// Says that no item follows.
  func close()

  /// Begins a step.
  ///
  /// - Returns: The jobs of all stages, those of the last stage first.
  func begin() throws -> [ThreadTeam.Job]

  /// Ends a step: the items made in it go to the next stages.
  func end() throws

  /// Whether all stages have taken the end of the clip.
  var isDone: Bool { get }
}

/// A stage and the pipeline that follows it.
private final class Link<Here: Stage>: Pipeline {
  private let stage: Here
  private let next: (any Pipeline<Here.Output>)?
  private var item: Here.Input?
  private var isClosed = false
  private var isFinished = false
  /// Whether the stage has begun an item or the end in this step.
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
  /// The next chunk is read while the stages work on those before it.
  ///
  /// - Parameters:
  ///   - stages: The stages that work on the chunks.
  ///   - team: The threads that work.
  ///   - chunkLength: The number of sample frames read at a time.
  ///   - observe: Receives each chunk as soon as it is read, before the stages.
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

  /// Makes a pass over the clip with one stage, given as a closure.
  ///
  /// - Parameters:
  ///   - team: The threads that work.
  ///   - chunkLength: The number of sample frames read at a time; `nil` for ``shortStepLength``.
  ///   - progress: Called with the number of frames done.
  ///   - jobs: Makes the jobs for a chunk.
  /// - Throws: As ``pass(through:team:chunkLength:observe:progress:)``.
  package func forEachChunk(
    team: ThreadTeam, chunkLength: Int? = nil, progress: (Int) throws -> Void = { _ in },
    _ jobs: @escaping (FrameBuffer) throws -> [ThreadTeam.Job]
  ) throws {
    try pass(
      through: ChunkStage(jobs).last, team: team, chunkLength: chunkLength ?? shortStepLength,
      progress: progress)
  }

  /// The number of sample frames to read at a time where a step does little work.
  package var shortStepLength: Int { (channelCount > 2 ? 4 : 8) * ProfileLearner.chunkLength }
}

/// A source and the chunk that was read last from it.
private struct ChunkReader {
  private let source: any FrameSource
  /// The last chunk; it has no frames at the end of the clip.
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
