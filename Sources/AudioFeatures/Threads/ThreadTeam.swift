import Foundation
import Tensors

/// Runs pieces of work on a number of threads.
///
/// The pieces are independent of each other and of the thread that runs them, so results have the same bits for any
/// number of threads.
package struct ThreadTeam: Sendable {
  /// A piece of work of one step, with a state of its own.
  ///
  /// Its closure captures everything else that it needs. All of that is `Sendable`: values, and the states of threads.
  package struct Job: Sendable {
    fileprivate let state: ObjectIdentifier
    fileprivate let work: @Sendable (_ thread: Int) throws -> Void

    /// Creates a piece of work.
    ///
    /// - Parameters:
    ///   - state: The state, which no other piece of work of the step uses.
    ///   - work: The work, called with the state and the number of its thread, 0 to ``ThreadTeam/count`` − 1. No other
    ///     piece of work has this number at the same time.
    package init<State>(
      _ state: Exclusive<State>,
      _ work: @escaping @Sendable (_ state: inout State, _ thread: Int) throws -> Void
    ) {
      self.state = state.identity
      self.work = { thread in try state.use { try work(&$0, thread) } }
    }

    /// Creates a piece of work that does not need the number of its thread.
    package init<State>(
      _ state: Exclusive<State>, _ work: @escaping @Sendable (_ state: inout State) throws -> Void
    ) {
      self.init(state) { state, _ in try work(&state) }
    }
  }

  /// The largest number of threads; a step does not have enough pieces of work for more.
  static let largestCount = 32

  /// The number of threads.
  package let count: Int

  /// Creates a team of at most `threads` threads; nil stands for one thread for each active processor.
  package init(_ threads: Int?) {
    count = max(1, min(threads ?? ProcessInfo.processInfo.activeProcessorCount, Self.largestCount))
  }

  /// Runs the pieces of work of one step, started in order, and returns when all are done.
  ///
  /// On one thread the pieces run one after the other, and the first failure ends the run. Where the system has no
  /// further threads, fewer threads run the same pieces.
  ///
  /// - Precondition: No two pieces have the same state.
  /// - Throws: The error of the first piece, in order, that failed.
  package func run(_ jobs: [Job]) throws {
    require(
      Set(jobs.map(\.state)).count == jobs.count,
      "expected pieces of work with a state each, found one state twice")
    let threads = min(count, jobs.count)
    guard threads > 1 else {
      for job in jobs { try job.work(0) }
      return
    }
    let numbers = Numbers(jobs.count)
    let failed = Guarded<(index: Int, error: any Error)?>(nil)
    StepThreads.shared.run(threads) { thread in
      while let index = numbers.next() {
        do {
          try jobs[index].work(thread)
        } catch {
          failed.with { if index < $0?.index ?? .max { $0 = (index, error) } }
        }
      }
    }
    if let error = failed.with({ $0?.error }) { throw error }
  }
}

/// Hands out the numbers of pieces of work in order, each once.
package struct Numbers: Sendable {
  private let count: Int
  private let following = Guarded(0)

  /// The numbers from 0 on.
  package init(_ count: Int) {
    self.count = count
  }

  /// The next number; `nil` where all are handed out.
  package func next() -> Int? {
    following.with { next in
      guard next < count else { return nil }
      next += 1
      return next - 1
    }
  }

  /// Ends the handing out: ``next()`` then gives nil.
  package func stop() {
    following.with { $0 = count }
  }
}
