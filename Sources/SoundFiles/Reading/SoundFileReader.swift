import Foundation

/// Reads a sound file from its beginning to its end, any number of times.
///
/// Opening determines how many frames can really be read. The header's promise is compared with the file's size. MPEG
/// streams without a length, and compressed files that break off, are decoded once to count their frames. ``info``
/// holds the findings. A reader is used from one thread at a time.
public final class SoundFileReader {
  /// The properties of the file.
  public internal(set) var info: SoundFileInfo

  /// The largest number of channels that is read; without a limit, a damaged header could demand gigabytes of memory.
  public static let maximumChannelCount = 64

  /// The number of frames read since the start.
  public private(set) var position = 0

  let source: SoundSource
  private let streams: Streams
  private var handle: SoundFileHandle
  /// The index of the stream that is read, among the links of a chain.
  private var streamIndex = 0
  private var scratch: ContiguousArray<Float> = []
  private var words: ContiguousArray<Int16> = []

  /// Opens a sound file.
  ///
  /// - Parameter path: The path of the file; `-` reads standard input, which is copied to a temporary file first.
  /// - Throws: ``SoundFileError`` of kind `cannotOpen` (missing, no permission, a folder), `badData` (empty, not a
  ///   sound file, damaged header) or `inputOutput` (the system fails to read).
  public init(path: String) throws(SoundFileError) {
    source = try SoundSource(path: path)
    let opening = try Opening(source, HeaderProbe(source))
    info = opening.info
    streams = opening.streams
    handle = try streams.open(0, of: source)
  }

  deinit {
    // The handle is closed before the descriptor.
    try? handle.close()
  }

  /// Reads the next frames into a buffer, as many as it can hold, and sets its ``FrameBuffer/frameCount``.
  ///
  /// Integers of b bits are divided by 2ᵇ⁻¹, which is exact up to 24 bits; floats stay as they are.
  ///
  /// - Returns: The number of frames read; 0 at the end.
  /// - Throws: ``SoundFileError`` of kind `inputOutput` where the system fails to read.
  @discardableResult
  public func read(into buffer: inout FrameBuffer) throws(SoundFileError) -> Int {
    let channels = info.channelCount
    precondition(
      buffer.channelCount == channels, "the buffer has \(buffer.channelCount) channels, the file \(channels)")
    // Words of 16 bits take half the bytes, and libsndfile need not convert them.
    if info.format.encoding.integerBits ?? 32 <= 16 { return try read(into: &buffer, by: &words) }
    return try read(into: &buffer, by: &scratch)
  }

  private func read<Item: LibrarySample & InterleavedSample & Numeric>(
    into buffer: inout FrameBuffer, by items: inout ContiguousArray<Item>
  ) throws(SoundFileError) -> Int {
    let channels = info.channelCount
    // Blocks this small stay in the fastest cache between decoding and sorting by channel.
    let block = max(1, 8192 / channels)
    if items.count != block * channels { items = ContiguousArray(repeating: 0, count: block * channels) }
    var done = 0
    while done < buffer.capacity {
      let wanted = min(block, buffer.capacity - done)
      let frames = try unsafe items.withUnsafeMutableBufferPointer { items throws(SoundFileError) in
        let frames = try unsafe next(UnsafeMutableBufferPointer(rebasing: items[..<(wanted * channels)]))
        unsafe buffer.deinterleave(UnsafeBufferPointer(rebasing: items[..<(frames * channels)]), at: done)
        return frames
      }
      guard frames > 0 else { break }
      done += frames
    }
    buffer.frameCount = done
    return done
  }

  /// Reads the next frames as 32-bit integers, interleaved; words of b bits stand in the high b bits.
  ///
  /// This is the native type of all integer encodings (``SoundEncoding/integerBits``).
  ///
  /// - Parameter items: Filled from its start; its count must be a multiple of the number of channels.
  /// - Returns: The number of frames read; 0 at the end.
  /// - Throws: ``SoundFileError`` of kind `inputOutput` where the system fails to read.
  public func readIntegers(into items: inout [Int32]) throws(SoundFileError) -> Int {
    try unsafe items.withUnsafeMutableBufferPointer { buffer throws(SoundFileError) in
      try unsafe next(buffer)
    }
  }

  /// Reads the next frames as `Float`, interleaved: the native type of 32-bit float files.
  ///
  /// - Parameter items: Filled from its start; its count must be a multiple of the number of channels.
  /// - Returns: The number of frames read; 0 at the end.
  /// - Throws: ``SoundFileError`` of kind `inputOutput` where the system fails to read.
  public func readFloats(into items: inout [Float]) throws(SoundFileError) -> Int {
    try unsafe items.withUnsafeMutableBufferPointer { buffer throws(SoundFileError) in
      try unsafe next(buffer)
    }
  }

