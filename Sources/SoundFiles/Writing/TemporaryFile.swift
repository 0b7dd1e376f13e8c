import Foundation

/// A file under a hidden name that vanishes unless it is kept.
///
/// The name is registered with ``TemporaryFiles``, so that an interrupted program can remove it.
final class TemporaryFile {
  /// The hidden name, folder included.
  let path: String
  /// The open descriptor, for reading and writing.
  private(set) var descriptor: Int32

  private var slot: TemporaryFiles.Slot?

  /// The visible name of what has none.
  static let spoolName = "spool"

  /// What a hidden name has of the visible one: a long one plus the suffix could pass the usual limit of 255 bytes.
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
      // Mode 0666 less the umask: what a program gives a new file of its own.
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

  /// Takes the name away; the content lives on until the descriptor is closed.
  func removeName() {
    guard slot != nil else { return }
    unsafe unlink(path)
    forget()
  }

  /// Leaves the file in place under its present name or the one it was renamed to.
  func forget() {
    TemporaryFiles.release(slot)
    slot = nil
  }

  /// Locks a new file, which says that it is in use: the lock goes with the process, so what a killed one left has none.
  ///
  /// - Returns: Whether the file is this program's; not where another one took it for a leftover at this moment.
  private static func isTaken(_ descriptor: Int32) -> Bool {
    // Where there are no locks, there are no leftovers that are removed.
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
