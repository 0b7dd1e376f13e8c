/// An error in what the command line asks for, found after parsing but before any work.
struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The message.
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
