/// MPEG audio streams, and tags before streams.
extension HeaderProbe {
  /// Probes a file that starts with ID3 tags, with zeros, or with a frame of an MPEG stream.
  mutating func probeTagged(_ source: borrowing SoundSource) {
    let tagEnd = Self.endOfTags(source)
    guard let start = Self.firstNonZero(source, from: tagEnd) else { return }
    if tagEnd > 0, HeaderBytes.text(source.bytes(at: start, count: 4), 0, 4) == "fLaC" {
      // Because of the tag, libsndfile takes as many bytes at the end for missing.
      probeFLAC(source, from: start)
      hasForeignTag = true
      return
    }
    probeMPEG(source, tagEnd: tagEnd, from: start)
  }

  /// The offset behind the ID3v2 tags at the start of a file.
  static func endOfTags(_ source: borrowing SoundSource) -> FileNumber {
    var offset: FileNumber = 0
    // Honest files have fewer tags.
    for _ in 0..<64 {
      let tag = source.bytes(at: offset, count: 10)
      guard tag.count == 10, HeaderBytes.text(tag, 0, 3) == "ID3" else { return offset }
      // A footer is not part of the length.
      offset += 10 + ID3Tag.syncSafe(tag, 6) + (tag[5] & 0x10 != 0 ? 10 : 0)
    }
    return offset
  }

  /// The offset of the first byte, from an offset on, that is not zero.
  private static func firstNonZero(_ source: borrowing SoundSource, from start: FileNumber) -> FileNumber? {
    var offset = start
    while case let bytes = source.bytes(at: offset, count: 1 << 16), !bytes.isEmpty {
      if let index = bytes.firstIndex(where: { $0 != 0 }) { return offset + FileNumber(index) }
      offset += FileNumber(bytes.count)
    }
    return nil
  }

  /// Probes an MPEG stream, whose length is in a Xing, Info or VBRI record inside its first frame, or not stored.
  private mutating func probeMPEG(
    _ source: borrowing SoundSource, tagEnd: FileNumber, from start: FileNumber
  ) {
    let window = source.bytes(at: start, count: 65_536)
    guard let position = Self.firstFrame(in: window), let frame = MPEGFrameHeader(window, at: position) else {
      return
    }
    let first = start + FileNumber(position)
    var walk = MPEGWalk(source, from: first, like: frame)
    // Other kinds of files can hold bytes that look like a few frames.
    guard tagEnd > 0 || position == 0 || FileNumber(walk.byteCount) * 2 > source.rest(after: start) else {
      return
    }
    isMPEG = true
    dataStart = first
    lacksFrameCount = true
    lacksEndOfStream = walk.isCut
    hasMoreStreams = walk.hasOtherStream
    hasInnerTags = walk.hasInnerTags
    damageCount = walk.gapCount
    let record = position + 4 + frame.sideInformationLength
    var counts: [(offset: FileNumber, declared: FileNumber, found: FileNumber)] = []
    var declaredCount: FileNumber?
    let byteCount = FileNumber(walk.byteCount)
    if MPEGWalk.isLengthRecord(window, at: record),
      let flags = HeaderBytes.number(window, record + 4, 4, bigEndian: true)
    {
      let (hasFrames, hasBytes) = (flags.value & 1 != 0, flags.value & 2 != 0)
      lacksFrameCount = !hasFrames
      let place = first + FileNumber(record - position + 8)
      if hasFrames {
        let declared = source.number(at: place, count: 4, bigEndian: true) ?? 0
        declaredCount = declared
        counts.append((place, declared, FileNumber(walk.frameCount)))
      }
      let next = place + (hasFrames ? 4 : 0)
      if hasBytes {
        counts.append((next, source.number(at: next, count: 4, bigEndian: true) ?? 0, byteCount))
      }
    } else if HeaderBytes.text(window, position + 36, 4) == "VBRI" {
      // Behind the mark: version, delay and quality of two bytes each, then bytes and frames of four each. The decoder
      // does not read this record, so frames are counted.
      declaredCount = source.number(at: first + 50, count: 4, bigEndian: true)
    }
    if let declaredCount, declaredCount > FileNumber(walk.frameCount) + 1 { lacksEndOfStream = true }
    // Without a stored length, other bytes at the end may stand for lost frames.
    if walk.hasForeignEnd, declaredCount == nil { damageCount += 1 }
    show(source, &walk, counts: counts)
  }

