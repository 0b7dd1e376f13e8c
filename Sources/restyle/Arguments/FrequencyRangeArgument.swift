import ArgumentParser

/// The value of `--range`: two frequencies in Hz, joined by a hyphen.
struct FrequencyRangeArgument: ExpressibleByArgument, Hashable, Sendable {
  var range: ClosedRange<Double>

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count == 2, let low = parts[0], let high = parts[1], low >= 0, low < high, high.isFinite
    else {
      return nil
    }
    range = low...high
  }
}
