/// One progress bar for pieces of work that run at the same time.
final class BatchProgress: Sendable {
  private struct State {
    var bar: ProgressBar
    var shares: [Double]
    var done = 0.0
    var finishedCount = 0
  }

  private let state: Guarded<State>
  private let weights: [Double]
  private let total: Double

  /// Creates a bar.
  ///
  /// - Parameters:
  ///   - weights: How much each piece weighs, such as its duration.
  ///   - isWanted: Whether to show it at all.
  init(weights: [Double], isWanted: Bool) {
    self.weights = weights
    total = max(weights.reduce(0, +), .leastNormalMagnitude)
    state = Guarded(
      State(bar: ProgressBar("", isWanted: isWanted), shares: weights.map { _ in 0 }))
  }

  /// Notes how much of a piece is done, from 0 to 1.
  func update(_ index: Int, _ share: Double, name: String) {
    state.with { state in
      state.done += weights[index] * (share - state.shares[index])
      state.shares[index] = share
      let count = weights.count
      state.bar.update(
        state.done / total, label: count == 1 ? name : "\(state.finishedCount)/\(count) \(name)")
    }
  }

  /// Notes that a piece is finished, well or not.
  func finish(_ index: Int) {
    state.with { state in
      state.done += weights[index] * (1 - state.shares[index])
      state.shares[index] = 1
      state.finishedCount += 1
    }
  }

  /// Prints something where the bar was.
  func print(_ body: () -> Void) {
    state.with { state in
      state.bar.clear()
      body()
    }
  }

  /// Removes the bar.
  func clear() { print {} }
}
