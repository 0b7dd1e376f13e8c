/// Containers made of chunks: an identifier, a length, and so many bytes.
extension HeaderProbe {
  /// No honest header has more chunks before its data.
  private static let chunkLimit = 4096

  mutating func probeRIFF(_ source: borrowing SoundSource, bigEndian: Bool) {
    var offset = 12
    var longLength: Int?
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 24)
      guard let length = Self.number(chunk, 4, 4, bigEndian: bigEndian) else { return }
      switch Self.text(chunk, 0, 4) {
      case "ds64":
        longLength = Self.number(chunk, 16, 8, bigEndian: false)
      case "data":
        if let longLength, length == 0xFFFF_FFFF {
          note(dataStart: offset + 8, length: longLength, in: source)
        } else if Self.isPlaceholder(length), source.byteCount < offset + 8 + length {
          dataStart = offset + 8
        } else {
          note(dataStart: offset + 8, length: length, in: source)
        }
        return
      default: break
      }
      offset += 8 + length + length % 2
    }
  }

  mutating func probeAIFF(_ source: borrowing SoundSource) {
    var offset = 12
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 8)
      guard let length = Self.number(chunk, 4, 4, bigEndian: true) else { return }
      if Self.text(chunk, 0, 4) == "SSND" {
        dataStart = offset + 16
        if length <= 8 {
          isUnclosed = source.byteCount > offset + 24
        } else if !Self.isPlaceholder(length) || source.byteCount >= offset + 8 + length {
          declaredEnd = offset + 8 + length
        }
        return
      }
      offset += 8 + length + length % 2
    }
  }

  mutating func probeW64(_ source: borrowing SoundSource) {
    // Identifiers are 16 bytes; lengths count the 24 bytes of identifier and length; chunks start at multiples of 8.
    var offset = 40
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 24)
      guard let length = Self.number(chunk, 16, 8, bigEndian: false), length >= 24 else { return }
      if Self.text(chunk, 0, 4) == "data" {
        note(dataStart: offset + 24, length: length - 24, in: source)
        return
      }
      let (next, overflow) = offset.addingReportingOverflow((length + 7) & ~7)
      if overflow { return }
      offset = next
    }
  }

  mutating func probeCAF(_ source: borrowing SoundSource) {
    var offset = 8
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 12)
      guard chunk.count == 12 else { return }
      // A length of -1 means “to the end of the file”; it does not fit an Int here.
      let length = Self.number(chunk, 4, 8, bigEndian: true)
      if Self.text(chunk, 0, 4) == "data" {
        dataStart = offset + 16
        guard let length else { return }
        if length <= 4 {
          isUnclosed = source.byteCount > offset + 24
        } else {
          declaredEnd = offset + 12 + length
        }
        return
      }
      guard let length else { return }
      let (next, overflow) = offset.addingReportingOverflow(12 + length)
      if overflow { return }
      offset = next
    }
  }

  mutating func probeAU(_ source: borrowing SoundSource, bigEndian: Bool) {
    let header = source.bytes(at: 0, count: 12)
    guard let start = Self.number(header, 4, 4, bigEndian: bigEndian),
      let length = Self.number(header, 8, 4, bigEndian: bigEndian)
    else { return }
    dataStart = start
    if length != 0xFFFF_FFFF { note(dataStart: start, length: length, in: source) }
  }
}
