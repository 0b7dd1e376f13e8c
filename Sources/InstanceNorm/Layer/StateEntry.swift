#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One entry of a layer's state dictionary.
public enum StateEntry<Scalar: Equatable & Sendable>: Equatable, Sendable {
  /// A tensor of shape (C).
  case values([Scalar])
  /// An integer of shape (), such as `num_batches_tracked`.
  case count(Int)
}

/// An error of a state dictionary that does not fit a layer; it names every key that is missing, unexpected or
/// of the wrong size.
public struct StateError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The whole message.
  public let description: String

  /// The whole message.
  public var errorDescription: String? { description }

  init(_ problems: [String]) {
    description = "Error(s) in loading the state dictionary: " + problems.joined(separator: "; ")
  }
}
