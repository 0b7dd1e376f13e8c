import AudioFeatures
import Dispatch

/// Runs numbered pieces of work on several threads.
enum Workers {
  /// Runs `work(0)`, `work(1)`, … `work(count − 1)`, begun in this order, on at most `jobs` threads.
  ///
  /// Where the system has fewer threads, those do all the work; the calling thread is one of them.
  ///
  /// - Parameters:
  ///   - count: The number of pieces.
  ///   - jobs: The number of threads; 1 runs everything on the calling thread.
  ///   - work: A piece of work; after one that returns false, no further ones are begun.
  static func run(_ count: Int, jobs: Int, _ work: @escaping @Sendable (Int) -> Bool) {
    let numbers = Numbers(count)
    @Sendable func loop() {
      while let index = numbers.next() {
        if !work(index) { numbers.stop() }
      }
    }
    let done = DispatchGroup()
    for _ in 1..<max(1, min(jobs, count)) {
      guard start(loop, in: done) else { break }
    }
    loop()
    done.wait()
  }

  /// Runs `body` on the calling thread and other work beside it, and waits for both.
  ///
  /// Without a thread for it the other work runs first.
  static func run<Found>(beside other: @escaping @Sendable () -> Void, _ body: () -> Found) -> Found {
    let done = DispatchGroup()
    if !start(other, in: done) { other() }
    defer { done.wait() }
    return body()
  }

  /// Starts work on a thread of its own, as a member of a group.
  ///
  /// - Returns: Whether there was a thread.
  private static func start(_ work: @escaping @Sendable () -> Void, in group: DispatchGroup) -> Bool {
    group.enter()
    let hasBegun = Threads.start {
      work()
      group.leave()
    }
    if !hasBegun { group.leave() }
    return hasBegun
  }

  /// The results of pieces of work in order; `nil` for those that were not begun.
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

/// The order in which clips are begun; contents of several clips are measured shortly before they are needed.
struct BatchOrder: Sendable {
  /// The clips of each content, by number.
  let contents: [Range<Int>]
  /// The steps in order.
  let steps: [Step]

  /// A step of the work.
  enum Step: Hashable, Sendable {
    /// Measure a content of several clips.
    case measure(Int)
    /// Restyle a clip of a content.
    case clip(Int, content: Int)
  }

  /// Orders the clips.
  ///
  /// - Parameters:
  ///   - names: The content of each clip; clips of one content stand together.
  ///   - ahead: The number of contents by which measuring is ahead of restyling.
  init(_ names: [String], ahead: Int) {
    var contents: [Range<Int>] = []
    for index in names.indices {
      if let last = contents.last, names[last.lowerBound] == names[index] {
        contents[contents.count - 1] = last.lowerBound..<index + 1
      } else {
        contents.append(index..<index + 1)
      }
    }
    var steps: [Step] = []
    func measure(_ content: Int) {
      if contents.indices.contains(content), contents[content].count > 1 { steps.append(.measure(content)) }
    }
    for content in 0..<ahead { measure(content) }
    for (content, clips) in contents.enumerated() {
      steps += clips.map { .clip($0, content: content) }
      measure(content + ahead)
    }
    self.contents = contents
    self.steps = steps
  }
}

/// Passes on results in the order of their numbers, each as soon as all earlier ones have arrived.
final class InOrder<Value: Sendable>: Sendable {
  private let state: Guarded<(waiting: [Int: Value], next: Int)>
  private let take: @Sendable (Value) -> Void

  /// Creates a queue that begins with number 0.
  ///
  /// - Parameter take: Takes the results in order, one at a time.
  init(_ take: @escaping @Sendable (Value) -> Void) {
    state = Guarded(([:], 0))
    self.take = take
  }

  /// Adds the result with a number, and passes on all results that are next in order.
  func add(_ value: Value, at index: Int) {
    state.with { state in
      state.waiting[index] = value
      while let value = state.waiting.removeValue(forKey: state.next) {
        take(value)
        state.next += 1
      }
    }
  }

  /// Passes on the results that still wait for earlier ones, in order: after the end of the work those do not come.
  func flush() {
    state.with { state in
      for index in state.waiting.keys.sorted() {
        guard let value = state.waiting.removeValue(forKey: index) else { continue }
        take(value)
        state.next = index + 1
      }
    }
  }
}

/// A value that the first thread that needs it makes, while others wait for it.
final class Once<Value: Sendable>: Sendable {
  private let result = Guarded<Result<Value, any Error>?>(nil)
  private let make: @Sendable () throws -> Value

  init(_ make: @escaping @Sendable () throws -> Value) {
    self.make = make
  }

  /// Returns the value, which the first call makes; a failed attempt throws the same error each time.
  func get() throws -> Value {
    try result.with { result in
      let known = result ?? Result { try make() }
      result = known
      return known
    }.get()
  }

  /// Releases the value's memory; a later call of ``get()`` would make it again.
  func release() {
    result.with { $0 = nil }
  }
}
