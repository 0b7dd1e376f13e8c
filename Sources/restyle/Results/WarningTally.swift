import AudioRestyle

/// The warnings of many clips, grouped by kind: each is told once, about the first clip, with the number of the
/// others.
struct WarningTally {
  private struct Group {
    /// About the first of those it concerns.
    var sentence: String
    /// What it concerns: contents, or styles.
    var noun: String
    var names: Set<String>

    var line: String {
      let others = names.count - 1
      return others > 0 ? "\(sentence) (and \(others) more \(noun)\(others == 1 ? "" : "s"))" : sentence
    }
  }

  private var groups: [String: Group] = [:]
  private var order: [String] = []

  /// Adds what a content, or its style, was found to be.
  mutating func add(_ warning: RestyleWarning, about content: String) {
    add(
      kind: warning.kind, warning.sentence(about: content), about: warning.style ?? content,
      noun: warning.style == nil ? "clip" : "style")
  }

  /// Adds a warning of any kind.
  mutating func add(kind: String, _ sentence: String, about name: String, noun: String) {
    if groups[kind] == nil {
      order.append(kind)
      groups[kind] = Group(sentence: sentence, noun: noun, names: [])
    }
    groups[kind]?.names.insert(name)
  }

  /// The number of kinds.
  var kindCount: Int { order.count }

  /// One line for each kind, those that concern most first; what does not fit into a number of lines is counted in the
  /// last.
  func lines(atMost most: Int) -> [String] {
    let sorted = order.compactMap { groups[$0] }.enumerated().sorted {
      ($1.element.names.count, $0.offset) < ($0.element.names.count, $1.offset)
    }.map(\.element)
    return BatchSummary.shortened(sorted.map(\.line), atMost: most) { "\($0) more kinds of warnings" }
  }
}
