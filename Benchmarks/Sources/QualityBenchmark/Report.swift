import Foundation

/// The measures of every treatment, as a table or as JSON.
struct Report {
  var pairs: [ClipPair]
  var treatments: [Treatment]
  /// The measures of each pair, one a treatment.
  var all: [[Measures]]
  /// The mean score of each treatment's clips by its name, where it was measured.
  var naturalness: [String: Double]?

  private var means: [(treatment: Treatment, mean: Measures)] {
    treatments.enumerated().map { index, treatment in (treatment, Measures.mean(all.map { $0[index] })) }
  }

  /// A table of means in Markdown: each value, and in brackets its ratio to doing nothing.
  var table: String {
    let means = means
    let base = means.first { $0.treatment == .content }?.mean
    let names = Measures.names + (naturalness == nil ? [] : [Naturalness.column])
    var lines = ["| method | " + names.joined(separator: " | ") + " |"]
    lines.append("|---" + String(repeating: "|---", count: names.count) + "|")
    for (treatment, mean) in means {
      var cells = mean.values.indices.map { index in
        let value = mean.values[index]
        let text = String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.3f", value)
        guard let base = base?.values[index], base > 0, treatment != .content else { return text }
        return text + String(format: " (%.2f)", value / base)
      }
      if let score = naturalness?[treatment.name] { cells.append(String(format: "%.2f", score)) }
      lines.append("| \(treatment.name) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  /// The mean of each treatment, one object a line.
  func json() throws -> String {
    try means.map { treatment, mean in
      var about: [String: Any] = ["pairs": pairs.count]
      about[Naturalness.column] = naturalness?[treatment.name]
      return try Self.line(treatment, mean, about)
    }.joined(separator: "\n")
  }

  /// Every treatment of every pair, one object a line.
  func eachPair() throws -> String {
    try zip(pairs, all).enumerated().flatMap { index, entry in
      let (pair, measures) = entry
      return try zip(treatments, measures).map {
        try Self.line($0, $1, ["pair": index, "content": pair.content.name, "style": pair.style.name])
      }
    }.joined(separator: "\n")
  }

  private static func line(
    _ treatment: Treatment, _ measures: Measures, _ about: [String: Any]
  ) throws -> String {
    var object = about
    object["method"] = treatment.name
    for (name, value) in zip(Measures.names, measures.values) { object[name] = value }
    return String(
      decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self)
  }
}
