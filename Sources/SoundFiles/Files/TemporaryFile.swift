import Foundation

/// A file under a hidden name that vanishes unless it is kept.
///
/// The name is registered with ``TemporaryFiles``, so that an interrupted program can remove it. Where that table is
/// full, only an interrupt leaves the file.
final class TemporaryFile {
  /// The hidden name, folder included.
  let path: String
  /// The open descriptor, for reading and writing.
  private(set) var descriptor: Int32

  /// Whether the file still has its hidden name, which is to be removed.
  private var hasName = true
  /// The place in the table that a signal handler reads; nil where the table was full.
  private var slot: TemporaryFiles.Slot?

  /// The name from which hidden names of files without a visible name are derived.
  static let spoolName = "spool"

  /// The part of a visible name that the hidden name contains, so that the hidden name stays within the usual 255
  /// bytes.
  static func stem(of name: String) -> String {
    String(decoding: Array(name.utf8.prefix(200)), as: UTF8.self)
  }

  /// Creates an empty file.
  ///
  /// - Parameters:
  ///   - folder: The folder to create it in.
  ///   - name: A visible name to derive the hidden one from.
  init(inFolder folder: String, for name: String = TemporaryFile.spoolName) throws(SoundFileError) {
    var created: (path: String, descriptor: Int32, slot: TemporaryFiles.Slot?)?
    var failure: Int32 = EEXIST
    for _ in 0..<16 where created == nil && failure == EEXIST {
      let unique = String(UInt64.random(in: 0...UInt64.max), radix: 36)
      let path = Paths.join(folder, ".\(Self.stem(of: name)).\(unique)" + TemporaryFiles.suffix)
      let slot = TemporaryFiles.register(path)
      // Mode 0666 less the umask, as for any new file of a program.
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0, Self.isTaken(descriptor) {
        created = (path, descriptor, slot)
      } else if descriptor >= 0 {
        close(descriptor)
        unsafe unlink(path)
        TemporaryFiles.release(slot)
      } else {
        failure = errno
        TemporaryFiles.release(slot)
      }
    }
    guard let created else { throw .cannotCreate(Paths.join(folder, name), failure) }
    path = created.path
    descriptor = created.descriptor
    slot = created.slot
  }

  deinit {
    removeName()
    if descriptor >= 0 { close(descriptor) }
  }

  /// Removes the name; the content stays until the descriptor is closed.
  func removeName() {
    guard hasName else { return }
    unsafe unlink(path)
    forget()
  }

  /// Keeps the file under its present name, or under the name that it was given.
  func forget() {
    hasName = false
    TemporaryFiles.release(slot)
    slot = nil
  }

  /// Locks a new file as a sign that it is in use.
  ///
  /// The lock ends with the process, so files that a killed process left are not locked.
  ///
  /// - Returns: Whether the file is this program's; false where another program removed it as a leftover at this
  ///   moment.
  private static func isTaken(_ descriptor: Int32) -> Bool {
    // Where there are no locks, no program removes leftovers.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return errno != EWOULDBLOCK }
    var status = stat()
    return unsafe fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  /// Hands the descriptor over to the caller, who closes it.
  func detach() -> Int32 {
    defer { descriptor = -1 }
    return descriptor
  }
}

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
    // A file that is created while the program ends would be left behind.
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
    guard let table = unsafe table, let path = unsafe table[slot] else { return }
    unsafe table[slot] = nil
    // The text is not freed: a signal handler on another thread may be reading it. That costs one path for each file.
    unsafe retired.append(path)
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

/// The number of names that a signal handler can remove: as many as files that a process may usually have open.
private let slotCount = 1024

// SAFETY: written under the lock of `TemporaryFiles`; the signal handler reads it without one. Each slot is one aligned
// pointer, either nil or a C string that stays allocated, so that the handler sees no half-written path.
nonisolated(unsafe) private var table: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

// SAFETY: used under the lock of `TemporaryFiles` alone. It keeps the texts that stay allocated reachable.
nonisolated(unsafe) private var retired: [UnsafeMutablePointer<CChar>] = unsafe []

// SAFETY: one byte, written by the signal handler alone, and never taken back. A thread that reads it too early creates
// one more file, which the second round of the handler removes.
nonisolated(unsafe) private var isEnding = false

/// Removes every registered file and ends the process: `unlink`, `nanosleep` and `_exit` are safe in a signal handler.
private func endOnSignal(_ number: Int32) {
  unsafe isEnding = true
  // Another thread may be between registering a file and creating it; the second round removes such a file.
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

extension TemporaryFiles {
  /// The end of every hidden name.
  static let suffix = ".part"
  /// The age in seconds from which a file without a visible name is a leftover; a file in use loses its name at once.
  private static let spoolAge = 60

  /// Removes the hidden files that killed programs left beside some outputs.
  ///
  /// A file that a living program writes is locked, and stays. Where a file system has no locks, nothing is removed.
  ///
  /// - Parameter outputs: The paths of the outputs. Hidden files of other outputs are not touched; files without a
  ///   visible name are removed where they are old.
  package static func removeLeftovers(besides outputs: some Sequence<String>) {
    var names: [String: Set<String>] = [:]
    for output in outputs where !Paths.isStream(output) {
      names[OutputFile.folder(of: output), default: []].insert(TemporaryFile.stem(of: Paths.name(output)))
    }
    for (folder, stems) in names {
      guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else { continue }
      for entry in entries {
        guard let stem = stem(ofHidden: entry), stem == TemporaryFile.spoolName || stems.contains(stem) else {
          continue
        }
        removeUnlessLocked(
          Paths.join(folder, entry), olderThan: stem == TemporaryFile.spoolName ? spoolAge : 0)
      }
    }
  }

  /// The name from which a hidden name was derived; nil for other names.
  static func stem(ofHidden name: String) -> String? {
    guard name.hasPrefix("."), name.hasSuffix(suffix) else { return nil }
    let inner = name.dropFirst().dropLast(suffix.count)
    guard let dot = inner.lastIndex(of: "."), dot > inner.startIndex else { return nil }
    let unique = inner[inner.index(after: dot)...].utf8
    let isNumber = unique.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    return (1...13).contains(unique.count) && isNumber ? String(inner[..<dot]) : nil
  }

  private static func removeUnlessLocked(_ path: String, olderThan age: Int) {
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int64(time(nil)) - FileStamp(status).seconds >= Int64(age), flock(descriptor, LOCK_EX | LOCK_NB) == 0
    else { return }
    unsafe unlink(path)
  }
}
