package import AudioFeatures
import Dispatch
import Foundation
package import SoundFiles

/// Runs pieces of work on a number of threads.
///
/// The pieces have nothing to do with each other, and what each computes does not depend on the thread: results are the
/// same bits for any number of threads. This is the only file that starts threads.
package struct ThreadTeam: Sendable {
  /// A piece of work; it is told which of the ``count`` threads runs it, to find that thread's scratch memory.
  package typealias Job = (_ thread: Int) throws -> Void

  /// The largest number of threads: the pieces of one step feed no more.
  static let largestCount = 32

  /// The number of threads.
  package let count: Int

  /// Creates a team of at most a number of threads; `nil` is one for each active processor.
  package init(_ threads: Int?) {
    count = max(1, min(threads ?? ProcessInfo.processInfo.activeProcessorCount, Self.largestCount))
  }

  /// Runs all pieces and returns when they are done; those that come first start first.
  ///
  /// - Throws: What the first of the pieces that failed has thrown.
  package func run(_ jobs: [Job]) throws {
    let threads = min(count, jobs.count)
    guard threads > 1 else {
      for job in jobs { try job(0) }
      return
    }
    let queue = JobQueue(jobs)
    DispatchQueue.concurrentPerform(iterations: threads) { queue.work(thread: $0) }
    if let failure = queue.failure { throw failure }
  }

  /// Hands out each job once.
  // SAFETY: position and failure are guarded by the lock, and the jobs never change.
  private final class JobQueue: @unchecked Sendable {
    private let lock = NSLock()
    private let jobs: [Job]
    private var position = 0
    private var failed: (index: Int, error: any Error)?

    init(_ jobs: [Job]) {
      self.jobs = jobs
    }

    var failure: (any Error)? { lock.withLock { failed?.error } }

    func work(thread: Int) {
      while let index = next() {
        do {
          try jobs[index](thread)
        } catch {
          lock.withLock { if index < failed?.index ?? .max { failed = (index, error) } }
        }
      }
    }

    private func next() -> Int? {
      lock.withLock {
        guard position < jobs.count else { return nil }
        position += 1
        return position - 1
      }
    }
  }
}

/// How the frames of a clip are cut into blocks that threads work on, counted from frame −1.
///
/// The blocks depend on the clip's length alone, so what is computed block by block does not depend on chunks or threads.
package struct FrameBlocks {
  /// The number of frames that are rendered together; the last block may hold two more.
  package static let length = 16
  /// The number of frames that are measured together: each frame is measured by itself, and small blocks leave no thread
  /// without work for long.
  static let measuringLength = 8

  /// The most values of a thread's share of a chunk, where that leaves it four blocks.
  private static let valuesAThread = 1 << 17

  /// The number of sample frames that are read at a time: eight blocks a thread, down to four where there are many channels
  /// or a high rate.
  ///
  /// The more blocks, the less often threads wait for each other; the fewer, the less memory it takes.
  package static func chunkLength(_ geometry: STFTGeometry, channelCount: Int, _ team: ThreadTeam) -> Int {
    let block = length * geometry.hopLength
    return min(8, max(4, valuesAThread / (block * channelCount))) * team.count * block
  }

  /// The first frame that has not been taken.
  package private(set) var next = -1
  private let length: Int
  private let lastCentre: Int

  /// Creates the blocks of a clip.
  ///
  /// - Parameter length: The number of frames of a block.
  /// - Parameter lastCentre: The index of the last frame whose centre lies inside the clip; the frames after it belong to
  ///   its block, as they take levels from it. `nil` where it is not known.
  package init(length: Int = Self.length, lastCentre: Int? = nil) {
    self.length = length
    self.lastCentre = lastCentre ?? .max
  }

  /// Takes the blocks that are whole.
  ///
  /// - Parameters:
  ///   - ready: The frames that can be computed.
  ///   - isEnd: Whether there will be no more: then all of them are taken.
  package mutating func take(from ready: Range<Int>, isEnd: Bool) -> [Range<Int>] {
    var blocks: [Range<Int>] = []
    while next < ready.upperBound {
      var end = next + length
      if end > lastCentre { end = .max }
      guard isEnd || end <= ready.upperBound else { break }
      blocks.append(next..<min(end, ready.upperBound))
      next = blocks[blocks.count - 1].upperBound
    }
    return blocks
  }
}

/// Reads a clip chunk by chunk, the next one while the last is worked on.
package final class ReadAhead {
  /// The chunk that was read last; no frames at the end of the clip.
  package private(set) var chunk: FrameBuffer

  private let source: any FrameSource
  private let observe: (FrameBuffer) -> Void
  private var next: FrameBuffer

  /// Goes to the start of a clip and reads its first chunk.
  ///
  /// - Parameters:
  ///   - source: The clip.
  ///   - chunkLength: The number of frames read at a time.
  ///   - observe: Sees each chunk as it is read, before it is the current one.
  package init(
    _ source: any FrameSource, chunkLength: Int, observe: @escaping (FrameBuffer) -> Void = { _ in }
  )
    throws
  {
    self.source = source
    self.observe = observe
    chunk = FrameBuffer(channelCount: source.channelCount, capacity: chunkLength)
    next = chunk
    try source.rewind()
    try read()
    advance()
  }

  /// The piece of work that reads the next chunk.
  package var job: ThreadTeam.Job { { [self] _ in try read() } }

  /// Makes the next chunk, whose ``job`` is done, the current one.
  package func advance() { swap(&chunk, &next) }

  private func read() throws {
    if try source.read(into: &next) > 0 { observe(next) }
  }
}
