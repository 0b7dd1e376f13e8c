import Foundation

/// The file that libsndfile writes, from a place of a descriptor on.
///
/// What stands before that place is written when it is known. The descriptor belongs to the caller.
class OutputView: VirtualFile {
  final let descriptor: Int32
  /// The place at which libsndfile's file starts.
  final let start: Int
  private var end = 0

  init(_ descriptor: Int32, start: Int = 0) {
    self.descriptor = descriptor
    self.start = start
  }

  override var length: Int? { end }

  /// Writes what is held back when libsndfile has closed its file; false with `errno` set where that fails.
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
