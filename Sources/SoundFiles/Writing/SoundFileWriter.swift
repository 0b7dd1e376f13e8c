import Foundation

/// Writes a sound file, block by block; the file appears under its name when it is whole.
///
/// Samples are quantised here and handed over as integers, so that libsndfile's own scaling, which is not the inverse
/// of its reading, never applies. WAV that passes 4 GB is written as RF64. ``finish()`` completes the file; where the
/// writer is released before, no file is left. A writer is used from one thread at a time.
public final class SoundFileWriter {
  /// The options of a writer besides format, sample rate and number of channels.
  public struct Options: Sendable {
    /// Text fields and stored parts to write.
    public var metadata = SoundMetadata()
    /// The speaker of each channel handed to ``SoundFileWriter/write(_:)``, where it is known.
    public var layout: ChannelLayout?
    /// The quality of a lossy encoder, 0 (smallest file) to 1 (best); nil is the encoder’s default.
    ///
    /// For FLAC and ALAC only the time and the size depend on it.
    public var quality: Double?
    /// Whether MP3 has a constant bit rate; the default is a variable one.
    public var hasConstantBitRate = false
    /// Whether integers are dithered.
    public var isDithered = false
    /// The seed of the dither.
    public var ditherSeed: UInt64 = 0x5EED
    /// Whether the samples differ from those of the file from which the metadata was read.
    ///
    /// If so, loudness, gains and checksums are left out of its parts.
    public var isSoundChanged = true
    /// The loudness of the samples, to be written in the container's own form; nil writes none.
    public var loudness: SoundLoudness?
    /// Whether an existing file may be replaced.
    public var overwrites = false
    /// The number of frames that will be written, where it is known; RF64, size limits and disk space are decided by
    /// it.
    public var expectedFrameCount: Int?
    /// Called when the file is whole, before it appears under its name.
    public var willAppear: AppearanceObserver?

    /// Creates the default options.
    public init() {}
  }

  /// The path as it was given; `-` is standard output.
  public let path: String
  /// The format that is written: the one asked for, or RF64 or extensible WAV in place of plain WAV.
  public let format: SoundFileFormat
  /// The sample rate in Hz.
  public let sampleRate: Int
  /// The number of channels.
  public let channelCount: Int
  /// The number of frames written so far.
  public private(set) var frameCount = 0
  /// A phrase for each thing that is lost: metadata and speaker positions that the format cannot hold, length, bit
  /// rate.
  public private(set) var losses: [String]

  /// The number of samples that were outside the range of integers and were clamped.
  public var clippedCount: Int { preparer.quantizer?.clippedCount ?? 0 }
  /// The number of samples that were not numbers and became 0.
  public var invalidCount: Int { (preparer.quantizer?.invalidCount ?? 0) + silencedCount }
  /// The number of values that an encoder of floats would not bear, and got as 0.
  private var silencedCount = 0
  /// The largest magnitude that encoders get, +120 dBFS.
  private static let largestMagnitude = 1e6

  /// The preparer of the frames that are written; it counts the samples that did not fit.
  ///
  /// It can be taken out to prepare frames while others are written, and put back afterwards.
  package var preparer: FramePreparer

  private let output: OutputFile
  private var handle: SoundFileHandle
  private let parts: PartWriter
  private let file: OutputView
  private var isFinished = false
  private let order: ChannelOrder
  private let sourceBitRate: Double?
  private var frames = InterleavedFrames()

  /// The largest number of frames handed to libsndfile at once, since encoders keep whole blocks on their stacks.
  private static let blockLength = 4096

