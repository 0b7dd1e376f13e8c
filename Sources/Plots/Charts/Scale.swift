import Foundation

/// The positions of values along an axis, linear or logarithmic.
public struct Scale: Hashable, Sendable {
  /// The value at the start.
  public let lower: Double
  /// The value at the end.
  public let upper: Double
  /// Whether equal ratios, rather than equal differences, have equal distances.
  public let isLogarithmic: Bool

  /// A linear scale.
  ///
  /// - Precondition: The ends are finite and rise.
  public static func linear(_ range: ClosedRange<Double>) -> Scale { Scale(range, isLogarithmic: false) }

  /// A logarithmic scale.
  ///
  /// - Precondition: The ends are finite, positive, and rise.
  public static func logarithmic(_ range: ClosedRange<Double>) -> Scale { Scale(range, isLogarithmic: true) }

  private init(_ range: ClosedRange<Double>, isLogarithmic: Bool) {
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite && range.lowerBound < range.upperBound,
      "a scale needs two finite ends that rise, found \(range)")
    precondition(!isLogarithmic || range.lowerBound > 0, "a logarithmic scale begins above 0, found \(range)")
    (lower, upper, self.isLogarithmic) = (range.lowerBound, range.upperBound, isLogarithmic)
  }

  /// The position of a value: 0 at the start, 1 at the end, below 0 or above 1 outside.
  public func share(of value: Double) -> Double {
    isLogarithmic
      ? log(max(value, .leastNormalMagnitude) / lower) / log(upper / lower)
      : (value - lower) / (upper - lower)
  }

  /// The value at a position.
  public func value(at share: Double) -> Double {
    isLogarithmic ? lower * pow(upper / lower, share) : lower + share * (upper - lower)
  }

  /// Round values within the scale, about `count` of them at most.
  public func ticks(atMost count: Int) -> [Double] {
    guard isLogarithmic else { return Self.multiples(of: step(atMost: count), lower, upper) }
    for digits in [[1.0, 2, 5], [1, 3], [1]] {
      let decades = Int(log10(lower).rounded(.down))...Int(log10(upper).rounded(.up))
      let found = decades.flatMap { decade in digits.map { $0 * pow(10, Double(decade)) } }
        .filter { share(of: $0) > -1e-9 && share(of: $0) < 1 + 1e-9 }
      if found.count <= max(2, count) { return found }
    }
    return [lower, upper]
  }

  /// The smallest round step of which at most `count` fit into the scale.
  func step(atMost count: Int) -> Double {
    let least = (upper - lower) / Double(max(1, count))
    let power = pow(10, log10(least).rounded(.down))
    return ([1.0, 2, 5, 10].first { $0 * power >= least * (1 - 1e-9) } ?? 10) * power
  }

  static func multiples(of step: Double, _ lower: Double, _ upper: Double) -> [Double] {
    let first = (lower / step - 1e-9).rounded(.up)
    let last = (upper / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 1000 else { return [] }
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }
}

/// An axis of a chart: its scale, its unit and its title.
public struct Axis: Hashable, Sendable {
  /// The positions of values.
  public var scale: Scale
  /// The quantity of the values, which decides about labels.
  public var quantity: Quantity
  /// The text beside the axis, with the unit.
  public var title: String

  /// The quantity along an axis.
  public enum Quantity: Hashable, Sendable {
    /// Frequencies in Hz; thousands are labelled with a k.
    case frequency
    /// Times in seconds, labelled in milliseconds under 0.2 s, and in minutes and seconds from two minutes on.
    case time
    /// Anything else, such as decibels.
    case number
  }

  /// Creates an axis.
  public init(_ scale: Scale, _ quantity: Quantity, title: String) {
    (self.scale, self.quantity, self.title) = (scale, quantity, title)
  }

  /// A logarithmic axis of frequencies in Hz.
  public static func frequency(_ range: ClosedRange<Double> = 20...20_000) -> Axis {
    Axis(.logarithmic(range), .frequency, title: "Frequency (Hz)")
  }

  /// A linear axis of times from 0 to a duration in seconds.
  public static func time(_ duration: Double) -> Axis {
    let end = max(duration, 1e-4)
    let unit = end < thousandthsUntil ? "ms" : end < minutesFrom ? "s" : "min:s"
    return Axis(.linear(0...end), .time, title: "Time (\(unit))")
  }

  /// A linear axis of decibels.
  public static func decibels(_ range: ClosedRange<Double>, title: String = "Level (dB)") -> Axis {
    Axis(.linear(range), .number, title: title)
  }

  private static let minutesFrom = 120.0
  private static let thousandthsUntil = 0.2

  /// Round values along the axis, about `count` of them at most.
  public func ticks(atMost count: Int) -> [Double] {
    guard quantity == .time, scale.upper >= Self.minutesFrom else { return scale.ticks(atMost: count) }
    let least = (scale.upper - scale.lower) / Double(max(1, count))
    let steps = [10.0, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400]
    return Scale.multiples(of: steps.first { $0 >= least } ?? least, scale.lower, scale.upper)
  }

  /// The label of a value.
  public func label(_ value: Double) -> String {
    switch quantity {
    case .frequency:
      return value >= 1000 ? Markup.number(value / 1000) + "k" : Markup.number(value)
    case .time where scale.upper >= Self.minutesFrom:
      let seconds = Int(value.rounded())
      return "\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    case .time where scale.upper < Self.thousandthsUntil: return Markup.number(value * 1000)
    case .time, .number:
      return Markup.number(value).replacingOccurrences(of: "-", with: "−")
    }
  }
}
