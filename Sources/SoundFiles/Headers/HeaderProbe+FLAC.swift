/// FLAC streams, also joined ones (RFC 9639).
extension HeaderProbe {
  /// Finds joined FLAC files; each is a link of a chain.
  mutating func probeFLAC(_ source: borrowing SoundSource, from start: FileNumber) {
    // The mark, then the block STREAMINFO, which comes first and has 34 bytes.
    let marks =
      [[0x66, 0x4C, 0x61, 0x43, 0, 0, 0, 34], [0x66, 0x4C, 0x61, 0x43, 0x80, 0, 0, 34]] as [[UInt8]]
    // Honest files have fewer links.
    let starts =
      [start.value]
      + source.store.places(ofAny: marks, from: start + 8, byteCount: source.byteCount, limit: 10_000)
    streams = zip(starts, starts.dropFirst() + [source.byteCount]).map { FileLayout($0..<max($0, $1)) }
    walkFLAC(source)
  }

  /// Counts the frames of each stream, which are layouts of native FLAC.
  ///
  /// A stream whose block STREAMINFO counts too few samples gets the number that its frames make. Streams whose frames
  /// were joined under one header become links of a chain. Repeated frames are left out, and silence stands for missing
  /// ones; both are counted as damage.
  mutating func walkFLAC(_ source: borrowing SoundSource) {
    var found: [FileLayout] = []
    var damage = 0
    for layout in streams {
      let view = source.view(layout)
      let start = view.bytes(at: 0, count: FLACStreamInfo.byteCount)
      guard let info = FLACStreamInfo(start), let first = FLACWalk.firstFrame(view) else {
        found.append(layout)
        continue
      }
      let walk = FLACWalk(view, info, from: first)
      damage += walk.damageCount
      if walk.hasOtherStream { hasMoreStreams = true }
      for (number, part) in walk.parts.enumerated() {
        var link = layout
        if number > 0 {
          // The block STREAMINFO as the last one.
          let header = Array(start[..<4]) + [0x80] + Array(start[5...])
          link = FileLayout([.bytes(header)] + layout.pieces(of: part.pieces))
        } else if walk.parts.count > 1 || part.pieces.count > 1 || walk.hasOtherStream {
          link = FileLayout(layout.pieces(of: [.file(0..<first)] + part.pieces))
          link.patches = layout.patches
        }
        if number > 0 || part.frameCount > info.frameCount || walk.parts.count > 1 {
          FLACStreamInfo.set(part.frameCount, in: &link, start: start)
        }
        found.append(link)
      }
      if walk.parts.isEmpty { found.append(layout) }
    }
    // Damaged pages of Ogg are counted already.
    if damageCount == 0 { damageCount = damage }
    streams = found
  }
}

/// All frames of a FLAC stream, found by their headers without decoding.
///
/// A header is taken for one if its checksum is right and its number continues the frame before it. Of other headers,
/// the checksum of the frame before has to confirm that it ends there.
struct FLACWalk {
  /// Frames whose numbers continue each other.
  struct Part {
    /// The ranges of the view's bytes without repeated frames, and silence in the place of missing ones.
    var pieces: [FileLayout.Piece] = []
    /// The number of frames of sound by the numbers of the first and the last FLAC frame.
    var frameCount: FileNumber = 0
  }

  private(set) var parts: [Part] = []
  /// The number of places at which frames are missing or repeated.
  private(set) var damageCount = 0
  /// Whether frames of another rate, number of channels or word length follow.
  private(set) var hasOtherStream = false

  private typealias Place = (header: FLACFrameHeader, position: Int)
  private let info: FLACStreamInfo
  private var first: FLACFrameHeader?
  private var last: Place?
  /// A header that continues nothing, but which the next one may continue.
  private var pending: FLACFrameHeader?
  private var part = Part()
  private var runStart = 0
  private var isRepeating = false
  private var sum: (value: UInt16, end: Int) = (0, 0)

  /// The largest number of parts; honest files have fewer.
  private static let partLimit = 10_000
  /// The largest number of frames in one place that silence stands for.
  private static let missingLimit = 1000
  /// More bytes than a frame of 65,535 samples in 8 channels of 32 bits can have.
  private static let frameByteLimit = 1 << 22
  private static let bufferSize = 1 << 18