  /// Creates the file, hidden until ``finish()``.
  ///
  /// - Parameters:
  ///   - path: Where the file shall appear; `-` is standard output.
  ///   - format: Container, encoding and byte order.
  ///   - sampleRate: The sample rate in Hz.
  ///   - channelCount: The number of channels.
  ///   - options: Everything else.
  /// - Throws: ``SoundFileError`` of kind `impossibleFormat` where the format cannot hold the clip, `cannotCreate`
  ///   where the file cannot be created or exists, `noRoom` where the disk is too full.
  public init(
    path: String, format: SoundFileFormat, sampleRate: Int, channelCount: Int, options: Options = Options()
  ) throws(SoundFileError) {
    let frames = options.expectedFrameCount
    try format.check(sampleRate: sampleRate, channelCount: channelCount, frameCount: frames, path: path)
    try format.check(options.layout, channelCount: channelCount, path: path)
    self.path = path
    self.format = format.resolved(
      channelCount: channelCount, frameCount: frames,
      isExtensible: Self.isExtensible(options, channelCount: channelCount))
    self.sampleRate = sampleRate
    self.channelCount = channelCount
    let width = self.format.bytesPerSample ?? 0
    let folder = OutputFile.folder(of: path)
    try FileBytes.checkRoom(
      for: self.format.byteCount(frames: frames ?? 0, channelCount, width: width), inFolder: folder)
    output = try OutputFile(path: path, overwrites: options.overwrites)
    output.willAppear = options.willAppear
    sourceBitRate = options.metadata.stored?.bitRate
    preparer = FramePreparer(
      bits: self.format.encoding.quantizedBits, channelCount: channelCount,
      isDithered: options.isDithered, seed: options.ditherSeed)
    order = ChannelOrder(options.layout, channelCount: channelCount, format: self.format)
    parts = PartWriter(options, self.format, order)
    file = parts.file(output.descriptor)
    do throws(SoundFileHandle.Failure) {
      handle = try SoundFileHandle(
        writing: file, formatCode: self.format.code, sampleRate: sampleRate,
        channelCount: channelCount)
    } catch {
      throw .cannotCreate(path, error.message)
    }
    losses = handle.prepare(self.format, order, options, writesTexts: parts.writesTexts) + parts.losses
  }

  /// Whether WAV needs the extensible format chunk, for the places of the channels or for their kind.
  private static func isExtensible(_ options: Options, channelCount: Int) -> Bool {
    if let layout = options.layout, layout != .unplaced, channelCount > 2 { return true }
    guard let stored = options.metadata.stored else { return false }
    return stored.isAmbisonic == true || !(stored.channelMask.map(ChannelLayout.isUsual(mask:)) ?? true)
  }

  deinit {
    // The handle is closed before the descriptor, since closing may still write.
    try? handle.close()
  }

  /// The ``Options/quality`` at which MP3 has a given constant bit rate, in bit/s.
  ///
  /// libsndfile maps quality to the range of bit rates of the sample rate (MPEG 1, 2 and 2.5).
  public static func quality(ofBitRate bitRate: Double, sampleRate: Int) -> Double {
    let range = sampleRate >= 32000 ? 32e3...320e3 : sampleRate >= 16000 ? 8e3...160e3 : 8e3...64e3
    return min(max((bitRate - range.lowerBound) / (range.upperBound - range.lowerBound), 0), 1)
  }

  /// Writes the valid frames of a buffer.
  ///
  /// Integer encodings are quantised (see ``Quantizer``), floats written as they are.
  ///
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  public func write(_ buffer: FrameBuffer) throws(SoundFileError) {
    preparer.prepare(buffer, into: &frames)
    try write(&frames)
  }

  /// Writes prepared frames; their channels may be in another order afterwards.
  package func write(_ frames: inout InterleavedFrames) throws(SoundFileError) {
    switch preparer.kind {
    case .short: try put(&frames.shorts, count: frames.count)
    case .integer: try put(&frames.integers, count: frames.count)
    case .float: try putFloats(&frames.floats, count: frames.count)
    }
  }

  /// Writes interleaved frames given as 32-bit integers whose high bits hold the word.
  ///
  /// An integer encoding of b bits takes the high b bits unchanged, so together with
  /// ``SoundFileReader/readIntegers(into:)`` this copies bit for bit.
  ///
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  public func writeIntegers(_ items: [Int32]) throws(SoundFileError) {
    var items = items
    try put(&items, count: items.count)
  }

