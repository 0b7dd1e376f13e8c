import Foundation

/// An open input: the descriptor of a regular file, closed when the value is released.
///
/// Standard input is first copied to a temporary file, because sound files are read by position.
struct SoundSource: ~Copyable {
  let path: String
  let descriptor: Int32
  let byteCount: Int

  /// Opens a path; `-` is standard input.
  init(path: String) throws(SoundFileError) {
    self = try Self.open(path)
  }

  private init(path: String, descriptor: Int32, byteCount: Int) {
    self.path = path
    self.descriptor = descriptor
    self.byteCount = byteCount
  }

  deinit {
    close(descriptor)
  }

  private static func open(_ path: String) throws(SoundFileError) -> SoundSource {
    if path == SoundFileError.standardStream {
      return try spool(STDIN_FILENO, path)
    }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .cannotOpen(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .isFolder(path) }
    let descriptor = unsafe Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      // A named pipe or a device: no positions, so it is spooled as standard input is.
      defer { close(descriptor) }
      return try spool(descriptor, path)
    }
    guard status.st_size > 0 else {
      close(descriptor)
      throw .isEmptyFile(path)
    }
    return SoundSource(path: path, descriptor: descriptor, byteCount: Int(status.st_size))
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

  /// The same input, or a temporary copy with some bytes of its header replaced.
  consuming func repaired(_ repair: HeaderProbe.Repair?) throws(SoundFileError) -> SoundSource {
    guard let repair else { return self }
    let temporary = try TemporaryFile(inFolder: NSTemporaryDirectory())
    temporary.removeName()
    lseek(descriptor, 0, SEEK_SET)
    let count = try FileBytes.copy(
      from: descriptor, to: temporary.descriptor, reading: path, writing: temporary.path)
    let isPatched =
      unsafe pwrite(temporary.descriptor, repair.bytes, repair.bytes.count, off_t(repair.offset))
      == repair.bytes.count
    guard isPatched else { throw .cannotWrite(temporary.path, SoundFileError.text(errno)) }
    return SoundSource(path: path, descriptor: temporary.detach(), byteCount: count)
  }

  /// The bytes at an offset, fewer where the file ends.
  func bytes(at offset: Int, count: Int) -> [UInt8] {
    guard offset >= 0, offset < byteCount, count > 0 else { return [] }
    let wanted = min(count, byteCount - offset)
    return unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      filled = 0
      while filled < wanted {
        let target = unsafe buffer.baseAddress?.advanced(by: filled)
        let got = unsafe pread(descriptor, target, wanted - filled, off_t(offset + filled))
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { break }
        filled += got
      }
    }
  }
}
