/// How much work tests with long data may be.
public enum TestScale {
  /// The larger number in optimised builds, the smaller one without optimisation, as under the sanitizers, where the same
  /// work takes a hundred times as long.
  public static func size(_ optimized: Int, unoptimized: Int) -> Int {
    #if DEBUG
    unoptimized
    #else
    optimized
    #endif
  }
}