  /// Shows libsndfile only the frames of one stream, with correct lengths, behind an empty tag.
  ///
  /// Without a tag it looks for a resource fork first, and takes a folder `.AppleDouble` for one. Tags are read here
  /// (``StoredMetadata``): the decoder reads some of them wrongly, prints lines of its own about damaged ones, and
  /// takes the footer of a tag for the start of the frames.
  private mutating func show(
    _ source: borrowing SoundSource, _ walk: inout MPEGWalk,
    counts: [(offset: FileNumber, declared: FileNumber, found: FileNumber)]
  ) {
    let tag = FileLayout.Piece.bytes(
      Array("ID3\u{3}\0\0\0\0\0\u{A}".utf8) + [UInt8](repeating: 0, count: 10))
    let end = hasMoreStreams ? walk.end : source.byteCount
    if let last = walk.runs.indices.last, walk.runs[last].lowerBound < end {
      // ID3v1, APE and other tags follow the last frame.
      walk.runs[last] = walk.runs[last].lowerBound..<end
    }
    var layout = FileLayout([tag] + walk.runs.map { .file($0) })
    guard let first = walk.runs.first else { return }
    for count in counts {
      let isShort = count.declared < count.found
      let isFar = count.declared > count.found + count.found / 100 + 1
      guard isShort || (isFar && !lacksEndOfStream) else { continue }
      let offset = FileNumber(tag.count) + (count.offset - FileNumber(first.lowerBound))
      layout.patch(count.found, at: offset, count: 4, bigEndian: true)
    }
    streams = [layout]
  }

  /// The first position that holds a frame followed by a frame of the same kind, or by the end of the bytes.
  static func firstFrame(in bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for position in 0...bytes.count - 4 where bytes[position] == 0xFF {
      guard let frame = MPEGFrameHeader(bytes, at: position) else { continue }
      let next = position + frame.length
      guard next + 4 <= bytes.count else {
        if position == 0 { return 0 }
        continue
      }
      if let follower = MPEGFrameHeader(bytes, at: next), follower.isSameKind(as: frame) { return position }
    }
    return nil
  }
}

/// All frames of one MPEG stream in a file.
struct MPEGWalk {
  /// The ranges of bytes that hold frames of the stream, without later frames that only hold a length.
  var runs: [Range<Int>] = []
  /// The number of frames, without those that hold a length.
  var frameCount = 0
  /// The number of places between frames that hold other bytes than tags.
  var gapCount = 0
  /// Whether tags stand between frames.
  var hasInnerTags = false
  /// Whether the last frame is incomplete.
  var isCut = false
  /// Whether frames of another kind follow.
  var hasOtherStream = false
  /// Whether as many bytes as a frame has, or more, follow the last frame, and are no tag.
  var hasForeignEnd = false
  /// The end of the last frame.
  var end: Int

  /// The number of bytes of all frames.
  var byteCount: Int { runs.reduce(0) { $0 + $1.count } }

  init(_ source: borrowing SoundSource, from first: FileNumber, like frame: MPEGFrameHeader) {
    var bytes = ByteWindow()
    var position = first.value
    end = position
    var runStart = position
    let total = source.byteCount
    let record = 4 + frame.sideInformationLength
    while position < total {
      let head = bytes.get(source, at: position, count: record + 4)
      if let header = MPEGFrameHeader(head, at: 0), header.isSameKind(as: frame) {
        let next = position + header.length
        guard next <= total else {
          isCut = true
          break
        }
        if Self.isLengthRecord(head, at: record), frame.layer == 1 {
          // In joined files, all but the first length record are wrong for the whole.
          if position > first.value {
            if runStart < position { runs.append(runStart..<position) }
            runStart = next
          }
        } else {
          frameCount += 1
        }
        position = next
        end = next
        continue
      }
      guard let next = Self.resume(source, &bytes, from: position, like: frame) else {
        hasForeignEnd =
          total - position >= frame.length && !Self.isTag(bytes.get(source, at: position, count: 11))
        break
      }
      guard next.isSame else {
        hasOtherStream = true
        break
      }
      // Tags between joined files are no damage.
      if Self.isTag(bytes.get(source, at: position, count: 11)) { hasInnerTags = true } else { gapCount += 1 }
      if runStart < position { runs.append(runStart..<position) }
      position = next.position
      runStart = position
    }
    if runStart < end { runs.append(runStart..<end) }
  }

