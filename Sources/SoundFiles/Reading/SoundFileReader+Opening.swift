/// What is found out about a file before its first frame is read.
extension SoundFileReader {
  struct Opening {
    var info: SoundFileInfo
    /// Whether the file must be read as a stream of unknown length, because libsndfile would stop at an estimate.
    var readsAsStream = false

    init(_ source: borrowing SoundSource, _ probe: HeaderProbe) throws(SoundFileError) {
      let isCut = probe.isTruncated(byteCount: source.byteCount)
      // Against the file's size mpg123 would print a warning of its own where an MPEG stream is cut or goes on.
      let hidesLength = probe.isMPEG && (isCut || probe.hasMoreStreams)
      let handle: SoundFileHandle
      do throws(SoundFileHandle.Failure) {
        handle =
          hidesLength
          ? try SoundFileHandle(readingStream: source.descriptor)
          : try SoundFileHandle(reading: source.descriptor)
      } catch {
        let start = source.bytes(at: 0, count: 64)
        throw .notSound(source.path, looksLike: FileSignature.describe(start), error.message)
      }
      let properties = handle.properties
      guard let format = SoundFileFormat(code: properties.formatCode) else {
        throw .unknownFormat(source.path, properties.formatCode)
      }
      info = SoundFileInfo(
        path: source.path, format: format, sampleRate: properties.sampleRate,
        channelCount: properties.channelCount, frameCount: properties.frameCount ?? 0,
        declaredFrameCount: nil,
        isTruncated: isCut, warnings: [], metadata: handle.wholeMetadata(),
        layout: handle.channelLayout()
          ?? ChannelLayout.standard(format, channelCount: properties.channelCount))
      if probe.isUnclosed { info.warnings.append(.hasUnfinishedHeader) }
      if probe.hasMoreStreams { info.warnings.append(.hasMoreStreams) }
      readsAsStream = hidesLength || (probe.isMPEG && probe.lacksFrameCount)
      try checkLength(source, handle, probe)
    }

    /// Sets the number of frames that can be read, and notes where it is not the promised one.
    private mutating func checkLength(
      _ source: borrowing SoundSource, _ handle: borrowing SoundFileHandle, _ probe: HeaderProbe
    ) throws(SoundFileError) {
      let declared = probe.isMPEG && probe.lacksFrameCount ? nil : handle.properties.frameCount
      if info.format.container == .flac, !handle.reachesEnd { info.isTruncated = true }
      if let frameBytes = info.format.bytesPerSample.map({ $0 * info.channelCount }) {
        if info.isTruncated, let start = probe.dataStart, let end = probe.declaredEnd {
          info.declaredFrameCount = (end - start) / frameBytes
        }
      } else if info.isTruncated || declared == nil {
        info.frameCount = try Self.countFrames(source, asStream: readsAsStream)
        if let declared, declared > info.frameCount { info.declaredFrameCount = declared }
      }
      guard info.isTruncated else { return }
      info.warnings.append(truncation(byteCount: source.byteCount, declaredEnd: probe.declaredEnd))
    }

    private func truncation(byteCount: Int, declaredEnd: Int?) -> SoundFileWarning {
      if let declared = info.declaredFrameCount {
        return .breaksOff(frameCount: info.frameCount, declaredFrameCount: declared)
      }
      guard let declaredEnd else { return .lacksEnd(frameCount: info.frameCount) }
      return .isShort(frameCount: info.frameCount, byteCount: byteCount, declaredByteCount: declaredEnd)
    }

    /// Decodes a file to its end and counts.
    private static func countFrames(
      _ source: borrowing SoundSource, asStream: Bool
    ) throws(SoundFileError) -> Int {
      let handle = try SoundFileReader.handle(source, asStream: asStream)
      let channels = handle.properties.channelCount
      var items = [Float](repeating: 0, count: 8192 * channels)
      var total = 0
      while true {
        let frames = unsafe items.withUnsafeMutableBufferPointer { unsafe Float.read(handle, $0) }
        if let failure = handle.failure, failure.isSystem {
          throw .cannotRead(source.path, atFrame: total, failure.message)
        }
        guard frames > 0 else { return total }
        total += frames
      }
    }
  }
}

extension SoundFileHandle {
  /// Whether the last frame of a file opened for reading can be reached and decoded.
  var reachesEnd: Bool {
    guard let count = properties.frameCount, count > 0 else { return true }
    guard seek(to: count - 1) else { return false }
    var last = [Float](repeating: 0, count: properties.channelCount)
    return unsafe last.withUnsafeMutableBufferPointer { unsafe Float.read(self, $0) } == 1
  }
}

extension SoundFileFormat {
  /// The bytes of one sample where all samples take the same, or nil.
  var bytesPerSample: Int? { container == .flac ? nil : encoding.bytesPerSample }
}

extension SoundEncoding {
  /// The bytes of one sample where all samples take the same, or nil.
  var bytesPerSample: Int? {
    switch self {
    case .pcmS8, .pcmU8, .ulaw, .alaw: 1
    case .pcm16: 2
    case .pcm24: 3
    case .pcm32, .float32: 4
    case .float64: 8
    default: nil
    }
  }
}
