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
}
