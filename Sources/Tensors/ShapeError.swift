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
