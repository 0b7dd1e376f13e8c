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
          note(dataStart: offset + 8, length: longLength)
        } else if Self.isPlaceholder(length), source.byteCount < offset + 8 + length {
          dataStart = offset + 8
        } else if length == 0, isUnclosedRIFF(source, dataStart: offset + 8, bigEndian: bigEndian) {
          isUnclosed = true
          dataStart = offset + 8
          repair = Repair(
            offset: offset + 4, length: source.byteCount - offset - 8, byteCount: 4, bigEndian: bigEndian)
        } else {
          note(dataStart: offset + 8, length: length)
        }
        return
      default: break
      }
      offset += 8 + length + length % 2
    }
  }

  /// Whether both lengths were left as they were before the first sample: a recording that was cut short.
  private func isUnclosedRIFF(_ source: borrowing SoundSource, dataStart: Int, bigEndian: Bool) -> Bool {
    let total = Self.number(source.bytes(at: 4, count: 4), 0, 4, bigEndian: bigEndian) ?? 0
    return total <= dataStart && source.byteCount > dataStart && source.byteCount - dataStart <= 0xFFFF_FFFF
  }

  mutating func probeAIFF(_ source: borrowing SoundSource) {
    var offset = 12
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 8)
      guard let length = Self.number(chunk, 4, 4, bigEndian: true) else { return }
      if Self.text(chunk, 0, 4) == "SSND" {
        dataStart = offset + 16
        if length > 8, !Self.isPlaceholder(length) || source.byteCount >= offset + 8 + length {
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
        note(dataStart: offset + 24, length: length - 24)
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
        declaredEnd = offset + 12 + length
        if offset + 12 + length > source.byteCount {
          // libsndfile refuses a CAF file whose data is shorter than its header says.
          let found = source.byteCount - offset - 12
          repair = Repair(offset: offset + 4, length: found, byteCount: 8, bigEndian: true)
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
    if length != 0xFFFF_FFFF { note(dataStart: start, length: length) }
  }
}
