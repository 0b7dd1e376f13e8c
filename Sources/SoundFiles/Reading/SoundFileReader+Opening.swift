/// The opening of a file: all that is found before the first frame is read.
extension SoundFileReader {
  struct Opening {
    var info: SoundFileInfo
    var streams: Streams

    init(_ source: borrowing SoundSource, _ probe: HeaderProbe) throws(SoundFileError) {
      let isCut = probe.isTruncated(byteCount: source.byteCount) || probe.damageCount > 0
      // With the length known, mpg123 would print a warning of its own where an MPEG stream is cut.
      let hidesLength = probe.isMPEG && isCut
      if let name = FileSignature.refused(source.bytes(at: 0, count: 64)) {
        throw .notSound(source.path, looksLike: name, "not tried")
      }
      var probe = probe
      let handle: SoundFileHandle
      do throws(SoundFileHandle.Failure) {
        handle = try SoundFileHandle(reading: source.view(probe.streams[0], hidesLength: hidesLength))
      } catch {
        guard !error.isSystem else { throw .cannotRead(source.path, atFrame: 0, error.message) }
        guard let layout = probe.essentials(source),
          let reduced = try? SoundFileHandle(reading: source.view(layout))
        else {
          let start = source.bytes(at: 0, count: 64)
          throw .notSound(source.path, looksLike: FileSignature.describe(start), error.message)
        }
        probe.streams = [layout]
        handle = reduced
      }
      let properties = handle.properties
      guard properties.channelCount <= SoundFileReader.maximumChannelCount else {
        throw .tooManyChannels(source.path, properties.channelCount)
      }
      guard let format = SoundFileFormat(code: properties.formatCode) else {
        throw .unknownFormat(source.path, properties.formatCode)
      }
      let reported = handle.channelLayout()
      let stored = StoredMetadata.read(source, probe, format, hasLayout: reported != nil)
      info = SoundFileInfo(
        path: source.path, format: format, sampleRate: properties.sampleRate,
        channelCount: properties.channelCount, frameCount: properties.frameCount ?? 0,
        declaredFrameCount: nil,
        isTruncated: isCut, warnings: [], metadata: handle.wholeMetadata(),
        layout: ChannelLayout.stated(
          in: source, format, channelCount: properties.channelCount, reported: reported, stored),
        stamp: source.stamp)
      if let stored { info.metadata.texts = stored.textFields(info.metadata.texts) }
      // libsndfile reads some texts of tags wrongly, or others of them.
      if format.container == .mp3, let texts = stored?.texts { info.metadata.texts = texts }
      info.metadata.stored = stored
      info.metadata.stored?.texts = info.metadata.texts
      if let rate = StatedRate.fractional(source, format, readAs: properties.sampleRate) {
        info.warnings.append(.hasFractionalRate(rate, usedRate: properties.sampleRate))
      }
      if probe.isUnclosed { info.warnings.append(.hasUnfinishedHeader) }
      if probe.damageCount > 0 { info.warnings.append(.hasDamage(placeCount: probe.damageCount)) }
      streams = Streams(
        layouts: [probe.streams[0]], hideLength: hidesLength || (probe.isMPEG && probe.lacksFrameCount))
      let hasMore = try takeLinks(source, probe.streams.dropFirst())
      if hasMore || probe.hasMoreStreams { info.warnings.append(.hasMoreStreams) }
      if probe.unreadByteCount > 0 {
        info.warnings.append(.hasUnreadBytes(byteCount: probe.unreadByteCount))
      }
      if !probe.parallelCodecs.isEmpty {
        info.warnings.append(.hasParallelStreams(codecs: probe.parallelCodecs))
      }
      try checkLength(source, handle, probe)
      if !format.encoding.isLossless, format.bytesPerSample == nil, info.frameCount > info.sampleRate {
        info.metadata.stored?.bitRate = SoundFileInfo.bitRate(
          byteCount: source.byteCount, frameCount: info.frameCount, sampleRate: info.sampleRate)
      }
    }

