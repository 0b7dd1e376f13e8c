import Foundation

/// One measurement.
struct Result {
  let name: String
  let shape: [Int]
  let scalar: String
  let threads: Int
  /// The median time of the operation.
  let seconds: Double
  /// The median time of a memory copy of the tensor.
  let copySeconds: Double
  /// The bytes that the operation reads and writes at least.
  let bytes: Int
  /// The operation's time in copies.
  var ratio: Double { seconds / copySeconds }
  /// Bytes read and written per second, in units of 10⁹.
  var gigabytesPerSecond: Double { Double(bytes) / seconds * 1e-9 }

  static let header =
    pad("name", 22) + pad("shape", 18) + pad("scalar", 9) + "threads      time µs   GB/s   copies"

  /// A line of the table.
  var line: String {
    Self.pad(name, 22) + Self.pad("(" + shape.map(String.init).joined(separator: ", ") + ")", 18)
      + Self.pad(scalar, 9)
      + String(format: "%7d %12.1f %6.1f %8.2f", threads, seconds * 1e6, gigabytesPerSecond, ratio)
  }

  /// One JSON object in a line.
  var json: String {
    let extents = shape.map(String.init).joined(separator: ",")
    return "{\"name\":\"\(name)\",\"shape\":[\(extents)],\"scalar\":\"\(scalar)\",\"threads\":\(threads),"
      + "\"seconds\":\(seconds),\"copySeconds\":\(copySeconds),\"ratio\":\(ratio),"
      + "\"gigabytesPerSecond\":\(gigabytesPerSecond)}"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
