import Foundation

/// A function that receives the descriptor of a whole file before the file appears under its name.
public typealias AppearanceObserver = @Sendable (Int32) throws(SoundFileError) -> Void

/// A file that appears under its name only when it is whole.
///
/// The file is written beside its target under a hidden name, and renamed by ``commit()``. Where it is released before,
/// or the program is interrupted (``TemporaryFiles/removeOnInterrupt()``), nothing is left and an earlier file is
/// untouched.
///
/// - A target that is a symbolic link is followed: the link stays, and the file that it names is replaced.
/// - The permissions of a replaced file are kept; a new file gets the usual ones (0666 less the umask).
/// - `-` is standard output. Standard output, devices and pipes receive the bytes on ``commit()``, since sound files
///   are not written in order.
public final class OutputFile {
  /// The path as it was given.
  public let path: String
  /// Whether an existing file may be replaced.
  public let overwrites: Bool
  /// The descriptor to write to.
  public var descriptor: Int32 { temporary.descriptor }

  /// Called when the file is whole, before it gets its name; an error thrown here keeps the file from appearing.
  var willAppear: AppearanceObserver?

  private let temporary: TemporaryFile
  private let target: Target
  private var isDone = false
  /// The number of bytes that the system was asked to write to the disk so far.
  private var sentByteCount = 0
  /// The number of new bytes after which the system is asked again.
  private static let sentAtATime = 4 << 20

  private enum Target {
    /// A name to rename to, and the permissions to set where a file is replaced.
    case file(path: String, mode: mode_t?)
    /// Standard output.
    case standardOutput
    /// A device or a named pipe.
    case device(path: String)
  }

  /// Creates the hidden file.
  ///
  /// - Parameters:
  ///   - path: Where the file shall appear; `-` is standard output.
  ///   - overwrites: Whether an existing file may be replaced.
  /// - Throws: ``SoundFileError`` of kind `cannotCreate`.
  public init(path: String, overwrites: Bool = false) throws(SoundFileError) {
    self.path = path
    self.overwrites = overwrites
    target = try Self.target(path, overwrites: overwrites)
    switch target {
    case .file(let resolved, _):
      do throws(SoundFileError) {
        temporary = try TemporaryFile(inFolder: Self.folder(of: resolved), for: Paths.name(resolved))
      } catch {
        throw SoundFileError(error.kind, path: path, error.description)
      }
    case .standardOutput, .device:
      temporary = try TemporaryFile(inFolder: NSTemporaryDirectory())
      temporary.removeName()
    }
  }

  /// The folder in which the file is written before it gets its name; for streams the folder of temporary files.
  public static func folder(of path: String) -> String {
    if Paths.isStream(path) { return NSTemporaryDirectory() }
    let folder = Paths.folder(path)
    return folder.isEmpty ? "." : folder
  }

  /// Checks, before any work, whether a file could be created at a path.
  ///
  /// - Throws: ``SoundFileError`` of kind `cannotCreate` where it exists and may not be replaced, is a folder, or its
  ///   folder is missing or not writable.
  public static func check(path: String, overwrites: Bool = false) throws(SoundFileError) {
    guard case .file(let resolved, _) = try target(path, overwrites: overwrites) else { return }
    let folder = folder(of: resolved)
    var status = stat()
    guard unsafe stat(folder, &status) == 0 else { throw .cannotCreate(path, errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .cannotCreate(path, ENOTDIR) }
    guard unsafe access(folder, W_OK | X_OK) == 0 else { throw .cannotCreate(path, errno) }
  }

  private static func target(_ path: String, overwrites: Bool) throws(SoundFileError) -> Target {
    if Paths.standardOutput(path) == SoundFileError.standardStream { return .standardOutput }
    // Streams are recognised before links are followed: links in /dev/fd lead to names of no file.
    if Paths.isStream(path) { return .device(path: path) }
    guard !path.isEmpty, !path.hasSuffix("/") else { throw .cannotCreate(path, EISDIR) }
    let resolved = try followLinks(path)
    var status = stat()
    guard unsafe stat(resolved, &status) == 0 else {
      guard errno == ENOENT else { throw .cannotCreate(path, errno) }
      return .file(path: resolved, mode: nil)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .cannotCreate(path, EISDIR)
    case S_IFREG:
      guard overwrites else { throw .outputExists(path) }
      return .file(path: resolved, mode: status.st_mode & 0o7777)
    default: return .device(path: resolved)
    }
  }

  /// Follows symbolic links to the name that a file would be created under, whether or not it exists.
  private static func followLinks(_ path: String) throws(SoundFileError) -> String {
    var current = path
    for _ in 0..<40 {
      var buffer = [CChar](repeating: 0, count: 4096)
      let length = unsafe readlink(current, &buffer, buffer.count)
      guard length >= 0 else { return current }
      let link = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      current = link.hasPrefix("/") ? link : Paths.join(folder(of: current), link)
    }
    throw .cannotCreate(path, ELOOP)
  }

  /// Asks the system, on Linux, to begin writing the new bytes to the disk.
  ///
  /// ``commit()``, which waits for the disk, then has to wait less.
  func sendToDisk() {
    #if os(Linux)
    guard case .file = target else { return }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return }
    let byteCount = Int(status.st_size)
    guard byteCount - sentByteCount >= Self.sentAtATime else { return }
    // The advice drops pages that are on the disk already, and starts the writing of the others.
    posix_fadvise(descriptor, off_t(sentByteCount), off_t(byteCount - sentByteCount), POSIX_FADV_DONTNEED)
    sentByteCount = byteCount
    #endif
  }

