import Dispatch
import Foundation

/// Runs pieces of work on a number of threads.
///
/// The pieces have nothing to do with each other, and what each computes does not depend on the thread: results are the
/// same bits for any number of threads. This is the only file that starts threads.
struct ThreadTeam: Sendable {
  /// A piece of work; it is told which of the ``count`` threads runs it, to find that thread's scratch memory.
  typealias Job = (_ thread: Int) throws -> Void

  /// The largest number of threads: the pieces of one step feed no more.
  static let largestCount = 32

  /// The number of threads.
  let count: Int

  /// Creates a team of at most a number of threads; `nil` is one for each active processor.
  init(_ threads: Int?) {
    count = max(1, min(threads ?? ProcessInfo.processInfo.activeProcessorCount, Self.largestCount))
  }

  /// Runs all pieces and returns when they are done; those that come first start first.
  ///
  /// - Throws: What the first of the pieces that failed has thrown.
  func run(_ jobs: [Job]) throws {
    let threads = min(count, jobs.count)
    guard threads > 1 else {
      for job in jobs { try job(0) }
      return
    }
    let queue = JobQueue(jobs)
    DispatchQueue.concurrentPerform(iterations: threads) { queue.work(thread: $0) }
    if let failure = queue.failure { throw failure }
  }

  /// Runs work on a thread of its own and passes on what it tells, and its result.
  ///
  /// Where nobody listens any more, telling throws `CancellationError`, which ends the work.
  static func events<Result: Sendable>(
    _ work: @escaping @Sendable ((RestyleProgress) throws -> Void) throws -> Result
  ) -> AsyncThrowingStream<RestyleEvent<Result>, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
      DispatchQueue.global(qos: .userInitiated).async {
        do {
          let result = try work { progress in
            if case .terminated = continuation.yield(.progress(progress)) { throw CancellationError() }
          }
          continuation.yield(.finished(result))
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
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
