/// A level in dB relative to full scale as a fixed-point number with a step of 2⁻¹⁶ dB.
///
/// 0 dB is a mean square of 1 (a full-scale sine has −3.01 dB). Sums of fixed-point levels are exact, so
/// statistics do not depend on the order in which frames are added.
public struct FixedLevel: Hashable, Comparable, Sendable {
  /// The level in steps of 2⁻¹⁶ dB.
  public var steps: Int32

  /// The number of steps in 1 dB.
  public static let stepsPerDecibel: Int32 = 65536

  /// The lowest level, −120 dB: silence.
  public static let floor = FixedLevel(steps: -120 * stepsPerDecibel)

  /// The highest level, +200 dB.
  public static let ceiling = FixedLevel(steps: 200 * stepsPerDecibel)

  /// Creates a level from its number of steps.
  public init(steps: Int32) {
    self.steps = steps
  }

  /// Creates the level nearest to a number of dB.
  public init(decibels: Double) {
    let limited = min(200, max(-120, decibels))
    steps = Int32((limited * Double(Self.stepsPerDecibel)).rounded())
  }

  /// The level in dB.
  public var decibels: Double { Double(steps) / Double(Self.stepsPerDecibel) }

  /// Whether one level lies below another.
  public static func < (a: FixedLevel, b: FixedLevel) -> Bool { a.steps < b.steps }
}
