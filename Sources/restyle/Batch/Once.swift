import Foundation

/// Something that is made by the first thread that needs it, while others wait for it.
final class Once<Value: Sendable>: Sendable {
  private let result = Guarded<Result<Value, any Error>?>(nil)
  private let make: @Sendable () throws -> Value

  init(_ make: @escaping @Sendable () throws -> Value) {
    self.make = make
  }

  /// Makes the value, or returns the one that was made.
  func get() throws -> Value {
    try result.with { result in
      let known = result ?? Result { try make() }
      result = known
      return known
    }.get()
  }

  /// Lets go of the value.
  func release() {
    result.with { $0 = nil }
  }
}
