import ArgumentParser
import SoundFiles

/// A style as it stands on the command line: `STYLE` or `STYLE=WEIGHT`.
struct StyleArgument: Hashable, Sendable {
  /// The path of a sound file, a profile or a folder, or `-`.
  var path: String
  /// The sound files and profiles of a folder, which are pooled; empty for a file.
  var members: [String] = []
  /// The weight among several styles.
  var weight: Double
  /// The name of the style in the names of a grid's results.
  var label: String
  /// Whether it only replaces the dynamics of all other styles.
  var isDynamics = false

  /// Creates a style.
  init(path: String, weight: Double, label: String? = nil, members: [String] = []) {
    self.path = path
    self.members = members
    self.weight = weight
    self.label = label ?? Self.label(of: Paths.name(path))
  }

  /// Reads an argument.
  ///
  /// If a file has the whole argument as its name, no weight is read. A text after the last `=` that is no number
  /// belongs to the name.
  ///
  /// - Parameters:
  ///   - argument: The text of the argument.
  ///   - option: The option that the argument belongs to.
  ///   - exists: Whether a file of a name exists.
  /// - Throws: ``UsageError`` for an empty name and for weights that are negative or not finite.
  init(_ argument: String, option: String = "--style", exists: (String) -> Bool) throws(UsageError) {
    self.init(path: argument, weight: 1)
    guard !argument.isEmpty else { throw UsageError("\(option): expected a file name, found nothing") }
    guard !exists(argument), let sign = argument.lastIndex(of: "=") else { return }
    guard let number = Double(argument[argument.index(after: sign)...]) else { return }
    guard number >= 0 && number.isFinite else {
      throw UsageError("\(option) \(argument): expected a weight of at least 0, found \(number)")
    }
    self.init(path: String(argument[..<sign]), weight: number)
    guard !path.isEmpty else { throw UsageError("\(option) \(argument): expected a file name before '='") }
  }

  /// Reads the style of dynamics, which has no weight.
  ///
  /// - Throws: ``UsageError`` for an empty name and for folders without sound files.
  init(
    dynamics path: String, isFolder: (String) -> Bool, files: (String) -> [String]
  ) throws(UsageError) {
    guard !path.isEmpty else { throw UsageError("--dynamics-style: expected a file name, found nothing") }
    self.init(path: path, weight: 0)
    isDynamics = true
    guard isFolder(path) else { return }
    members = files(path).map { Paths.join(path, $0) }
    guard !members.isEmpty else {
      throw UsageError(
        "--dynamics-style \(path): expected sound files or profiles in this folder, found none")
    }
  }

  /// Reads all styles of a command line.
  ///
  /// - Throws: ``UsageError`` where there is none, where all weights are 0, or where their sum is not finite.
  static func all(
    _ arguments: [String], option: String = "--style", exists: (String) -> Bool
  ) throws(UsageError) -> [StyleArgument] {
    guard !arguments.isEmpty else {
      throw UsageError("expected at least one style (--style FILE)")
    }
    var styles: [StyleArgument] = []
    for argument in arguments { styles.append(try StyleArgument(argument, option: option, exists: exists)) }
    guard styles.contains(where: { $0.weight > 0 }) else {
      throw UsageError("\(option): expected at least one weight above 0, found only 0")
    }
    guard styles.reduce(0, { $0 + $1.weight }).isFinite else {
      throw UsageError("\(option): expected weights with a finite sum")
    }
    return styles
  }

  /// A name without its extension, with slashes replaced by hyphens.
  private static func label(of name: String) -> String {
    if name == Paths.standardStream { return "standard-input" }
    return Paths.withoutSuffix(name).split(separator: "/").joined(separator: "-")
  }

  /// The files that the style is learned from.
  var files: [String] { members.isEmpty ? [path] : members }

  /// The styles that this argument stands for.
  ///
  /// A file is one style. A folder is one style with its sound files and profiles as ``members``; in a grid each of
  /// these files is a style.
  func expanded(
    isGrid: Bool, option: String = "--style", isFolder: (String) -> Bool, files: (String) -> [String]
  ) throws(UsageError) -> [StyleArgument] {
    guard isFolder(path) else { return [self] }
    let inside = files(path)
    guard !inside.isEmpty else {
      throw UsageError("\(option) \(path): expected sound files or profiles in this folder, found none")
    }
    guard isGrid else {
      return [
        StyleArgument(
          path: path, weight: weight, label: label, members: inside.map { Paths.join(path, $0) })
      ]
    }
    return inside.map {
      StyleArgument(path: Paths.join(path, $0), weight: weight, label: Self.label(of: $0))
    }
  }
}
