import Foundation

/// The temporary files of this process that still have a name.
public enum TemporaryFiles {
  /// A place in the table.
  typealias Slot = Int

  /// Makes interrupting signals (SIGINT, SIGTERM, SIGHUP) remove all temporary files and end the process with
  /// status 130.
  ///
  /// A program calls this once, early. The library never does so by itself. A signal that is ignored when this is
  /// called (as under `nohup`) stays ignored.
  public static func removeOnInterrupt() {
    prepare()
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let earlier = signal(number, SIG_IGN)
      if unsafe unsafeBitCast(earlier, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) {
        _ = signal(number, endOnSignal)
      }
    }
  }

  /// The paths that are registered at present, for tests.
  static var registeredPaths: [String] {
    lock.lock()
    defer { lock.unlock() }
    guard let table = unsafe table else { return [] }
    return (0..<slotCount).compactMap { slot in
      guard let path = unsafe table[slot] else { return nil }
      return unsafe String(cString: path)
    }
  }

  /// Notes a path before the file is created; nil where the table is full.
  static func register(_ path: String) -> Slot? {
    // A file that is begun while the program ends would be left behind.
    while unsafe isEnding { pause() }
    prepare()
    lock.lock()
    defer { lock.unlock() }
    guard let table = unsafe table else { return nil }
    for slot in 0..<slotCount where unsafe table[slot] == nil {
      unsafe table[slot] = strdup(path)
      return slot
    }
    return nil
  }

  /// Forgets a path after the file was removed or renamed.
  static func release(_ slot: Slot?) {
    guard let slot else { return }
    lock.lock()
    defer { lock.unlock() }
    // The text is not freed: a signal handler on another thread may be reading it. It is a path's length, once a file.
    unsafe table?[slot] = nil
  }

  private static func prepare() {
    lock.lock()
    defer { lock.unlock() }
    guard unsafe table == nil else { return }
    let fresh = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: slotCount)
    unsafe fresh.initialize(repeating: nil, count: slotCount)
    unsafe table = fresh
  }

  private static let lock = NSLock()
}

private let slotCount = 256

// SAFETY: written under the lock of `TemporaryFiles`; the signal handler reads it without one. Each slot is one aligned
// pointer, either nil or a C string that stays allocated, so that the handler sees no half-written path.
nonisolated(unsafe) private var table: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

// SAFETY: written by the signal handler alone, and never taken back.
nonisolated(unsafe) private var isEnding = false

/// Removes every registered file and ends the process: `unlink`, `nanosleep` and `_exit` are safe in a signal handler.
private func endOnSignal(_ number: Int32) {
  unsafe isEnding = true
  // Another thread may be between registering a file and creating it: what it has created since goes in a second round.
  for _ in 0..<2 {
    if let table = unsafe table {
      for slot in 0..<slotCount {
        if let path = unsafe table[slot] { _ = unsafe unlink(path) }
      }
    }
    var moment = timespec(tv_sec: 0, tv_nsec: 2_000_000)
    unsafe nanosleep(&moment, nil)
  }
  _exit(130)
}