  /// Writes interleaved frames given as `Float`, bit for bit into 32-bit float files.
  ///
  /// - Precondition: The encoding is not one of integers, for which ``write(_:)`` is meant.
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  public func writeFloats(_ items: [Float]) throws(SoundFileError) {
    precondition(preparer.quantizer == nil, "floats are quantised by write(_:)")
    var items = items
    try putFloats(&items, count: items.count)
  }

  /// Writes interleaved frames given as `Double`, bit for bit into 64-bit float files.
  ///
  /// - Precondition: The encoding is not one of integers, for which ``write(_:)`` is meant.
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  public func writeDoubles(_ items: [Double]) throws(SoundFileError) {
    precondition(preparer.quantizer == nil, "floats are quantised by write(_:)")
    var items = items
    try putFloats(&items, count: items.count)
  }

  /// Completes the file and gives it its name.
  ///
  /// - Throws: ``SoundFileError``: `impossibleFormat` where nothing was written to a format that cannot be empty, else
  ///   `inputOutput` or `cannotCreate`. After an error no file is left.
  public func finish() throws(SoundFileError) {
    precondition(!isFinished, "a file is finished once")
    isFinished = true
    try format.check(sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount, path: path)
    do throws(SoundFileHandle.Failure) {
      try handle.close()
    } catch {
      throw .cannotWrite(path, error.message)
    }
    guard file.finish(), parts.prepare(output.descriptor) else {
      throw .cannotWrite(path, "the metadata could not be written (\(SoundFileError.text(errno)))")
    }
    if format.container == .aiff, format.bytesPerSample == 1, frameCount * channelCount % 2 == 1 {
      guard AIFFHeader.setFrameCount(frameCount, frameBytes: channelCount, in: output.descriptor) else {
        throw .cannotWrite(path, "the header could not be completed")
      }
    }
    if format.container == .rf64, !RF64Header.clearTime(in: output.descriptor) {
      throw .cannotWrite(path, "the header could not be completed")
    }
    guard parts.finish(output.descriptor) else {
      throw .cannotWrite(path, "the metadata could not be written (\(SoundFileError.text(errno)))")
    }
    try checkWhole()
    noteBitRate()
    try output.commit()
  }

  /// Notes a loss where a lossy file has less than 0.8 times the bit rate of its lossy source.
  private func noteBitRate() {
    guard !format.encoding.isLossless, let before = sourceBitRate, frameCount > sampleRate,
      let byteCount = output.byteCount
    else { return }
    let after = SoundFileInfo.bitRate(byteCount: byteCount, frameCount: frameCount, sampleRate: sampleRate)
    guard after < 0.8 * before else { return }
    let (found, wanted) = (Int((after / 1000).rounded()), Int((before / 1000).rounded()))
    losses.append("the bit rate: \(found) kbit/s in place of \(wanted) (a higher quality keeps it)")
  }

  /// Checks the finished file: opens it again, and reads blocks from its start to its end.
  private func checkWhole() throws(SoundFileError) {
    let reason: String?
    do throws(SoundFileError) {
      let source = try SoundSource(duplicating: output.descriptor, path: path)
      let opening = try SoundFileReader.Opening(source, HeaderProbe(source))
      let found = opening.info.frameCount
      let isWhole = found == frameCount || (format.isBlockPadded && found >= frameCount)
      let isClean = opening.info.warnings.isEmpty && !opening.info.isTruncated
      // libsndfile cannot seek in some of the older encodings, so these are decoded as a whole.
      let canBeRead =
        FormatCapability.of(format) == nil
        ? try opening.countFrames(source) == found
        : try opening.streams.open(0, of: source).isReadable(frameCount: found)
      guard opening.info.sampleRate == sampleRate, opening.info.channelCount == channelCount else {
        throw .impossibleFormat(
          path, "\(format.name) cannot hold \(channelCount) channels at \(sampleRate) Hz exactly",
          alternatives: [])
      }
      reason =
        isWhole && isClean && canBeRead
        ? nil : "not all of the \(frameCount) frames can be read back"
    } catch {
      if error.kind == .impossibleFormat { throw error }
      let reason = "what was written cannot be read back: \(error.description)"
      // A fault of the system concerns all files, one of the content this file alone.
      throw error.kind == .inputOutput ? .cannotWrite(path, reason) : .cannotReadBack(path, reason)
    }
    if let reason { throw .cannotReadBack(path, reason) }
  }