  /// Whether a frame holds a length instead of sound.
  static func isLengthRecord(_ bytes: [UInt8], at position: Int) -> Bool {
    ["Xing", "Info"].contains(HeaderBytes.text(bytes, position, 4))
  }

  private static func isTag(_ bytes: [UInt8]) -> Bool {
    HeaderBytes.text(bytes, 0, 3) == "ID3" || HeaderBytes.text(bytes, 0, 3) == "TAG"
      || HeaderBytes.text(bytes, 0, 8) == "APETAGEX" || HeaderBytes.text(bytes, 0, 11) == "LYRICSBEGIN"
  }

  /// The next offset at which frames follow each other, and whether they are of the given frame's kind.
  private static func resume(
    _ source: borrowing SoundSource, _ bytes: inout ByteWindow, from start: Int, like frame: MPEGFrameHeader
  ) -> (position: Int, isSame: Bool)? {
    var position = start
    while let found = bytes.place(of: 0xFF, source, from: position), found + 4 <= source.byteCount {
      if let header = bytes.frameHeader(source, at: found), follows(source, &bytes, header, at: found) {
        return (found, header.isSameKind(as: frame))
      }
      position = found + 1
    }
    return nil
  }

  /// Whether two more frames of the same kind follow a frame, or the end of the file.
  private static func follows(
    _ source: borrowing SoundSource, _ bytes: inout ByteWindow, _ header: MPEGFrameHeader, at start: Int
  ) -> Bool {
    var position = start + header.length
    for number in 0..<3 {
      if position == source.byteCount { return number > 0 }
      guard let next = bytes.frameHeader(source, at: position), next.isSameKind(as: header) else {
        return false
      }
      position += next.length
    }
    return true
  }
}

/// A window on the bytes of a file, for reading in order; the file is read in large pieces.
struct ByteWindow {
  private var start = 0
  private var bytes: [UInt8] = []
  private static let size = 1 << 18

  /// The bytes at an offset, fewer where the file ends.
  mutating func get(_ source: borrowing SoundSource, at offset: Int, count: Int) -> [UInt8] {
    move(source, to: offset, count: count)
    let first = min(offset - start, bytes.count)
    return Array(bytes[first..<min(first + count, bytes.count)])
  }

  /// Moves the window so that it holds some bytes, as far as the file has them.
  private mutating func move(_ source: borrowing SoundSource, to offset: Int, count: Int) {
    let isShort = offset - start > bytes.count - count && start + bytes.count < source.byteCount
    guard offset < start || isShort else { return }
    start = offset
    bytes = source.bytes(at: offset, count: max(Self.size, count))
  }

  /// The offset of the next byte of a value; nil where the file has none.
  mutating func place(of byte: UInt8, _ source: borrowing SoundSource, from offset: Int) -> Int? {
    var position = offset
    while position < source.byteCount {
      move(source, to: position, count: 1)
      if let index = bytes.place(of: byte, in: position - start..<bytes.count) { return start + index }
      guard start + bytes.count > position else { return nil }
      position = start + bytes.count
    }
    return nil
  }

  /// Whether the bytes at an offset are some others.
  mutating func hasMark(_ mark: [UInt8], _ source: borrowing SoundSource, at offset: Int) -> Bool {
    move(source, to: offset, count: mark.count)
    let first = offset - start
    guard first <= bytes.count - mark.count else { return false }
    for index in mark.indices where bytes[first + index] != mark[index] { return false }
    return true
  }

  /// The header of an MPEG frame at an offset; nil where there is none.
  mutating func frameHeader(_ source: borrowing SoundSource, at offset: Int) -> MPEGFrameHeader? {
    move(source, to: offset, count: 4)
    return MPEGFrameHeader(bytes, at: offset - start)
  }
}
