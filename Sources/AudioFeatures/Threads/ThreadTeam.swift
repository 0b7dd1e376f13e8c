import Dispatch
import Foundation
import Tensors

/// Runs pieces of work on a number of threads.
///
/// The pieces have nothing to do with each other, and what each computes does not depend on the thread: results are the
/// same bits for any number of threads.
package struct ThreadTeam: Sendable {
  /// A piece of work of one step, with the state that it has for itself.
  ///
  /// What else it needs it captures, and all of that is `Sendable`: values, and states of threads.
  package struct Job: Sendable {
    fileprivate let state: ObjectIdentifier
    fileprivate let work: @Sendable (_ thread: Int) throws -> Void

    /// Creates a piece of work.
    ///
    /// - Parameters:
    ///   - state: What no other piece of work of the step uses.
    ///   - work: Is given the state and the number of the thread that runs it, 0 to ``ThreadTeam/count`` − 1; no other
    ///     piece of work has this number meanwhile.
    package init<State>(
      _ state: Exclusive<State>,
      _ work: @escaping @Sendable (_ state: inout State, _ thread: Int) throws -> Void
    ) {
      self.state = state.identity
      self.work = { thread in try state.use { try work(&$0, thread) } }
    }

    /// Creates a piece of work that needs not know its thread.
    package init<State>(
      _ state: Exclusive<State>, _ work: @escaping @Sendable (_ state: inout State) throws -> Void
    ) {
      self.init(state) { state, _ in try work(&state) }
    }
  }

  /// The largest number of threads: the pieces of one step feed no more.
  static let largestCount = 32

  /// The number of threads.
  package let count: Int

  /// Creates a team of at most a number of threads; `nil` is one for each active processor.
  package init(_ threads: Int?) {
    count = max(1, min(threads ?? ProcessInfo.processInfo.activeProcessorCount, Self.largestCount))
  }

  /// Runs the pieces of work of one step and returns when all are done; those that come first start first.
  ///
  /// On one thread they run one after the other, and the first that fails is the last.
  ///
  /// - Precondition: No two of them have the same state.
  /// - Throws: What the first of the pieces that failed has thrown.
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
    Threads.sideBySide(threads) { thread in
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

  /// Hands out no more.
  package func stop() {
    following.with { $0 = count }
  }
}

/// Starts threads: everything but the layer's rows runs on those that are started here.
package enum Threads {
  /// Runs work once for each of some numbers, at the same time as far as there are processors, and waits for all.
  ///
  /// The threads are those of the system's pool, which are at hand: for steps of milliseconds.
  static func sideBySide(_ count: Int, _ work: @Sendable (_ thread: Int) -> Void) {
    DispatchQueue.concurrentPerform(iterations: count, execute: work)
  }

  /// Starts work on a thread of its own, which ends with it: for whole clips, which may wait for disks and for each
  /// other.
  package static func start(_ work: @escaping @Sendable () -> Void) {
    let thread = Thread(block: work)
    // The main thread's size: analysis keeps its buffers on the heap, but libraries may not.
    thread.stackSize = 8 << 20
    thread.qualityOfService = .userInitiated
    thread.start()
  }
}
