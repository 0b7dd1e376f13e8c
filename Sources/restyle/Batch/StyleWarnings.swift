/// The warnings that are about styles rather than about a clip, and which of them have been given.
struct StyleWarnings: Sendable {
  private let names: [String]
  private var given: Set<String> = []

  /// No warning yet.
  ///
  /// - Parameter names: The names of the styles.
  init(_ names: [String]) {
    self.names = names
  }

  /// Whether a warning is about a style: those begin with its name.
  func isOfStyle(_ warning: String) -> Bool {
    names.contains { warning.hasPrefix($0 + " ") }
  }

  /// Whether a warning is given for the first time.
  mutating func isNew(_ warning: String) -> Bool { given.insert(warning).inserted }
}
