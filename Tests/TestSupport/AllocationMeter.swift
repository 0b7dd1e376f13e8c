import CAllocationMeter

/// Measures the memory that a piece of work asks for on its own thread.
public enum AllocationMeter {
  /// Whether allocations can be seen: on Linux with glibc, without sanitizers.
  public static var isAvailable: Bool { CAllocationMeterIsAvailable() }

  /// Runs a piece of work and returns the size of its largest allocation, and the most bytes that it held at one time.
  public static func measure(_ work: () -> Void) -> (largest: Int, peak: Int) {
    CAllocationMeterStart()
    work()
    let seen = CAllocationMeterStop()
    return (Int(seen.largest), seen.peak)
  }

  /// Measures a piece of work up to three times, until it stays within bounds, and returns the last reading.
  ///
  /// What work needs, it takes each time; Swift's runtime takes pages of 16 KiB for types at any moment, once.
  public static func measure(
    largest: Int = .max, peak: Int = .max, _ work: () -> Void
  ) -> (largest: Int, peak: Int) {
    var seen = measure(work)
    for _ in 1..<3 where seen.largest > largest || seen.peak > peak { seen = measure(work) }
    return seen
  }
}
