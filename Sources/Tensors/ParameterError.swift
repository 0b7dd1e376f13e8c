#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An error for a parameter outside what an operation takes, such as a number read from a file.
public struct ParameterError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The parameter.
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
