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

  /// A text with control characters replaced by visible symbols, so that names and metadata cannot control the
  /// terminal.
  ///
  /// Line feeds and tabs stay. Marks of the direction of writing are replaced too.
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

  /// Prints text on standard error unchanged; errors of writing are ignored.
  static func raw(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

  /// Prints a line on standard output.
  ///
  /// - Throws: ``Failure`` with the status of failed writing where it cannot be written.
  static func result(_ text: String) throws { try write(visible(text)) }

  private static func write(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    } catch {
      throw Failure(.inputOutput, "standard output: cannot write all of the result; was it closed?")
    }
  }

  /// Prints a value as JSON on standard output, with sorted keys.
  ///
  /// Names keep all characters; those that could control a terminal are escaped.
  static func result(json value: some Encodable) throws { try write(escaped(JSONText.encode(value))) }

  /// JSON with `\uXXXX` in the place of the characters that ``visible(_:)`` replaces.
  ///
  /// The encoder itself escapes those below U+0020, and the line feeds between its lines stay.
  private static func escaped(_ json: String) -> String {
    guard json.unicodeScalars.contains(where: isControl) else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      if isControl(scalar) {
        text += String(format: "\\u%04x", scalar.value)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }
}

/// A progress bar in the last line of a terminal; without a terminal it prints nothing.
final class ProgressBar {
  private let isShown: Bool
  private let label: String
  private var lastUpdate = ContinuousClock.now - .seconds(1)
  private var isVisible = false
  private let start = ContinuousClock.now

  /// Creates a bar.
  ///
  /// - Parameters:
  ///   - label: The name of the work.
  ///   - isWanted: Whether to show the bar; it stays hidden where standard error is no terminal.
  init(_ label: String, isWanted: Bool) {
    self.label = label
    isShown = isWanted && Console.isTerminal
  }

  /// Shows the finished share, 0 to 1, and the remaining time; at most ten times a second.
  func update(_ fraction: Double, label: String? = nil) {
    update(fraction, label) { Self.rest(after: $0, done: fraction, left: 1 - fraction) }
  }

  /// Shows the finished share and the remaining time of a ledger.
  func update(_ ledger: WorkLedger, label: String) {
    update(ledger.share, label) { Self.rest(after: $0, done: ledger.done, left: ledger.left) }
  }

  private func update(_ fraction: Double, _ label: String?, rest: (Double) -> Double?) {
    guard isShown else { return }
    let now = ContinuousClock.now
    guard now - lastUpdate >= .milliseconds(100) else { return }
    lastUpdate = now
    isVisible = true
    let line = Self.line(
      Console.visible(label ?? self.label), fraction: fraction, rest: rest((now - start) / .seconds(1)),
      width: Console.width - 1)
    Console.raw("\r" + line)
  }

  /// Removes the bar.
  func clear() {
    guard isVisible else { return }
    isVisible = false
    Console.raw("\r" + String(repeating: " ", count: Console.width - 1) + "\r")
  }

  /// The remaining time in seconds at the present speed; `nil` in the first second, and while nothing is done.
  static func rest(after elapsed: Double, done: Double, left: Double) -> Double? {
    guard elapsed >= 1, done > 0, left >= 0 else { return nil }
    return elapsed * left / done
  }

  /// The line for a width in columns: label, bar, percentage, and remaining time.
  static func line(_ label: String, fraction: Double, rest: Double? = nil, width: Int) -> String {
    let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    let digits = String(Int(share * 100))
    let percent =
      String(repeating: " ", count: 4 - digits.count) + digits + "%"
      + (rest.map { " " + Wording.time($0) + " left" } ?? "")
    let room = max(0, width - percent.count)
    let barWidth = min(30, room / 2)
    guard barWidth >= 4 else { return String(percent.suffix(max(0, width))) }
    let filled = Int(share * Double(barWidth - 2))
    let bar =
      "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - 2 - filled) + "]"
    let labelWidth = room - barWidth - 1
    let short = label.count <= labelWidth ? label : "…" + label.suffix(max(0, labelWidth - 1))
    return short + String(repeating: " ", count: max(0, labelWidth - short.count)) + " " + bar + percent
  }
}
