import Foundation

/// Tables that depend on a few numbers alone: made once, then shared by all clips and threads.
// SAFETY: the values are reached under the lock alone.
package final class TableCache<Key: Hashable & Sendable, Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [Key: Value] = [:]
  private let make: @Sendable (Key) -> Value

  /// A program meets few sample rates; where it meets more, tables are made anew.
  private static var capacity: Int { 16 }

  /// Creates an empty cache.
  package init(_ make: @escaping @Sendable (Key) -> Value) {
    self.make = make
  }

  /// The tables of a key.
  package subscript(key: Key) -> Value {
    lock.lock()
    defer { lock.unlock() }
    if let value = values[key] { return value }
    let value = make(key)
    if values.count == Self.capacity { values = [:] }
    values[key] = value
    return value
  }
}
