import Foundation

/// Complete reads and writes on file descriptors.
enum FileBytes {
  /// Writes all bytes of a buffer; false with `errno` set where that fails.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let written = unsafe Foundation.write(
        descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return false }
      done += written
    }
    return true
  }

  /// Fills a buffer from a descriptor as far as its bytes reach, and returns their number; -1 with `errno` set where
  /// reading fails.
  static func read(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int {
    var done = 0
    while done < bytes.count {
      let got = unsafe Foundation.read(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return -1 }
      guard got > 0 else { break }
      done += got
    }
    return done
  }

  /// Fills a buffer from an offset of a descriptor as far as its bytes reach, and returns their number; -1 with `errno`
  /// set where reading fails at once.
  static func read(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int) -> Int {
    var done = 0
    while done < bytes.count {
      let place = off_t(clamping: (FileNumber(offset) + FileNumber(done)).value)
      let got = unsafe pread(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, place)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return done > 0 ? done : -1 }
      guard got > 0 else { break }
      done += got
    }
    return done
  }

  /// `count` bytes at an offset of a descriptor; nil where not all of them are there.
  static func read(_ count: Int, from descriptor: Int32, at offset: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe bytes.withUnsafeMutableBytes { unsafe read($0, from: descriptor, at: offset) }
    return got == count ? bytes : nil
  }

  /// Writes all bytes of a buffer at an offset of a descriptor, and returns the number written, with `errno` set where
  /// it is smaller.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int) -> Int {
    var done = 0
    while done < bytes.count {
      let place = off_t(clamping: (FileNumber(offset) + FileNumber(done)).value)
      let written = unsafe pwrite(
        descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, place)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return done }
      done += written
    }
    return done
  }

  /// Writes bytes at an offset of a descriptor; false with `errno` set where that fails.
  static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) -> Bool {
    unsafe bytes.withUnsafeBytes { unsafe write($0, to: descriptor, at: offset) } == bytes.count
  }

  /// Copies all bytes from one descriptor to another and returns their number.
  static func copy(
    from source: Int32, to target: Int32, reading sourcePath: String, writing targetPath: String
  ) throws(SoundFileError) -> Int {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { unsafe buffer.deallocate() }
    var total = 0
    while true {
      let got = unsafe read(buffer, from: source)
      guard got >= 0 else { throw .cannotRead(sourcePath, SoundFileError.text(errno)) }
      guard got > 0 else { return total }
      guard unsafe write(UnsafeRawBufferPointer(rebasing: buffer[..<got]), to: target) else {
        throw .cannotWrite(targetPath, SoundFileError.text(errno))
      }
      total += got
    }
  }

  /// The number of bytes that can still be written in a folder; nil where the system does not know.
  static func available(inFolder folder: String) -> Int? {
    var status = statvfs()
    guard unsafe statvfs(folder, &status) == 0 else { return nil }
    let (bytes, isTooLarge) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return isTooLarge ? .max : Int(clamping: bytes)
  }

  /// Checks that a folder's disk has room for a number of bytes.
  static func checkRoom(for byteCount: Int, inFolder folder: String) throws(SoundFileError) {
    guard let available = available(inFolder: folder) else { return }
    guard available >= byteCount else { throw .diskFull(folder, needed: byteCount, available: available) }
  }
}