    /// Takes the further links of a chain, up to one that cannot be read or differs from the first in rate or channels.
    ///
    /// - Returns: Whether there is such a link.
    private mutating func takeLinks(
      _ source: borrowing SoundSource, _ links: ArraySlice<FileLayout>
    ) throws(SoundFileError) -> Bool {
      for layout in links {
        let handle: SoundFileHandle
        do throws(SoundFileHandle.Failure) {
          handle = try SoundFileHandle(reading: source.view(layout))
        } catch {
          guard !error.isSystem else {
            throw .cannotRead(source.path, atFrame: info.frameCount, error.message)
          }
          return true
        }
        let properties = handle.properties
        guard properties.sampleRate == info.sampleRate, properties.channelCount == info.channelCount else {
          return true
        }
        streams.layouts.append(layout)
        info.frameCount = (FileNumber(info.frameCount) + FileNumber(properties.frameCount ?? 0)).value
      }
      return false
    }

    /// Sets the number of frames that can be read, and notes the promised number where it differs.
    private mutating func checkLength(
      _ source: borrowing SoundSource, _ handle: borrowing SoundFileHandle, _ probe: HeaderProbe
    ) throws(SoundFileError) {
      let isUnknown = handle.properties.frameCount == nil || (probe.isMPEG && probe.lacksFrameCount)
      let declared = isUnknown ? nil : info.frameCount
      if info.format.container == .flac, !handle.reachesEnd {
        info.isTruncated = true
      }
      let isImpossible = FileNumber(info.frameCount) > frameLimit(source, probe)
      if let frameBytes = info.format.bytesPerSample.map({ FileNumber($0) * FileNumber(info.channelCount) }),
        !isImpossible
      {
        if info.isTruncated, let start = probe.dataStart, let end = probe.declaredEnd {
          info.declaredFrameCount = ((end - start) / frameBytes).value
        }
      } else if info.isTruncated || isUnknown || isImpossible {
        info.frameCount = try countFrames(source)
        if let declared, declared > info.frameCount {
          info.declaredFrameCount = declared
          info.isTruncated = true
        }
      }
      guard info.isTruncated, probe.damageCount == 0 || info.declaredFrameCount != nil else { return }
      info.warnings.append(truncation(byteCount: source.byteCount, declaredEnd: probe.declaredEnd?.value))
    }

    /// The largest number of frames that the file's bytes can hold.
    ///
    /// Every coding takes at least a bit a sample, but for those that describe whole blocks at once.
    private func frameLimit(_ source: borrowing SoundSource, _ probe: HeaderProbe) -> FileNumber {
      if let limit = probe.frameLimit { return limit }
      switch info.format.container {
      case .flac, .mp3: return FileNumber(Int.max)
      case .caf where info.format.bytesPerSample == nil: return FileNumber(Int.max)
      default: return FileNumber(source.byteCount) * 8
      }
    }

    private func truncation(byteCount: Int, declaredEnd: Int?) -> SoundFileWarning {
      if let declared = info.declaredFrameCount {
        return .breaksOff(frameCount: info.frameCount, declaredFrameCount: declared)
      }
      guard let declaredEnd, declaredEnd > byteCount else { return .lacksEnd(frameCount: info.frameCount) }
      return .isShort(frameCount: info.frameCount, byteCount: byteCount, declaredByteCount: declaredEnd)
    }

