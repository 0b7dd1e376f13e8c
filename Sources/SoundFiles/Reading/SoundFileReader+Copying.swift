import Foundation

/// Copies that change nothing.
extension SoundFileReader {
  /// Copies the file's bytes to another path; the file appears there when it is whole.
  ///
  /// - Parameters:
  ///   - path: Where the copy shall appear; `-` is standard output.
  ///   - overwrites: Whether an existing file may be replaced.
  ///   - willAppear: Called when the copy is whole, before it appears.
  /// - Throws: ``SoundFileError`` of kind `cannotCreate` or `inputOutput`.
  public func copyFile(
    to path: String, overwrites: Bool = false, willAppear: AppearanceObserver? = nil
  ) throws(SoundFileError) {
    let output = try OutputFile(path: path, overwrites: overwrites)
    output.willAppear = willAppear
    lseek(source.descriptor, 0, SEEK_SET)
    _ = try FileBytes.copy(from: source.descriptor, to: output.descriptor, reading: info.path, writing: path)
    try source.requireUnchanged()
    try output.commit()
  }

  /// Copies all remaining samples to a writer in the native type of this file: bit for bit where the writer's encoding
  /// is the same or holds more, else rounded as ``SoundFileWriter/write(_:)`` does it.
  ///
  /// - Returns: The number of frames copied.
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  @discardableResult
  public func copySamples(to writer: SoundFileWriter) throws(SoundFileError) -> Int {
    precondition(
      writer.channelCount == info.channelCount,
      "expected \(info.channelCount) channels, found \(writer.channelCount)")
    let start = position
    let count = 4096 * info.channelCount
    let target = writer.format.encoding
    let encoding = info.format.encoding
    let isInteger = encoding.integerBits != nil || encoding.isCompanded
    if isInteger, !target.isFloat, encoding.wordLength <= target.integerBits ?? .max {
      var items = [Int32](repeating: 0, count: count)
      while case let frames = try readIntegers(into: &items), frames > 0 {
        try writer.writeIntegers(Array(items.prefix(frames * info.channelCount)))
      }
    } else if target == .float64 {
      var items = [Double](repeating: 0, count: count)
      while case let frames = try readDoubles(into: &items), frames > 0 {
        try writer.writeDoubles(Array(items.prefix(frames * info.channelCount)))
      }
    } else {
      var buffer = FrameBuffer(channelCount: info.channelCount, capacity: 4096)
      while try read(into: &buffer) > 0 { try writer.write(buffer) }
    }
    return position - start
  }
}
