import Foundation

/// Where the bytes of an input are, for reading by position.
enum ByteStore {
  /// In an open file; the descriptor belongs to the owner of the value.
  case file(Int32)
  /// In memory.
  case memory([UInt8])

  /// Fills a buffer from an offset on as far as the bytes reach, and returns their number; -1 with `errno` set where
  /// reading fails at once.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    switch self {
    case .file(let descriptor): return unsafe FileBytes.read(buffer, from: descriptor, at: offset)
    case .memory(let bytes):
      guard offset >= 0, offset < bytes.count else { return 0 }
      let count = min(buffer.count, bytes.count - offset)
      unsafe buffer.copyBytes(from: bytes[offset..<offset + count])
      return count
    }
  }

  /// The offsets of the places at which one of some marks of equal length stands, in order and without overlap.
  ///
  /// - Parameters:
  ///   - marks: The marks; all start with the same byte.
  ///   - start: The offset from which on they are looked for.
  ///   - byteCount: The number of bytes of the store.
  ///   - limit: The largest number of places that are returned.
  func places(ofAny marks: [[UInt8]], from start: FileNumber, byteCount: Int, limit: Int) -> [Int] {
    guard let length = marks.first?.count, length > 0 else { return [] }
    var places: [Int] = []
    var offset = start
    let rest = max(0, FileNumber(byteCount) - start).value
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(1 << 20, rest), alignment: 16)
    defer { unsafe buffer.deallocate() }
    while places.count < limit {
      let got = unsafe read(buffer, at: offset.value)
      guard got >= length else { break }
      var index = 0
      while places.count < limit,
        let found = unsafe Self.place(ofAny: marks, length, in: UnsafeRawBufferPointer(buffer), index..<got)
      {
        places.append((offset + FileNumber(found)).value)
        index = found + length
      }
      guard got == buffer.count else { break }
      // The next buffer overlaps this one, for a mark across the border.
      offset += FileNumber(max(index, got - length + 1))
    }
    return places
  }

  private static func place(
    ofAny marks: [[UInt8]], _ length: Int, in bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) -> Int? {
    guard let base = bytes.baseAddress, let first = marks.first?.first else { return nil }
    var index = range.lowerBound
    while index <= range.upperBound - length,
      let match = unsafe memchr(base + index, Int32(first), range.upperBound - length - index + 1)
    {
      index = unsafe UnsafeRawPointer(match) - base
      for mark in marks where unsafe memcmp(match, mark, length) == 0 { return index }
      index += 1
    }
    return nil
  }
}

extension Array<UInt8> {
  /// The first place of a byte in a range of the indices; nil where it is not there.
  func place(of byte: UInt8, in range: Range<Int>) -> Int? {
    let bounds = range.clamped(to: indices)
    guard !bounds.isEmpty else { return nil }
    return unsafe withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        let match = unsafe memchr(base + bounds.lowerBound, Int32(byte), bounds.count)
      else { return nil }
      return unsafe UnsafeRawPointer(match) - base
    }
  }
}
