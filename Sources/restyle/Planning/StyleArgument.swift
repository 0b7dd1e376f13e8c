import ArgumentParser

/// A style as it stands on the command line: `STYLE` or `STYLE=WEIGHT`.
struct StyleArgument: Hashable, Sendable {
  /// The path of a sound file or profile, or `-`.
  var path: String
  /// The weight among several styles.
  var weight: Double

  /// Creates a style.
  init(path: String, weight: Double) {
    self.path = path
    self.weight = weight
  }

  /// Reads an argument.
  ///
  /// What exists under the whole argument as its name wins over reading `=WEIGHT`. A text after the last `=` that
  /// is no number belongs to the name.
  ///
  /// - Parameters:
  ///   - argument: The text of the argument.
  ///   - exists: Whether there is a file of a name.
  /// - Throws: ``UsageError`` for an empty name and for weights that are negative or not finite.
  init(_ argument: String, exists: (String) -> Bool) throws(UsageError) {
    path = argument
    weight = 1
    guard !argument.isEmpty else { throw UsageError("--style: expected a file name, found nothing") }
    guard !exists(argument), let sign = argument.lastIndex(of: "=") else { return }
    guard let number = Double(argument[argument.index(after: sign)...]) else { return }
    guard number >= 0 && number.isFinite else {
      throw UsageError("--style \(argument): expected a weight of at least 0, found \(number)")
    }
    path = String(argument[..<sign])
    weight = number
    guard !path.isEmpty else { throw UsageError("--style \(argument): expected a file name before '='") }
  }

  /// Reads all styles of a command line.
  ///
  /// - Throws: ``UsageError`` where there is none, or where all weights are 0.
  static func all(_ arguments: [String], exists: (String) -> Bool) throws(UsageError) -> [StyleArgument] {
    guard !arguments.isEmpty else {
      throw UsageError("expected at least one style (--style FILE)")
    }
    var styles: [StyleArgument] = []
    for argument in arguments { styles.append(try StyleArgument(argument, exists: exists)) }
    guard styles.contains(where: { $0.weight > 0 }) else {
      throw UsageError("--style: expected at least one weight above 0, found only 0")
    }
    return styles
  }
}
