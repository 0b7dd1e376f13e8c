import CSndfile
import Foundation

/// The one owner of a libsndfile handle; the handle is closed when the value is released.
///
/// Pointers of the library never leave this file and its extensions. The library reads and writes through a
/// ``VirtualFile`` only.
@safe
struct SoundFileHandle: ~Copyable {
  /// The properties of an open file that libsndfile reports.
  struct Properties: Sendable {
    /// The number of frames, or nil where libsndfile does not know it.
    var frameCount: Int?
    var sampleRate: Int
    var channelCount: Int
    var formatCode: Int32
  }

  /// A failure of libsndfile, with the library's own message.
  struct Failure: Error, Sendable {
    var code: Int32
    var message: String

    /// Whether the operating system failed, rather than the file's content.
    var isSystem: Bool { code == Int32(SF_ERR_SYSTEM) }
  }

  /// The library's handle; nil after closing.
  private(set) var handle: OpaquePointer?
  let properties: Properties
  private let file: VirtualFile

  /// `sf_error(NULL)` is one global of the library: opening and fetching its error share this lock.
  private static let openLock = NSLock()

  /// Opens a file for reading.
  ///
  /// If the file hides its length, libsndfile reads MPEG streams without a length header to their real end, instead of
  /// stopping at an estimate. Seeking is then not possible.
  init(reading file: VirtualFile) throws(Failure) {
    var info = SF_INFO()
    try self.init(file, Int32(SFM_READ), &info)
  }

  /// Opens an empty file for writing.
  init(writing file: VirtualFile, formatCode: Int32, sampleRate: Int, channelCount: Int) throws(Failure) {
    var info = SF_INFO()
    info.format = formatCode
    info.samplerate = Int32(clamping: sampleRate)
    info.channels = Int32(clamping: channelCount)
    try self.init(file, Int32(SFM_WRITE), &info)
  }

  private init(_ file: VirtualFile, _ mode: Int32, _ info: inout SF_INFO) throws(Failure) {
    self.file = file
    var callbacks = VirtualFile.callbacks
    Self.openLock.lock()
    // SAFETY: this value holds the object until the handle is closed.
    let opened = unsafe sf_open_virtual(&callbacks, mode, &info, Unmanaged.passUnretained(file).toOpaque())
    guard let opened = unsafe opened else {
      let failure = unsafe Failure(code: sf_error(nil), message: String(cString: sf_strerror(nil)))
      Self.openLock.unlock()
      throw Self.failure(of: file) ?? failure
    }
    Self.openLock.unlock()
    unsafe handle = opened
    properties = Properties(
      frameCount: info.frames == sf_count_t.max ? nil : max(0, Int(clamping: info.frames)),
      sampleRate: Int(clamping: info.samplerate), channelCount: Int(clamping: info.channels),
      formatCode: info.format)
  }

  /// The system's failure on a file, even if libsndfile ignored it.
  private static func failure(of file: VirtualFile) -> Failure? {
    file.failure.map { Failure(code: Int32(SF_ERR_SYSTEM), message: SoundFileError.text($0)) }
  }

  deinit {
    if let handle = unsafe handle { _ = unsafe sf_close(handle) }
  }

  /// Closes the file and throws the errors of closing; a writer's last bytes are written then.
  mutating func close() throws(Failure) {
    guard let open = unsafe handle else { return }
    unsafe handle = nil
    let code = unsafe sf_close(open)
    // libsndfile does not check whether it could rewrite the header at the end.
    if let failure = Self.failure(of: file) { throw failure }
    guard code == 0 else {
      // Codecs report a failed last write by numbers for which the library has no text.
      let text =
        code > 0
        ? unsafe String(cString: sf_error_number(code)) : "the end was not written; is the disk full?"
      throw Failure(code: code, message: text)
    }
  }

  /// Seeks to a frame; false where libsndfile cannot.
  func seek(to frame: Int) -> Bool {
    unsafe sf_seek(handle, sf_count_t(frame), Int32(SF_SEEK_SET)) == sf_count_t(frame)
  }

  /// The error of the last call on this handle, or nil.
  var failure: Failure? {
    if let failure = Self.failure(of: file) { return failure }
    let code = unsafe sf_error(handle)
    guard code != 0 else { return nil }
    return unsafe Failure(code: code, message: String(cString: sf_strerror(handle)))
  }

  /// Whether libsndfile can write a combination of format, sample rate and number of channels.
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

/// A sample type that libsndfile reads and writes.
protocol LibrarySample {
  /// Fills a buffer of interleaved frames and returns the number of frames.
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Self>) -> Int
  /// Writes a buffer of interleaved frames and returns the number of frames.
  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Self>) -> Int
}

/// Integers of b bits are read as multiples of 2^-(b - 1).
extension Float: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Float>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_float(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Float>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_float(handle.handle, base, handle.frames(items.count)))
  }
}

/// Integers of b bits are read as multiples of 2^-(b - 1).
extension Double: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Double>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_double(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Double>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_double(handle.handle, base, handle.frames(items.count)))
  }
}

/// Integers of b bits stand in the high b bits.
extension Int32: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Int32>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_int(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Int32>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_int(handle.handle, base, handle.frames(items.count)))
  }
}

/// Integers of b bits stand in the high b bits; longer ones lose their low bits.
extension Int16: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Int16>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_short(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Int16>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_short(handle.handle, base, handle.frames(items.count)))
  }
}

extension SoundFileHandle {
  /// The number of frames in a number of interleaved items.
  fileprivate func frames(_ itemCount: Int) -> sf_count_t {
    precondition(itemCount % properties.channelCount == 0, "items must make whole frames")
    return sf_count_t(itemCount / properties.channelCount)
  }
}

/// The lines that libmpg123 prints on standard error of its own accord.
package enum DecoderMessages {
  /// Keeps these lines from standard error; ``SoundFileWarning`` reports the same facts.
  ///
  /// The library prints to C's `stderr`, and libsndfile has no setting that changes this. A program calls this function
  /// once, before it starts threads. All other lines still go to standard error. Without glibc, nothing changes.
  package static func drop() {
    _ = unsafe csndfile_take_stderr { _, bytes, count in
      guard let bytes = unsafe bytes else { return 0 }
      let line = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
      if unsafe DecoderMessages.isOne(Array(line.prefix(80))) { return count }
      return unsafe write(STDERR_FILENO, bytes, count)
    }
  }

  /// Whether a line is one that libmpg123 prints.
  static func isOne(_ bytes: [UInt8]) -> Bool {
    let starts = [
      "[src/libmpg123/", "Note: Illegal Audio-MPEG-Header", "Note: Trying to resync",
      "Note: Hit end of (available) data", "Note: Skipped ", "Note: missing ", "Note: Weird file",
      "Note: Could not find", "Warning: Xing stream size off", "Warning: Real sample count",
      "Warning: Encountered more data", "Warning: Big change ",
    ]
    let text = String(decoding: bytes, as: UTF8.self).drop { $0 == "\n" }
    return starts.contains { text.hasPrefix($0) }
  }
}
