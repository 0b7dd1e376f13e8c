import Foundation

/// The exit statuses of the program, after `sysexits.h`.
enum ProgramStatus: Int32, Comparable, Codable, Sendable {
  /// All done.
  case done = 0
  /// A file is not as it was checked for.
  case checkFailed = 1
  /// The command line is wrong, or asks for something impossible.
  case usage = 64
  /// An input is not audio, damaged, or does not fit the others.
  case data = 65
  /// An input cannot be opened.
  case noInput = 66
  /// An error of the program itself.
  case software = 70
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// Interrupted by a signal.
  case interrupted = 130

  static func < (a: ProgramStatus, b: ProgramStatus) -> Bool { a.rawValue < b.rawValue }

  /// Ends the process.
  func exit() -> Never { Foundation.exit(rawValue) }
}