  /// Gives the file its name, or passes its bytes on to a stream; afterwards the file must not be written any more.
  ///
  /// - Throws: ``SoundFileError`` of kind `cannotCreate` or `inputOutput`; the file is then removed.
  public func commit() throws(SoundFileError) {
    precondition(!isDone, "a file is committed once")
    isDone = true
    switch target {
    case .file(let resolved, let mode): try rename(to: resolved, mode: mode)
    case .standardOutput: try passOn(to: STDOUT_FILENO)
    case .device(let resolved):
      let device = unsafe open(resolved, O_WRONLY | O_CLOEXEC)
      guard device >= 0 else { throw .cannotCreate(path, errno) }
      defer { close(device) }
      try passOn(to: device)
    }
  }

  private func rename(to resolved: String, mode: mode_t?) throws(SoundFileError) {
    if let mode { fchmod(descriptor, mode) }
    // Some errors (network disks, quotas) are reported only here, and must not pass for success.
    if fsync(descriptor) != 0, errno == EIO || errno == ENOSPC || errno == EDQUOT {
      throw .cannotWrite(path, SoundFileError.text(errno))
    }
    try willAppear?(descriptor)
    if !overwrites {
      // A hard link fails where a file has appeared in the meantime; a rename would replace it.
      if unsafe link(temporary.path, resolved) == 0 {
        temporary.removeName()
        return
      }
      if errno == EEXIST { throw .outputExists(path) }
    }
    guard unsafe Foundation.rename(temporary.path, resolved) == 0 else { throw .cannotCreate(path, errno) }
    temporary.forget()
  }

  private func passOn(to stream: Int32) throws(SoundFileError) {
    lseek(descriptor, 0, SEEK_SET)
    _ = try FileBytes.copy(from: descriptor, to: stream, reading: path, writing: path)
  }
}

extension OutputFile {
  /// Appends bytes to the file.
  ///
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  public func write(_ bytes: [UInt8]) throws(SoundFileError) {
    guard unsafe bytes.withUnsafeBytes({ unsafe FileBytes.write($0, to: descriptor) }) else {
      throw .cannotWrite(path, SoundFileError.text(errno))
    }
  }

  /// The number of bytes so far; nil where the system does not know.
  var byteCount: Int? {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int(clamping: status.st_size) : nil
  }

  /// Writes a whole file, which appears when all bytes are there.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - path: Where the file shall appear; `-` is standard output.
  ///   - overwrites: Whether an existing file may be replaced.
  /// - Throws: ``SoundFileError`` of kind `cannotCreate` or `inputOutput`.
  public static func write(_ bytes: [UInt8], to path: String, overwrites: Bool = false) throws(SoundFileError)
  {
    let file = try OutputFile(path: path, overwrites: overwrites)
    try file.write(bytes)
    try file.commit()
  }
}

/// The file that libsndfile writes, from an offset of a descriptor on.
///
/// The bytes before that offset are written separately. The descriptor belongs to the caller.
class OutputView: VirtualFile {
  final let descriptor: Int32
  /// The offset at which libsndfile's file starts.
  final let start: Int
  private var end = 0

  init(_ descriptor: Int32, start: Int = 0) {
    self.descriptor = descriptor
    self.start = start
  }

  override var length: Int? { end }

  /// Writes bytes that were held back until libsndfile closed its file; false with `errno` set where that fails.
  func finish() -> Bool { true }

  override func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let got = unsafe FileBytes.read(buffer, from: descriptor, at: start + position)
    if got < 0 { fail(errno) }
    return max(0, got)
  }

  override func write(_ buffer: UnsafeRawBufferPointer) -> Int {
    let done = unsafe FileBytes.write(buffer, to: descriptor, at: start + position)
    if done < buffer.count { fail(errno == 0 ? ENOSPC : errno) }
    end = max(end, position + done)
    return done
  }
}
