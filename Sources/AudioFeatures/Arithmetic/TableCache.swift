/// A cache of tables that depend on a few numbers only; all clips and threads share them.
package final class TableCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let values = Guarded<[Key: Value]>([:])
  private let make: @Sendable (Key) -> Value

  /// The largest number of tables; a program that needs more, for many sample rates, makes them anew.
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
