import Foundation

/// The time of one operation at one size.
struct Cost {
  let name: String
  let size: Size
  /// The median time of the operation.
  let seconds: Double
  /// The median time of a memory copy of the content.
  let copySeconds: Double

  var nanosecondsPerValue: Double { seconds * 1e9 / Double(size.channels * size.length) }

  static let header = pad("operation", 26) + "   C       L      time µs   ns/value   copies"

  var line: String {
    Self.pad(name, 26)
      + String(
        format: "%4d %7d %12.1f %10.3f %8.1f", size.channels, size.length, seconds * 1e6, nanosecondsPerValue,
        seconds / copySeconds)
  }

  var json: String {
    "{\"name\":\"\(name)\",\"channels\":\(size.channels),\"length\":\(size.length),\"seconds\":\(seconds),"
      + "\"nanosecondsPerValue\":\(nanosecondsPerValue),\"copySeconds\":\(copySeconds)}"
  }

  static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}

/// How an operation's time grows: as `length^a · channels^b` between the smallest and the largest measured.
struct Growth {
  let name: String
  let length: Double?
  let channels: Double?

  /// The growth of every operation that was measured at several lengths or numbers of channels.
  static func all(_ costs: [Cost]) -> [Growth] {
    var names: [String] = []
    for cost in costs where !names.contains(cost.name) { names.append(cost.name) }
    return names.compactMap { name in
      let own = costs.filter { $0.name == name }
      let growth = Growth(
        name: name, length: exponent(own, \.length, same: \.channels),
        channels: exponent(own, \.channels, same: \.length))
      return growth.length == nil && growth.channels == nil ? nil : growth
    }
  }

  /// The slope of log time over log extent among costs that share the other extent, as most of them do.
  private static func exponent(
    _ costs: [Cost], _ extent: KeyPath<Size, Int>, same other: KeyPath<Size, Int>
  ) -> Double? {
    let groups = Dictionary(grouping: costs) { $0.size[keyPath: other] }.values
    guard let group = groups.max(by: { $0.count < $1.count }), group.count > 1 else { return nil }
    let sorted = group.sorted { $0.size[keyPath: extent] < $1.size[keyPath: extent] }
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let ratio = Double(last.size[keyPath: extent]) / Double(first.size[keyPath: extent])
    return log(last.seconds / first.seconds) / log(ratio)
  }

  static let header = Cost.pad("time grows as", 26) + " L^a     C^b"

  var line: String {
    func text(_ exponent: Double?) -> String { exponent.map { String(format: "%5.2f", $0) } ?? "    –" }
    return Cost.pad(name, 24) + text(length) + "   " + text(channels)
  }

  var json: String {
    func text(_ exponent: Double?) -> String { exponent.map { "\($0)" } ?? "null" }
    return "{\"name\":\"\(name)\",\"lengthExponent\":\(text(length)),\"channelsExponent\":\(text(channels))}"
  }
}
