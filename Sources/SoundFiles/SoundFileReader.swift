import Foundation

/// Reads a sound file from its beginning to its end, any number of times.
///
/// A reader is used from one thread at a time.
public final class SoundFileReader {
  /// What is known about the file.
  public private(set) var info: SoundFileInfo

  private let descriptor: Int32
  private let handle: SoundFileHandle
  private var interleaved: ContiguousArray<Float> = []

  /// Opens a sound file.
  ///
  /// - Parameter path: The path of the file; `-` reads standard input.
  /// - Throws: ``SoundFileError`` where the file is missing, unreadable or not a sound file.
  public init(path: String) throws(SoundFileError) {
    descriptor = unsafe open(path, O_RDONLY)
    guard descriptor >= 0 else {
      throw SoundFileError(
        .cannotOpen, path: path, "cannot open “\(path)”: \(unsafe String(cString: strerror(errno)))")
    }
    do throws(SoundFileHandle.Failure) {
      handle = try SoundFileHandle(reading: descriptor)
    } catch {
      close(descriptor)
      throw SoundFileError(
        .badData, path: path, "“\(path)” is not a sound file that can be read: \(error.message)")
    }
    let properties = handle.properties
    guard let format = SoundFileFormat(code: properties.formatCode) else {
      throw SoundFileError(.badData, path: path, "“\(path)” has an unknown sample format")
    }
    info = SoundFileInfo(
      path: path, format: format, sampleRate: properties.sampleRate, channelCount: properties.channelCount,
      frameCount: properties.frameCount, declaredFrameCount: nil, warnings: [], isTruncated: false,
      metadata: SoundMetadata(), layout: nil)
  }

  deinit {
    close(descriptor)
  }

  /// Reads the next frames into a buffer, as many as it can hold, and sets its ``FrameBuffer/frameCount``.
  ///
  /// Integers of 8, 16 and 24 bits are scaled by 2⁻⁷, 2⁻¹⁵ and 2⁻²³ exactly.
  ///
  /// - Returns: The number of frames read; 0 at the end.
  /// - Throws: ``SoundFileError`` where reading fails.
  @discardableResult
  public func read(into buffer: inout FrameBuffer) throws(SoundFileError) -> Int {
    precondition(
      buffer.channelCount == info.channelCount,
      "the buffer has \(buffer.channelCount) channels, the file \(info.channelCount)")
    let channels = info.channelCount
    if interleaved.count < buffer.capacity * channels {
      interleaved = ContiguousArray(repeating: 0, count: buffer.capacity * channels)
    }
    let frames = handle.readFloats(&interleaved, frames: buffer.capacity)
    for channel in 0..<channels {
      buffer.withMutableChannel(channel) { span in
        for frame in 0..<frames { span[frame] = interleaved[frame * channels + channel] }
      }
    }
    buffer.frameCount = frames
    return frames
  }

  /// Goes back to the first frame.
  ///
  /// - Throws: ``SoundFileError`` where the file cannot be read again.
  public func rewind() throws(SoundFileError) {
    guard handle.seek(to: 0) else {
      throw SoundFileError(.inputOutput, path: info.path, "cannot go back to the start of “\(info.path)”")
    }
  }
}
