public import Foundation

/// An error met while reading or writing safetensors, npy or npz data.
///
/// It names where it was met (file and key), what was expected and what was found.
public struct InterchangeError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The kind of an ``InterchangeError``.
  public enum Reason: Hashable, Sendable {
    /// The file could not be opened or read.
    case unreadable
    /// The file could not be created, written or renamed.
    case unwritable
    /// The data end before everything they announce.
    case truncated
    /// The header does not follow the format.
    case malformedHeader
    /// A key stands twice.
    case duplicateKey
    /// An element type, version or feature that is not supported.
    case unsupported
    /// Byte ranges overlap, leave a gap or reach outside the data.
    case offsets
    /// A shape overflows, or does not fit the number of elements or bytes.
    case shape
    /// A key that was asked for does not exist.
    case missingKey
    /// Values that the type asked for cannot hold.
    case conversion
  }

  /// The kind of error.
  public let reason: Reason
  /// The file, or a name for data in memory.
  public let source: String
  /// The tensor or metadata key, where the error concerns one.
  public let key: String?
  /// What would have been right.
  public let expected: String
  /// What was there.
  public let found: String

  /// Creates an error.
  public init(_ reason: Reason, source: String, key: String? = nil, expected: String, found: String) {
    self.reason = reason
    self.source = source
    self.key = key
    self.expected = expected
    self.found = found
  }

  /// One line: file, key, expected and found.
  ///
  /// Long keys and values are cut to 120 characters.
  public var description: String {
    let place = key.map { "\(source), key \"\(shortened($0))\"" } ?? source
    return "\(place): expected \(shortened(expected)), found \(shortened(found))"
  }

  /// The whole line.
  public var errorDescription: String? { description }

  private func shortened(_ text: String) -> String {
    text.count <= 120 ? text : "\(text.prefix(117))..."
  }
}
