import Foundation

/// Runs numbered pieces of work on several threads.
enum Workers {
  /// Runs `work(0)`, `work(1)`, … `work(count − 1)`, begun in this order, on as many threads as jobs.
  ///
  /// - Parameters:
  ///   - count: The number of pieces.
  ///   - jobs: The number of threads; 1 runs everything on the calling one.
  ///   - work: A piece of work; false begins no further ones.
  static func run(_ count: Int, jobs: Int, _ work: @escaping @Sendable (Int) -> Bool) {
    let next = Guarded(0)
    @Sendable func loop() {
      while let index = next.with({ next -> Int? in
        guard next < count else { return nil }
        next += 1
        return next - 1
      }) {
        if !work(index) { next.with { $0 = count } }
      }
    }
    let done = DispatchGroup()
    for _ in 1..<max(1, min(jobs, count)) { start(loop, in: done) }
    loop()
    done.wait()
  }

  /// Does something while other work goes on, and waits for both.
  static func run<Found>(beside other: @escaping @Sendable () -> Void, _ body: () -> Found) -> Found {
    let done = DispatchGroup()
    start(other, in: done)
    defer { done.wait() }
    return body()
  }

  private static func start(_ work: @escaping @Sendable () -> Void, in group: DispatchGroup) {
    group.enter()
    let thread = Thread {
      work()
      group.leave()
    }
    // The main thread's size: analysis keeps its buffers on the heap, but libraries may not.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// The results of pieces of work, in order; nil for those that were not begun.
  static func map<Value: Sendable>(
    _ count: Int, jobs: Int, _ work: @escaping @Sendable (Int) throws -> Value
  ) -> [Result<Value, any Error>?] {
    let results = Guarded([Result<Value, any Error>?](repeating: nil, count: count))
    run(count, jobs: jobs) { index in
      let result = Result { try work(index) }
      results.with { $0[index] = result }
      return true
    }
    return results.with { $0 }
  }
}
