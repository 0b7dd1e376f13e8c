import CSndfile
import Foundation

/// The one owner of a libsndfile handle; closing happens when the value is released.
@safe
struct SoundFileHandle: ~Copyable {
  /// What libsndfile reports about an open file.
  struct Properties {
    var frameCount: Int
    var sampleRate: Int
    var channelCount: Int
    var formatCode: Int32
    var isSeekable: Bool
  }

  /// What went wrong in libsndfile, in its own words.
  struct Failure: Error {
    var code: Int32
    var message: String
  }

  private let handle: OpaquePointer
  let properties: Properties

  /// `sf_error(NULL)` is one global of the library: opening and fetching its error share this lock.
  private static let openLock = NSLock()

  /// Opens a file descriptor for reading; the descriptor stays the caller's.
  init(reading descriptor: Int32) throws(Failure) {
    var info = SF_INFO()
    self = try Self(descriptor, Int32(SFM_READ), &info)
  }

  private init(_ descriptor: Int32, _ mode: Int32, _ info: inout SF_INFO) throws(Failure) {
    Self.openLock.lock()
    let opened = unsafe sf_open_fd(descriptor, mode, &info, 0)
    guard let opened = unsafe opened else {
      let failure = unsafe Failure(code: sf_error(nil), message: String(cString: sf_strerror(nil)))
      Self.openLock.unlock()
      throw failure
    }
    Self.openLock.unlock()
    unsafe handle = opened
    properties = Properties(
      frameCount: Int(info.frames), sampleRate: Int(info.samplerate), channelCount: Int(info.channels),
      formatCode: info.format, isSeekable: info.seekable != 0)
  }

  deinit {
    _ = unsafe sf_close(handle)
  }

  /// Reads interleaved frames as `Float`; integers are scaled by 2^-(bits - 1).
  func readFloats(_ items: inout ContiguousArray<Float>, frames: Int) -> Int {
    precondition(items.count >= frames * properties.channelCount)
    return unsafe items.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return Int(unsafe sf_readf_float(handle, base, sf_count_t(frames)))
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
}
