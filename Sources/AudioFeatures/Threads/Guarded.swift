import Foundation
import Tensors

/// A value that threads use in turn.
///
/// This is the only type outside the layer whose conformance to `Sendable` the compiler does not check. All other types
/// that threads share consist of guarded values and of plain values.
// SAFETY: `value` is private, and every access stands between the lock and the unlock of one method. So at most one
// thread reaches it at a time, and each sees what the one before has written. A value that is no `Sendable` could still
// be reached through a reference from outside. The types of the methods exclude that, and the compiler checks them at
// each call. `sending` in `init`: nobody else holds what the value refers to. `inout sending`: a closure does not keep
// it, nor puts in its place what others hold. `Result: Sendable`: a closure gives out nothing that the value still
// refers to. These are the types of the standard library's `Mutex`, which older systems of Apple lack, but for the
// result: with `-> sending`, Swift 6.3 lets a closure return the value itself.
package final class Guarded<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  /// Creates a guarded value.
  package init(_ value: sending Value) {
    self.value = value
  }

  /// Calls a closure with the value; other threads wait for the end of the call.
  package func with<Result: Sendable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }

  /// Calls a closure with the value, and stops the program where another thread uses it at the same time.
  ///
  /// - Precondition: The value is not in use.
  fileprivate func alone<Result: Sendable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard lock.try() else { stop("two pieces of work use one state at the same time") }
    defer { lock.unlock() }
    return try body(&value)
  }
}

/// A state that one piece of work at a time uses, such as that of a stage, a channel or a thread.
///
/// No thread waits for the state. A second use during the first one is a mistake in how work is shared out, and stops
/// the program.
package struct Exclusive<Value>: Sendable {
  private let guarded: Guarded<Value>

  /// Creates a state from a value that nobody else holds.
  package init(_ value: sending Value) {
    guarded = Guarded(value)
  }

  /// Creates a state from a caller's object, which the caller lends for the time of a call.
  ///
  /// Sources and sinks are such objects: the caller keeps them, so the compiler cannot check that one thread at a time
  /// uses them. The code that calls this initializer has to ensure it.
  // SAFETY: A caller's object is no `Sendable`, so the compiler lets no thread but the caller's reach it, and that one
  // waits inside the call until all work is done (``ThreadTeam/run(_:)``). Of the work, one piece at a time reaches the
  // object, as for every state. Work that runs beside it uses objects that the library has made itself, which share
  // nothing with it: where a caller's source is read, the result goes to the library's own meters, temporary file or
  // writer, and a caller's sink is filled from the library's own copy of the result.
  package init(lent value: Value) {
    nonisolated(unsafe) let value = value
    guarded = unsafe Guarded(value)
  }

  /// The identity by which states are told apart.
  var identity: ObjectIdentifier { ObjectIdentifier(guarded) }

  /// Calls a closure with the state.
  ///
  /// - Precondition: The state is not in use.
  package func use<Result: Sendable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try guarded.alone(body)
  }
}

extension Exclusive where Value: Sendable {
  /// A copy of the present state.
  package var value: Value { use { $0 } }
}
