/// Times two pieces of work in turn, so that both meet the same load on the machine.
public enum Stopwatch {
  /// The median times of one run of each, in seconds.
  ///
  /// Each turn runs one piece of work several times, the first time unmeasured: both find the caches as they left them.
  ///
  /// - Parameter seconds: The least time that goes into the measurement; there are at least five rounds.
  public static func medians(
    seconds: Double, _ first: () -> Void, _ second: () -> Void
  ) -> (first: Double, second: Double) {
    first()
    second()
    let repeats = (turn(time(1, first)), turn(time(1, second)))
    var firstTimes: [Double] = []
    var secondTimes: [Double] = []
    let start = ContinuousClock.now
    while firstTimes.count < 5 || start.duration(to: .now) < .seconds(seconds) {
      first()
      firstTimes.append(time(repeats.0, first))
      second()
      secondTimes.append(time(repeats.1, second))
    }
    return (median(firstTimes), median(secondTimes))
  }

  /// How often work is repeated in a turn of about 20 ms.
  private static func turn(_ seconds: Double) -> Int { max(1, Int(20e-3 / max(seconds, 1e-7))) }

  /// The time of one of several runs.
  private static func time(_ repeats: Int, _ work: () -> Void) -> Double {
    let elapsed = ContinuousClock().measure { for _ in 0..<repeats { work() } }
    return elapsed / .seconds(repeats)
  }

  private static func median(_ times: [Double]) -> Double {
    let sorted = times.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
