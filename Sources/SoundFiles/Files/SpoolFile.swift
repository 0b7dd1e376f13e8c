import Foundation

/// A temporary store of frames: 32-bit floats in a file without a name, or in memory where they are few.
///
/// The file is in the folder of the output, so that space is checked where it is needed, and vanishes with the value or
/// the process. Appending and reading have positions of their own, so frames may be appended after reading has begun.
package final class SpoolFile {
  /// The number of channels.
  package let channelCount: Int
  /// The number of frames appended so far.
  package private(set) var frameCount = 0
  /// The number of frames read since the start or the last ``rewind()``.
  package private(set) var position = 0

  /// The file; nil while the frames are in memory.
  private var file: TemporaryFile?
  private var memory: [Float] = []
  /// The largest number of values that stay in memory (4 MiB).
  private static let memoryLimit = 1 << 20
  private let folder: String
  private var scratch: [Float] = []

  /// Creates an empty spool.
  ///
  /// - Parameters:
  ///   - channelCount: The number of channels, at least 1.
  ///   - folder: The folder to put it in; nil is the system's folder for temporary files.
  ///   - expectedFrameCount: The number of frames that will be appended, 0 where it is not known. Disk space for them
  ///     is checked now. Few frames are kept in memory and need no file.
  /// - Throws: ``SoundFileError`` of kind `cannotCreate`, or `noRoom` where the disk is too full.
  package init(channelCount: Int, folder: String? = nil, expectedFrameCount: Int = 0) throws(SoundFileError) {
    precondition(channelCount >= 1, "a spool needs at least 1 channel, found \(channelCount)")
    let folder = folder ?? NSTemporaryDirectory()
    self.channelCount = channelCount
    self.folder = folder
    let count = FileNumber(expectedFrameCount) * FileNumber(channelCount)
    if expectedFrameCount == 0 || count.value > Self.memoryLimit {
      try FileBytes.checkRoom(
        for: Self.byteCount(frames: expectedFrameCount, channelCount: channelCount), inFolder: folder)
      file = try Self.makeFile(inFolder: folder)
    }
  }

  private static func makeFile(inFolder folder: String) throws(SoundFileError) -> TemporaryFile {
    let file = try TemporaryFile(inFolder: folder)
    file.removeName()
    return file
  }

  /// The number of bytes that frames take in a spool, at most `Int.max`.
  package static func byteCount(frames: Int, channelCount: Int) -> Int {
    (FileNumber(frames) * FileNumber(channelCount) * FileNumber(MemoryLayout<Float>.stride)).value
  }

  /// Appends the valid frames of a buffer.
  ///
  /// - Throws: ``SoundFileError`` of kind `inputOutput`, or `cannotCreate` where a file is needed and cannot be
  ///   created.
  package func append(_ buffer: FrameBuffer) throws(SoundFileError) {
    precondition(
      buffer.channelCount == channelCount, "expected \(channelCount) channels, found \(buffer.channelCount)")
    let count = buffer.frameCount * channelCount
    makeRoom(count)
    buffer.interleave(into: &scratch)
    if file == nil {
      memory += scratch[..<count]
      if memory.count > Self.memoryLimit {
        let file = try Self.makeFile(inFolder: folder)
        try write(memory, count: memory.count, to: file, at: 0)
        self.file = file
        memory = []
      }
    } else if let file {
      try write(scratch, count: count, to: file, at: frameCount)
    }
    frameCount += buffer.frameCount
  }

  private func write(
    _ values: [Float], count: Int, to file: TemporaryFile, at frame: Int
  ) throws(SoundFileError) {
    let isWritten = unsafe values.withUnsafeBytes { bytes in
      let all = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Float>.stride)])
      let offset = Self.byteCount(frames: frame, channelCount: channelCount)
      guard lseek(file.descriptor, off_t(offset), SEEK_SET) >= 0 else { return false }
      return unsafe FileBytes.write(all, to: file.descriptor)
    }
    guard isWritten else { throw .cannotWrite("\(folder)/(spool)", SoundFileError.text(errno)) }
  }

  /// Reads the next frames into a buffer, as many as it can hold, and sets its ``FrameBuffer/frameCount``.
  ///
  /// - Returns: The number of frames read; 0 at the end.
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  @discardableResult
  package func read(into buffer: inout FrameBuffer) throws(SoundFileError) -> Int {
    precondition(
      buffer.channelCount == channelCount, "expected \(channelCount) channels, found \(buffer.channelCount)")
    let frames = min(buffer.capacity, frameCount - position)
    let count = frames * channelCount
    guard let file else {
      let start = position * channelCount
      unsafe memory.withUnsafeBufferPointer {
        unsafe buffer.deinterleave(UnsafeBufferPointer(rebasing: $0[start..<start + count]))
      }
      buffer.frameCount = frames
      position += frames
      return frames
    }
    makeRoom(count)
    let byteCount = count * MemoryLayout<Float>.stride
    let got = unsafe scratch.withUnsafeMutableBytes { bytes in
      let offset = Self.byteCount(frames: position, channelCount: channelCount)
      guard lseek(file.descriptor, off_t(offset), SEEK_SET) >= 0 else { return -1 }
      return unsafe FileBytes.read(
        UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount]), from: file.descriptor)
    }
    guard got == byteCount else {
      throw .cannotRead(
        "\(folder)/(spool)", atFrame: position, got < 0 ? SoundFileError.text(errno) : "too short")
    }
    unsafe scratch.withUnsafeBufferPointer {
      unsafe buffer.deinterleave(UnsafeBufferPointer(rebasing: $0[..<count]))
    }
    buffer.frameCount = frames
    position += frames
    return frames
  }

  /// Goes back to the first frame for reading.
  package func rewind() {
    position = 0
  }

  private func makeRoom(_ count: Int) {
    if scratch.count < count { scratch = [Float](repeating: 0, count: count) }
  }
}
