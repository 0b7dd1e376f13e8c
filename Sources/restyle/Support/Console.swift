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
  static func note(_ line: String) { raw(visible(line) + "\n") }

  /// A text in which control characters stand as pictures: names and metadata must not steer the terminal.
  ///
  /// Line feeds and tabs stay. Marks that turn the direction of writing are shown as well.
  static func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case _ where !isControl(scalar): shown.append(scalar)
      case 0...0x1F: shown.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
      case 0x7F: shown.append("\u{2421}")
      default: shown.append("\u{FFFD}")
      }
    }
    return String(shown)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Prints text on standard error as it is.
  ///
  /// Where nobody takes it, nothing is lost but the words.
  static func raw(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

  /// Prints a line on standard output.
  ///
  /// - Throws: Where it cannot be written; the program ends with the status of failed writing then.
  static func result(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((visible(text) + "\n").utf8))
    } catch {
      throw Failure(.inputOutput, "standard output: cannot write all of the result; was it closed?")
    }
  }

  /// Prints a value as JSON on standard output, with sorted keys.
  static func result(json value: some Encodable) throws {
    try result(JSONText.encode(value))
  }
}