    /// Decodes a file to its end, and counts its frames.
    func countFrames(_ source: borrowing SoundSource) throws(SoundFileError) -> Int {
      var items = [Float](repeating: 0, count: 8192 * info.channelCount)
      var total = 0
      for index in streams.layouts.indices {
        let handle = try streams.open(index, of: source)
        while true {
          let frames = unsafe items.withUnsafeMutableBufferPointer { unsafe Float.read(handle, $0) }
          if let failure = handle.failure, failure.isSystem {
            throw .cannotRead(source.path, atFrame: total, failure.message)
          }
          guard frames > 0 else { break }
          total += frames
        }
      }
      return total
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

extension SoundFileHandle {
  /// Whether blocks spread over a file opened for reading, the first and the last among them, can be reached and
  /// decoded.
  func isReadable(frameCount: Int) -> Bool {
    // Opening the file has checked every MPEG frame and every Ogg page. Seeking in them sometimes fails in libsndfile
    // 1.2, and makes an MPEG decoder print that bits are missing.
    let isChecked =
      SoundFileFormat(code: properties.formatCode).map { [.mp3, .ogg].contains($0.container) } == true
    let (blockCount, blockLength) = (isChecked ? 1 : 16, 1024)
    var block = [Float](repeating: 0, count: blockLength * properties.channelCount)
    let last = max(0, frameCount - blockLength)
    for number in 0..<(last == 0 ? 1 : blockCount) {
      // Dividing first keeps the product from overflowing.
      let start = isChecked ? 0 : number == blockCount - 1 ? last : last / (blockCount - 1) * number
      let wanted = min(blockLength, frameCount - start)
      guard wanted > 0 else { return true }
      guard seek(to: start) else { return false }
      let got = unsafe block.withUnsafeMutableBufferPointer { buffer in
        unsafe Float.read(
          self, UnsafeMutableBufferPointer(rebasing: buffer[..<(wanted * properties.channelCount)]))
      }
      guard got == wanted, failure == nil else { return false }
    }
    return true
  }
}

extension SoundFileFormat {
  /// The number of bytes of a sample; nil where samples differ in size.
  var bytesPerSample: Int? { container == .flac ? nil : encoding.bytesPerSample }
}

extension SoundEncoding {
  /// The number of bytes of a sample; nil where samples differ in size.
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

/// Descriptions of files that libsndfile refuses, for helpful messages.
enum FileSignature {
  private static let known: [(offset: Int, bytes: [UInt8], name: String)] = [
    (4, Array("ftyp".utf8), "MPEG-4 audio or video (M4A, MP4), which libsndfile does not read"),
    (0, [0x1A, 0x45, 0xDF, 0xA3], "Matroska or WebM, which libsndfile does not read"),
    (4, Array("moov".utf8), "QuickTime, which libsndfile does not read"),
    (4, Array("mdat".utf8), "QuickTime, which libsndfile does not read"),
    (0, Array("FLV".utf8), "Flash video, which libsndfile does not read"),
    (8, Array("AVI ".utf8), "AVI video, which libsndfile does not read"),
    (0, [0, 0, 1, 0xBA], "an MPEG program stream (video), which libsndfile does not read"),
    (0, Array("nut/multimedia".utf8), "NUT, which libsndfile does not read"),
    (0, [0x30, 0x26, 0xB2, 0x75], "Windows Media, which libsndfile does not read"),
    (0, Array("wvpk".utf8), "WavPack, which libsndfile does not read"),
    (0, Array("MAC ".utf8), "Monkey’s Audio, which libsndfile does not read"),
    (0, [0xFF, 0xF1], "AAC, which libsndfile does not read"),
    (0, [0xFF, 0xF9], "AAC, which libsndfile does not read"),
    (0, Array("MThd".utf8), "MIDI, which holds notes and no sound"),
    (0, Array("%PDF".utf8), "a PDF document"),
    (0, [0x89, 0x50, 0x4E, 0x47], "a PNG picture"),
    (0, [0xFF, 0xD8, 0xFF], "a JPEG picture"),
    (0, [0x50, 0x4B, 0x03, 0x04], "a ZIP archive"),
    (0, [0x1F, 0x8B], "a gzip archive"),
    (0, Array("RIFF".utf8), "a RIFF file whose header or sound format is damaged or unknown"),
    (
      0, Array("fLaC".utf8),
      "a FLAC file whose header is damaged, of an unusual word length, or without frames"
    ),
    (
      0, Array("OggS".utf8),
      "an Ogg file whose header is damaged or whose codec is none of Vorbis, Opus and FLAC"
    ),
  ]

  /// The description of a container in which libsndfile would find some MPEG frames and miss others; nil for other
  /// files.
  static func refused(_ start: [UInt8]) -> String? {
    for (offset, bytes) in foreign where start.count >= offset + bytes.count {
      if start[offset..<offset + bytes.count].elementsEqual(bytes) { return describe(start) }
    }
    return nil
  }

  private static let foreign: [(offset: Int, bytes: [UInt8])] = [
    (4, Array("ftyp".utf8)), (0, [0x1A, 0x45, 0xDF, 0xA3]), (0, [0x30, 0x26, 0xB2, 0x75]),
    (0, Array("FLV".utf8)), (8, Array("AVI ".utf8)), (0, [0, 0, 1, 0xBA]), (4, Array("moov".utf8)),
    (4, Array("mdat".utf8)), (0, Array("nut/multimedia".utf8)),
  ]

  /// A description of a file by its first bytes; nil where they are not known.
  static func describe(_ start: [UInt8]) -> String? {
    for (offset, bytes, name) in known where start.count >= offset + bytes.count {
      if start[offset..<offset + bytes.count].elementsEqual(bytes) { return name }
    }
    let printable = start.allSatisfy { $0 >= 32 || [9, 10, 13].contains($0) }
    return printable && !start.isEmpty ? "text" : nil
  }
}
