/// Hands out results in the order of their numbers, each as soon as all earlier ones are there.
final class InOrder<Value: Sendable>: Sendable {
  private let state: Guarded<(waiting: [Int: Value], next: Int)>
  private let take: @Sendable (Value) -> Void

  /// Creates one that begins with number 0.
  ///
  /// - Parameter take: Takes the results, one at a time.
  init(_ take: @escaping @Sendable (Value) -> Void) {
    state = Guarded(([:], 0))
    self.take = take
  }

  /// Brings a result in.
  func add(_ value: Value, at index: Int) {
    state.with { state in
      state.waiting[index] = value
      while let value = state.waiting.removeValue(forKey: state.next) {
        take(value)
        state.next += 1
      }
    }
  }
}
