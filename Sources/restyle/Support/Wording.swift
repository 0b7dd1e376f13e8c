import Foundation

/// Numbers as people read them.
enum Wording {
  /// A level with one decimal and a unit; a dash without unit for none in a cell of a table.
  static func cell(_ value: Double?, _ unit: String) -> String {
    value?.isFinite == true ? level(value, unit).withMinus : "–"
  }

  /// A level with one decimal and a unit; a dash for none.
  static func level(_ value: Double?, _ unit: String) -> String {
    guard let value, value.isFinite else { return "– \(unit)" }
    return String(format: "%.1f ", value) + unit
  }

  /// A gain in dB with its sign.
  static func gain(_ value: Double) -> String { String(format: "%+.1f dB", value) }

  /// A share of 0 to 1 in per cent.
  static func percent(_ share: Double) -> String {
    let value = share * 100
    return (value > 0 && value < 0.1 ? "under 0.1" : String(format: value < 10 ? "%.1f" : "%.0f", value))
      + " %"
  }

  /// A duration as `m:ss.mmm`, with hours where there are some.
  static func duration(_ seconds: Double) -> String {
    if seconds > 0, seconds < 0.0005 { return "under 0:00.001" }
    let thousandths = Int((min(max(seconds, 0), 1e12) * 1000).rounded())
    let (total, rest) = (thousandths / 1000, thousandths % 1000)
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    let tail = String(format: "%02d.%03d", total % 60, rest)
    return hours > 0 ? "\(hours):" + String(format: "%02d:", minutes) + tail : "\(minutes):" + tail
  }

  /// A time in whole seconds as `m:ss`, with hours where there are some.
  static func time(_ seconds: Double) -> String {
    let total = Int(min(seconds, 1e9).rounded(.up))
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, total % 60)
      : String(format: "%d:%02d", minutes, total % 60)
  }

  /// A number with its noun.
  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
