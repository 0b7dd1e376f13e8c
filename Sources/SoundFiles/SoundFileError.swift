public import Foundation

/// An error about a sound file; its message names the file, what was expected and what was found.
public struct SoundFileError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// What kind of failure it is, as far as a caller needs to tell them apart.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// A format that cannot be written as asked, known before any work starts.
    case impossibleFormat
    /// Not a sound file, or one that is damaged.
    case badData
    /// An input that cannot be opened.
    case cannotOpen
    /// An output that cannot be created.
    case cannotCreate
    /// Reading or writing failed on the way.
    case inputOutput
    /// The disk has no room for what is to be written, as is known before it is begun.
    case noRoom
    /// The work was interrupted.
    case interrupted
  }

  /// The kind of failure.
  public let kind: Kind
  /// The path of the file, as it was given.
  public let path: String
  /// The whole message.
  public let description: String

  /// The whole message.
  public var errorDescription: String? { description }

  /// Creates an error with its whole message.
  public init(_ kind: Kind, path: String, _ description: String) {
    self.kind = kind
    self.path = path
    self.description = description
  }

  /// The exit status for a command-line program, after `sysexits.h`.
  public var exitCode: Int32 {
    switch kind {
    case .impossibleFormat: 64
    case .badData: 65
    case .cannotOpen: 66
    case .cannotCreate: 73
    case .inputOutput, .noRoom: 74
    case .interrupted: 130
    }
  }
}
