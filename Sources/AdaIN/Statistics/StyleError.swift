public import Foundation
public import Tensors

/// An error for styles that cannot be combined; it says what was expected and what was found.
public enum StyleError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// Shapes that do not fit each other.
  case shape(ShapeError)
  /// Weights that cannot be normalised; the text names expected and found.
  case weights(String)

  /// The whole message.
  public var description: String {
    switch self {
    case .shape(let error): error.description
    case .weights(let text): text
    }
  }

  /// The whole message.
  public var errorDescription: String? { description }
}