  /// Reads the next frames as `Double`, interleaved: the native type of 64-bit float files.
  ///
  /// - Parameter items: Filled from its start; its count must be a multiple of the number of channels.
  /// - Returns: The number of frames read; 0 at the end.
  /// - Throws: ``SoundFileError`` of kind `inputOutput` where the system fails to read.
  public func readDoubles(into items: inout [Double]) throws(SoundFileError) -> Int {
    try unsafe items.withUnsafeMutableBufferPointer { buffer throws(SoundFileError) in
      try unsafe next(buffer)
    }
  }

  /// Passes over the next frames; those of lossless encodings are not decoded.
  ///
  /// - Returns: The number of frames passed over; fewer than asked for at the end.
  /// - Throws: ``SoundFileError`` of kind `inputOutput` where the system fails to read.
  public func skip(_ count: Int) throws(SoundFileError) -> Int {
    let start = position
    let target = min(position + count, info.frameCount)
    if info.format.encoding.isLossless, !streams.hideLength, streams.layouts.count == 1 {
      if handle.seek(to: target) {
        position = target
        return target - start
      }
      try rewind()
    }
    var buffer = FrameBuffer(channelCount: info.channelCount, capacity: 4096)
    while position < target {
      if target - position < buffer.capacity {
        buffer = FrameBuffer(channelCount: info.channelCount, capacity: target - position)
      }
      guard try read(into: &buffer) > 0 else { break }
    }
    return max(0, position - start)
  }

  /// Goes back to the first frame.
  ///
  /// The file is opened afresh, so that a decoder that stopped at damage starts clean.
  ///
  /// - Throws: ``SoundFileError`` of kind `inputOutput` where the file cannot be read again.
  public func rewind() throws(SoundFileError) {
    try source.requireUnchanged()
    guard position > 0 else { return }
    handle = try streams.open(0, of: source)
    streamIndex = 0
    position = 0
  }

  /// The streams that libsndfile reads: one, or the links of a chain, each as a file of its own.
  struct Streams {
    var layouts: [FileLayout]
    /// Whether the length must be hidden, because libsndfile would stop at an estimate.
    var hideLength = false

    func open(_ index: Int, of source: borrowing SoundSource) throws(SoundFileError) -> SoundFileHandle {
      do throws(SoundFileHandle.Failure) {
        return try SoundFileHandle(reading: source.view(layouts[index], hidesLength: hideLength))
      } catch {
        throw .cannotRewind(source.path, error.message)
      }
    }
  }

  /// Reads one block, never past the known end, and notes where the file breaks off before it.
  private func next<Item: LibrarySample>(
    _ items: UnsafeMutableBufferPointer<Item>
  ) throws(SoundFileError) -> Int {
    precondition(items.count % info.channelCount == 0, "the items must make whole frames")
    let wanted = min(items.count / info.channelCount, info.frameCount - position)
    guard wanted > 0 else {
      // At the end, all frames must have come from the same, unchanged file.
      try source.requireUnchanged()
      return 0
    }
    while true {
      let frames = unsafe Item.read(
        handle, UnsafeMutableBufferPointer(rebasing: items[..<(wanted * info.channelCount)]))
      if let failure = handle.failure {
        guard !failure.isSystem else {
          throw .cannotRead(info.path, atFrame: position + frames, failure.message)
        }
        note(failure, atFrame: position + frames)
      }
      position += frames
      if frames > 0 { return frames }
      try source.requireUnchanged()
      guard streamIndex + 1 < streams.layouts.count else {
        noteEarlyEnd()
        return 0
      }
      streamIndex += 1
      handle = try streams.open(streamIndex, of: source)
    }
  }

  private func note(_ failure: SoundFileHandle.Failure, atFrame frame: Int) {
    guard !info.isTruncated else { return }
    info.isTruncated = true
    info.warnings.append(.isDamaged(frame: frame, reason: failure.message))
  }

  private func noteEarlyEnd() {
    info.isTruncated = true
    info.warnings.append(.endsEarly(frameCount: position, expectedFrameCount: info.frameCount))
    info.declaredFrameCount = info.declaredFrameCount ?? info.frameCount
    info.frameCount = position
  }
}

/// Exact copies.
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
    try source.copyAll(to: output, path)
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

extension SoundFileReader {
  /// Refuses a file that breaks off, is damaged inside or goes on with sound that is not read.
  ///
  /// Damage inside a compressed file shows only while it is decoded, so callers that read to the end check again there.
  ///
  /// - Throws: ``SoundFileError`` of kind `badData`.
  public func requireWhole() throws(SoundFileError) {
    guard info.isTruncated || info.warnings.contains(where: \.isLoss) else { return }
    let reasons =
      info.warnings.isEmpty ? "the file is damaged" : info.warnings.map(\.description).joined(separator: "; ")
    throw SoundFileError(
      .badData, path: info.path, reasons.hasPrefix(info.path) ? reasons : "\(info.path): \(reasons)")
  }
}
