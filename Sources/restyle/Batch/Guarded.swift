import Foundation

/// A value that threads take turns with.
final class Guarded<Value>: @unchecked Sendable {
  // SAFETY: the value is reached through `with` alone, under the lock.
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) {
    self.value = value
  }

  /// Does something with the value while no other thread does.
  func with<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
