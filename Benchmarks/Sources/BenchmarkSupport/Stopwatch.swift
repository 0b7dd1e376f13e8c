/// Times two pieces of work in turn, so that both meet the same load on the machine.
public enum Stopwatch {
  /// The median times of one run of each, in seconds.
  ///
  /// - Parameter seconds: The least time that goes into the measurement; there are at least five rounds.
  public static func medians(
    seconds: Double, _ first: () -> Void, _ second: () -> Void
  ) -> (first: Double, second: Double) {
    first()
    second()
    let repeats = max(1, Int(2e-4 / max(time(1, first), 1e-7)))
    var firstTimes: [Double] = []
    var secondTimes: [Double] = []
    var spent = 0.0
    while firstTimes.count < 5 || spent < seconds {
      let (one, other) = (time(repeats, first), time(repeats, second))
      firstTimes.append(one)
      secondTimes.append(other)
      spent += Double(repeats) * (one + other)
    }
    return (median(firstTimes), median(secondTimes))
  }

  private static func time(_ repeats: Int, _ work: () -> Void) -> Double {
    let elapsed = ContinuousClock().measure { for _ in 0..<repeats { work() } }.components
    return (Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18) / Double(repeats)
  }

  private static func median(_ times: [Double]) -> Double {
    let sorted = times.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
