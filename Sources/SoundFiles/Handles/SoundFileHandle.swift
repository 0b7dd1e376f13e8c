import CSndfile
import Foundation

/// The one owner of a libsndfile handle; the handle is closed when the value is released.
///
/// Pointers of the library never leave this file and its extensions. The file descriptor belongs to the caller.
@safe
struct SoundFileHandle: ~Copyable {
  /// What libsndfile reports about an open file.
  struct Properties: Sendable {
    /// The number of frames, or nil where libsndfile does not know it.
    var frameCount: Int?
    var sampleRate: Int
    var channelCount: Int
    var formatCode: Int32
  }

  /// What went wrong in libsndfile, in its own words.
  struct Failure: Error, Sendable {
    var code: Int32
    var message: String

    /// Whether the operating system refused, and not the file.
    var isSystem: Bool { code == Int32(SF_ERR_SYSTEM) }
  }

  /// The library's handle; nil after closing.
  private(set) var handle: OpaquePointer?
  let properties: Properties

  /// `sf_error(NULL)` is one global of the library: opening and fetching its error share this lock.
  private static let openLock = NSLock()

  /// Opens a file descriptor, at its start, for reading.
  init(reading descriptor: Int32) throws(Failure) {
    var info = SF_INFO()
    lseek(descriptor, 0, SEEK_SET)
    try unsafe self.init(&info) { info in
      unsafe sf_open_fd(Self.duplicate(descriptor), Int32(SFM_READ), &info, 1)
    }
  }

  /// Opens a file descriptor for reading as if its length were unknown.
  ///
  /// libsndfile then reads to the real end where it would otherwise stop at an estimate (MPEG streams without a
  /// length header). Seeking is not possible.
  init(readingStream descriptor: Int32) throws(Failure) {
    var info = SF_INFO()
    var callbacks = DescriptorStream.callbacks
    lseek(descriptor, 0, SEEK_SET)
    try unsafe self.init(&info) { info in
      unsafe sf_open_virtual(&callbacks, Int32(SFM_READ), &info, DescriptorStream.pointer(to: descriptor))
    }
  }

  /// Opens an empty file descriptor for writing.
  init(writing descriptor: Int32, formatCode: Int32, sampleRate: Int, channelCount: Int) throws(Failure) {
    var info = SF_INFO()
    info.format = formatCode
    info.samplerate = Int32(clamping: sampleRate)
    info.channels = Int32(clamping: channelCount)
    lseek(descriptor, 0, SEEK_SET)
    try unsafe self.init(&info) { info in
      unsafe sf_open_fd(Self.duplicate(descriptor), Int32(SFM_WRITE), &info, 1)
    }
  }

  /// A descriptor for libsndfile to close.
  ///
  /// It closes the descriptor of a file that it refuses even where it is told not to (1.2.0); by then another thread may
  /// have been given the same number.
  private static func duplicate(_ descriptor: Int32) -> Int32 {
    fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
  }

  private init(_ info: inout SF_INFO, _ open: (inout SF_INFO) -> OpaquePointer?) throws(Failure) {
    Self.openLock.lock()
    let opened = unsafe open(&info)
    guard let opened = unsafe opened else {
      let failure = unsafe Failure(code: sf_error(nil), message: String(cString: sf_strerror(nil)))
      Self.openLock.unlock()
      throw failure
    }
    Self.openLock.unlock()
    unsafe handle = opened
    properties = Properties(
      frameCount: info.frames == sf_count_t.max ? nil : Int(info.frames), sampleRate: Int(info.samplerate),
      channelCount: Int(info.channels), formatCode: info.format)
  }

  deinit {
    if let handle = unsafe handle { _ = unsafe sf_close(handle) }
  }

  /// Closes the file and reports what closing found; used by writers, whose last bytes are written here.
  mutating func close() throws(Failure) {
    guard let open = unsafe handle else { return }
    unsafe handle = nil
    let code = unsafe sf_close(open)
    guard code == 0 else {
      // Codecs report a failed last write by numbers that the library itself has no text for.
      let text =
        code > 0
        ? unsafe String(cString: sf_error_number(code)) : "the end was not written; is the disk full?"
      throw Failure(code: code, message: text)
    }
  }

  /// Goes to a frame; false where libsndfile cannot.
  func seek(to frame: Int) -> Bool {
    unsafe sf_seek(handle, sf_count_t(frame), Int32(SF_SEEK_SET)) == sf_count_t(frame)
  }

  /// The error of the last call on this handle, or nil.
  var failure: Failure? {
    let code = unsafe sf_error(handle)
    guard code != 0 else { return nil }
    return unsafe Failure(code: code, message: String(cString: sf_strerror(handle)))
  }

  /// Whether libsndfile accepts a combination at all.
  static func accepts(formatCode: Int32, sampleRate: Int, channelCount: Int) -> Bool {
    var info = SF_INFO()
    info.format = formatCode
    info.samplerate = Int32(clamping: sampleRate)
    info.channels = Int32(clamping: channelCount)
    return unsafe sf_format_check(&info) != 0
  }

  /// The version text of the library, for example `libsndfile-1.2.0`.
  static var libraryVersion: String { unsafe String(cString: sf_version_string()) }
}

/// Virtual input over a file descriptor that cannot tell where the file ends.
private enum DescriptorStream {
  static func pointer(to descriptor: Int32) -> UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1)
  }

  static func descriptor(_ pointer: UnsafeMutableRawPointer?) -> Int32 {
    Int32(Int(bitPattern: pointer) - 1)
  }

  static var callbacks: SF_VIRTUAL_IO {
    unsafe SF_VIRTUAL_IO(
      get_filelen: { _ in sf_count_t.max },
      seek: { offset, whence, data in
        guard whence != SEEK_END else { return -1 }
        return sf_count_t(unsafe lseek(DescriptorStream.descriptor(data), off_t(offset), whence))
      },
      read: { buffer, count, data in
        let total = Int(count)
        var done = 0
        while done < total {
          let got = unsafe Foundation.read(
            DescriptorStream.descriptor(data), buffer?.advanced(by: done), total - done)
          if got < 0 && errno == EINTR { continue }
          guard got > 0 else { break }
          done += got
        }
        return sf_count_t(done)
      },
      write: { _, _, _ in 0 },
      tell: { data in sf_count_t(unsafe lseek(DescriptorStream.descriptor(data), 0, SEEK_CUR)) })
  }
}
