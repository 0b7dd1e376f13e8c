import Foundation

/// The mean measures of every treatment, as a table or as JSON.
struct Report {
  var measures: [(treatment: Treatment, mean: Measures)]
  var pairCount: Int

  /// A table in Markdown: each value, and in brackets its ratio to doing nothing.
  var table: String {
    let base = measures.first { $0.treatment == .content }?.mean
    var lines = ["| method | " + Measures.names.joined(separator: " | ") + " |"]
    lines.append("|---" + String(repeating: "|---", count: Measures.names.count) + "|")
    for (treatment, mean) in measures {
      let cells = mean.values.indices.map { index in
        let value = mean.values[index]
        let text = String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.3f", value)
        guard let base = base?.values[index], base > 0, treatment != .content else { return text }
        return text + String(format: " (%.2f)", value / base)
      }
      lines.append("| \(treatment.name) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  /// One object a line.
  func json() throws -> String {
    try measures.map { treatment, mean in
      var object: [String: Any] = ["method": treatment.name, "pairs": pairCount]
      for (name, value) in zip(Measures.names, mean.values) { object[name] = value }
      return String(
        decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self)
    }.joined(separator: "\n")
  }
}