  /// Hands interleaved floats to libsndfile.
  ///
  /// Encoders of Vorbis, Opus and MP3 end the program or drop sound at values that are not finite or far too large.
  /// These get 0 in their place; uncompressed floats are written as they are.
  private func putFloats<Item: LibrarySample & BinaryFloatingPoint>(
    _ items: inout [Item], count: Int
  ) throws(SoundFileError) {
    if !format.encoding.isLossless {
      let limit = Item(Self.largestMagnitude)
      // Comparisons with NaN are false.
      for index in 0..<count where !(abs(items[index]) <= limit) {
        items[index] = 0
        silencedCount += 1
      }
    }
    try put(&items, count: count)
  }

  /// Hands interleaved frames to libsndfile, in the container's order of channels.
  private func put<Item: LibrarySample>(_ items: inout [Item], count: Int) throws(SoundFileError) {
    precondition(count % channelCount == 0, "the items must make whole frames")
    if let sources = order.sources { items.reorder(sources, count: count) }
    if let limit = FormatCapability.of(format)?.maximumByteCount, let width = format.bytesPerSample {
      guard (frameCount * channelCount + count) * width <= limit else {
        throw .cannotWrite(
          path, "\(format.name) ends at 4.2 GB; state the number of frames beforehand, or choose RF64")
      }
    }
    var done = 0
    while done < count {
      let wanted = min(count - done, Self.blockLength * channelCount)
      let block = done..<done + wanted
      let written = unsafe items.withUnsafeBufferPointer { buffer in
        unsafe Item.write(handle, UnsafeBufferPointer(rebasing: buffer[block]))
      }
      guard written == wanted / channelCount else {
        throw .cannotWrite(path, handle.failure?.message ?? "is the disk full?")
      }
      frameCount += written
      done += wanted
    }
    output.sendToDisk()
  }
}

extension Array {
  /// Puts the channels of interleaved frames into another order.
  fileprivate mutating func reorder(_ sources: [Int], count: Int) {
    var frame: [Element] = []
    frame.reserveCapacity(sources.count)
    for start in stride(from: 0, to: count, by: sources.count) {
      frame.removeAll(keepingCapacity: true)
      for source in sources { frame.append(self[start + source]) }
      for channel in 0..<sources.count { self[start + channel] = frame[channel] }
    }
  }
}

extension SoundEncoding {
  /// The word length that samples are quantised to before they are handed over, or nil for floats and lossy codecs.
  var quantizedBits: Int? {
    integerBits ?? (isCompanded ? 16 : [.dwvw24, .dwvwN].contains(self) ? 24 : nil)
  }
}

extension SoundFileFormat {
  /// The format in which a clip is written: RF64 for large WAV, extensible WAV where speakers are known.
  ///
  /// - Parameter isExtensible: Whether the plain format chunk of WAV cannot say what the channels are.
  func resolved(channelCount: Int, frameCount: Int?, isExtensible: Bool) -> SoundFileFormat {
    guard canBecomeRF64 else { return SoundFileFormat(container, encoding, byteOrder: writtenOrder) }
    if let limit = FormatCapability.of(self)?.maximumByteCount, let frameCount, let width = bytesPerSample,
      byteCount(frames: frameCount, channelCount, width: width) > limit
    {
      return SoundFileFormat(.rf64, encoding)
    }
    if container == .wav, isExtensible {
      return SoundFileFormat(.wavex, encoding, byteOrder: byteOrder)
    }
    return self
  }
}
