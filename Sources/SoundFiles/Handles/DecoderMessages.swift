import CSndfile
import Foundation

/// The lines that libmpg123 prints on standard error of its own accord.
package enum DecoderMessages {
  /// Keeps them from standard error: what they tell of is told by ``SoundFileWarning``.
  ///
  /// The library prints to C's `stderr`, and cannot be told otherwise through libsndfile. A program calls this once, before it
  /// has threads; all other lines go where they went. Where there is no glibc nothing is changed.
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