  init(_ view: FileView, _ info: FLACStreamInfo, from start: Int) {
    self.info = info
    let total = view.length ?? 0
    var offset = start
    while offset < total, !hasOtherStream {
      let bytes = view.bytes(at: FileNumber(offset), count: Self.bufferSize)
      let isEnd = offset + bytes.count >= total
      // The next buffer starts with a header that this one may not hold to its end.
      let limit = isEnd ? bytes.count : bytes.count - FLACFrameHeader.longest
      guard limit > 0 else { break }
      var index = 0
      while !hasOtherStream, let found = bytes.place(of: 0xFF, in: index..<limit) {
        if found + 1 < bytes.count, bytes[found + 1] & 0xFE == 0xF8,
          let header = FLACFrameHeader(bytes, at: found)
        {
          take(header, at: offset + found, view)
        }
        index = found + 1
      }
      offset += limit
    }
    endPart(at: total)
  }

  /// The largest number of metadata blocks; honest files have fewer.
  private static let blockLimit = 4096

  /// The offset behind the metadata blocks of a stream; nil where it ends before.
  static func firstFrame(_ view: FileView) -> Int? {
    var offset: FileNumber = 4
    for _ in 0..<blockLimit {
      let head = view.bytes(at: offset, count: 4)
      guard let length = HeaderBytes.number(head, 1, 3, bigEndian: true) else { return nil }
      offset += 4 + length
      if head[0] & 0x80 != 0 { return offset.value }
    }
    return nil
  }

  private mutating func take(_ header: FLACFrameHeader, at position: Int, _ view: FileView) {
    let fits = header.fits(info)
    guard let last else {
      if fits { start(header, at: position) }
      return
    }
    if fits, header.number == last.header.next {
      accept(header, at: position)
    } else if isFrameEnd(position, view) {
      if !fits {
        hasOtherStream = true
        endPart(at: position)
      } else if header.number == 0, parts.count < Self.partLimit {
        endPart(at: position)
        start(header, at: position)
      } else if header.number < last.header.next {
        if !isRepeating {
          damageCount += 1
          if runStart < position { part.pieces.append(.file(runStart..<position)) }
        }
        isRepeating = true
        sum = (0, position)
      } else {
        damageCount += 1
        fill(from: last.header, to: header, at: position)
        accept(header, at: position)
      }
    } else if fits, let waiting = pending, header.number == waiting.next {
      // Behind a damaged place, which the decoder reports itself.
      accept(header, at: position)
    } else if fits {
      pending = header
    }
  }

  private mutating func start(_ header: FLACFrameHeader, at position: Int) {
    first = header
    runStart = position
    isRepeating = false
    accept(header, at: position)
  }

  private mutating func accept(_ header: FLACFrameHeader, at position: Int) {
    if isRepeating { runStart = position }
    isRepeating = false
    last = (header, position)
    pending = nil
    sum = (0, position)
  }

  /// Puts frames of silence between two frames whose numbers do not follow each other.
  ///
  /// Without them, the decoder would put silence in the place of the next frame as well.
  private mutating func fill(from last: FLACFrameHeader, to header: FLACFrameHeader, at position: Int) {
    guard last.hasVariableBlocks == header.hasVariableBlocks, !isRepeating else { return }
    let unit = header.hasVariableBlocks ? 1 : last.blockSize
    var number = last.next
    var bytes: [UInt8] = []
    for _ in 0..<Self.missingLimit where number < header.number {
      let rest = (header.number - number) * unit
      let length = min(rest, last.blockSize)
      bytes += FLACFrameHeader.silence(number, length: length, like: last, info)
      number += header.hasVariableBlocks ? length : 1
    }
    guard number == header.number else { return }
    if runStart < position { part.pieces.append(.file(runStart..<position)) }
    part.pieces.append(.bytes(bytes))
    runStart = position
  }

  private mutating func endPart(at end: Int) {
    guard let first, let last else { return }
    if !isRepeating, runStart < end { part.pieces.append(.file(runStart..<end)) }
    // All frames of a stream with numbered frames have the first one's length, but for the last.
    let unit = first.hasVariableBlocks ? 1 : first.blockSize
    part.frameCount = (last.header.number - first.number) * unit + last.header.blockSize
    parts.append(part)
    part = Part()
    self.first = nil
    self.last = nil
  }

  /// Whether the frame that is read ends at an offset, by its checksum; each byte is read once for each frame.
  private mutating func isFrameEnd(_ end: Int, _ view: FileView) -> Bool {
    guard end - sum.end <= Self.frameByteLimit else { return false }
    while sum.end < end {
      let bytes = view.bytes(at: FileNumber(sum.end), count: min(Self.bufferSize, end - sum.end))
      guard !bytes.isEmpty else { return false }
      sum = (FLACFrameHeader.checksum(bytes[...], after: sum.value), sum.end + bytes.count)
    }
    return sum.value == 0
  }
}
