/// Tables that depend on a few numbers alone: made once, then shared by all clips and threads.
package final class TableCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let values = Guarded<[Key: Value]>([:])
  private let make: @Sendable (Key) -> Value

  /// A program meets few sample rates; where it meets more, tables are made anew.
  private static var capacity: Int { 16 }

  /// Creates an empty cache.
  package init(_ make: @escaping @Sendable (Key) -> Value) {
    self.make = make
  }

  /// The tables of a key.
  package subscript(key: Key) -> Value {
    values.with { values in
      if let value = values[key] { return value }
      let value = make(key)
      if values.count == Self.capacity { values = [:] }
      values[key] = value
      return value
    }
  }
}
