import Foundation

/// Text on standard error, and results on standard output.
enum Console {
  /// Whether standard error is a terminal.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether standard output is a terminal.
  static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The width of the terminal in columns; 80 where it is unknown.
  static var width: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Prints an error.
  static func error(_ message: String) { note("Error: \(message)") }

  /// Prints a warning.
  static func warning(_ message: String) { note("Warning: \(message)") }

  /// Prints a line on standard error.
  static func note(_ line: String) { raw(line + "\n") }

  /// Prints text on standard error as it is.
  ///
  /// Where nobody takes it, nothing is lost but the words.
  static func raw(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

  /// Prints a line on standard output.
  ///
  /// - Throws: Where it cannot be written; the program ends with the status of failed writing then.
  static func result(_ text: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
  }

  /// Prints a value as JSON on standard output, with sorted keys.
  static func result(json value: some Encodable) throws {
    try result(JSONText.encode(value))
  }
}
