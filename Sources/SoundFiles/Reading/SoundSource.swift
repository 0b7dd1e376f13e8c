import Foundation

/// An open input: a regular file, closed when the value is released, or bytes in memory.
///
/// Standard input is first copied to a temporary file, because sound files are read by position.
struct SoundSource: ~Copyable {
  let path: String
  let store: ByteStore
  let byteCount: Int
  /// The state of the file when it was opened; nil for the copy of a stream.
  let stamp: FileStamp?

  /// Opens a path; `-` is standard input.
  init(path: String) throws(SoundFileError) {
    self = try Self.open(path)
  }

  private init(path: String, descriptor: Int32, byteCount: Int, stamp: FileStamp? = nil) {
    self.path = path
    self.store = .file(descriptor)
    self.byteCount = byteCount
    self.stamp = stamp
  }

  /// Creates an input whose bytes are in memory.
  init(bytes: [UInt8], path: String) {
    self.path = path
    self.store = .memory(bytes)
    self.byteCount = bytes.count
    self.stamp = nil
  }

  /// Duplicates the descriptor of a file that is open already.
  init(duplicating other: Int32, path: String) throws(SoundFileError) {
    var status = stat()
    let descriptor = fcntl(other, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .cannotOpen(path, errno) }
    guard unsafe fstat(descriptor, &status) == 0 else {
      defer { close(descriptor) }
      throw .cannotOpen(path, errno)
    }
    self.init(path: path, descriptor: descriptor, byteCount: Int(clamping: status.st_size))
  }

  deinit {
    if case .file(let descriptor) = store { close(descriptor) }
  }

  private static func open(_ path: String) throws(SoundFileError) -> SoundSource {
    if path == SoundFileError.standardStream {
      return try spool(STDIN_FILENO, path)
    }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .cannotOpen(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      guard unsafe access(path, R_OK | X_OK) == 0 else { throw .cannotOpen(path, errno) }
      throw .isFolder(path)
    }
    let descriptor = unsafe Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(path, errno) }
    guard unsafe fstat(descriptor, &status) == 0 else {
      defer { close(descriptor) }
      throw .cannotOpen(path, errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      // A named pipe or a device: no positions, so it is spooled as standard input is.
      defer { close(descriptor) }
      return try spool(descriptor, path)
    }
    guard status.st_size > 0 else {
      close(descriptor)
      throw .isEmptyFile(path)
    }
    return SoundSource(
      path: path, descriptor: descriptor, byteCount: Int(clamping: status.st_size), stamp: FileStamp(status))
  }

  /// Copies all that a stream holds to a temporary file without a name.
  private static func spool(_ stream: Int32, _ path: String) throws(SoundFileError) -> SoundSource {
    let temporary = try TemporaryFile(inFolder: NSTemporaryDirectory())
    temporary.removeName()
    let count = try FileBytes.copy(
      from: stream, to: temporary.descriptor, reading: path, writing: temporary.path)
    guard count > 0 else { throw .isEmptyFile(path) }
    return SoundSource(path: path, descriptor: temporary.detach(), byteCount: count)
  }

  /// The view of the file, for libsndfile, that a layout describes.
  func view(_ layout: FileLayout, hidesLength: Bool = false) -> FileView {
    FileView(store, layout, hidesLength: hidesLength)
  }

  /// Copies all bytes to an open file.
  func copyAll(to output: OutputFile, _ outputPath: String) throws(SoundFileError) {
    switch store {
    case .file(let descriptor):
      lseek(descriptor, 0, SEEK_SET)
      _ = try FileBytes.copy(from: descriptor, to: output.descriptor, reading: path, writing: outputPath)
    case .memory(let bytes):
      guard unsafe bytes.withUnsafeBytes({ unsafe FileBytes.write($0, to: output.descriptor) }) else {
        throw .cannotWrite(outputPath, SoundFileError.text(errno))
      }
    }
  }

  /// Checks that nobody has written to the file since it was opened.
  func requireUnchanged() throws(SoundFileError) {
    guard let stamp, case .file(let descriptor) = store else { return }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotRead(path, SoundFileError.text(errno)) }
    guard FileStamp(status) == stamp else { throw .hasChanged(path) }
  }

  /// The bytes at an offset, fewer where the file ends.
  func bytes(at offset: Int, count: Int) -> [UInt8] {
    guard offset >= 0, offset < byteCount, count > 0 else { return [] }
    let wanted = min(count, byteCount - offset)
    return unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      filled = unsafe max(0, store.read(UnsafeMutableRawBufferPointer(buffer), at: offset))
    }
  }
}

/// The state of a file, which changes when somebody writes to it.
public struct FileStamp: Hashable, Sendable, Codable {
  /// The device and the number of the file on it.
  public let device: UInt64, number: UInt64
  /// The length in bytes.
  public let byteCount: Int64
  /// The time of the last change, in seconds and nanoseconds.
  public let seconds: Int64, nanoseconds: Int64

  /// The state of a file; nil where there is none.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    byteCount = Int64(clamping: status.st_size)
    #if canImport(Darwin)
    let time = status.st_mtimespec
    #else
    let time = status.st_mtim
    #endif
    seconds = Int64(clamping: time.tv_sec)
    nanoseconds = Int64(clamping: time.tv_nsec)
  }
}
