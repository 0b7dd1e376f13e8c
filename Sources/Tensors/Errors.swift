#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An error for data whose shape does not fit an operation; it says what was expected and what was found.
public struct ShapeError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The whole message, expected and found values included.
  public let description: String

  /// Creates an error with a message that names the expected and the found shape.
  public init(_ description: String) {
    self.description = description
  }

  /// The whole message.
  public var errorDescription: String? { description }
}

/// An error for a parameter outside the range that an operation accepts, such as a number read from a file.
public struct ParameterError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The parameter's name.
  public let name: String
  /// What was expected.
  public let expected: String
  /// What was found.
  public let found: String

  /// Creates an error.
  public init(_ name: String, expected: String, found: String) {
    self.name = name
    self.expected = expected
    self.found = found
  }

  /// The whole message.
  public var description: String { "expected \(expected) for \(name), found \(found)" }

  /// The whole message.
  public var errorDescription: String? { description }
}

/// Stops the program with a message where a caller breaks a documented precondition, in release builds as well.
///
/// The standard library's `precondition` drops its message in release builds.
@inlinable @inline(__always)
package func require(
  _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  if !condition { stop(message(), file: file, line: line) }
}

/// Stops the program with a message.
@usableFromInline @inline(never)
package func stop(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  fatalError(message, file: file, line: line)
}
