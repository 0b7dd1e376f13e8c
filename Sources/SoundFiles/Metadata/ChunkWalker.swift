/// Passes over chunks one after the other: a name of 4 bytes, a length, and as many bytes as it says.
///
/// Two faults of other programs are passed over: an odd length without the byte that pads it, and zeros between chunks.
struct ChunkWalker {
  /// A chunk.
  struct Chunk {
    /// The name; empty where it is not printable ASCII.
    var name: String
    /// The offset of its content.
    var start: FileNumber
    /// The stated length of its content.
    var length: FileNumber
    /// The number of bytes of its content that are there.
    var available: FileNumber
    /// Whether the content ends before its stated length.
    var isCut: Bool { available < length }
  }

  private let view: FileView
  private let end: FileNumber
  private let bigEndian: Bool
  private let lengthSize: Int
  private let alignment: FileNumber
  /// The offset of the next chunk.
  private(set) var offset: FileNumber
  /// Whether the next chunk can stand a byte earlier, because the padding is missing.
  private var mayLackPadding = false
  private var left = StoredMetadata.chunkLimit

  /// Creates a walker from an offset of a view on.
  ///
  /// - Parameters:
  ///   - start: The offset of the first chunk.
  ///   - end: The end of the chunks; nil is the end of the view.
  ///   - lengthSize: The number of bytes of a length.
  ///   - alignment: The number of bytes to whose multiples lengths are padded.
  init(
    _ view: FileView, from start: FileNumber, end: FileNumber? = nil, bigEndian: Bool, lengthSize: Int = 4,
    alignment: FileNumber = 2
  ) {
    self.view = view
    (self.lengthSize, self.alignment) = (lengthSize, alignment)
    self.bigEndian = bigEndian
    let total = FileNumber(view.length ?? 0)
    self.end = min(end ?? total, total)
    offset = start
  }

  /// Creates a walker over bytes in memory.
  init(_ bytes: [UInt8], bigEndian: Bool) {
    self.init(
      FileView(.memory(bytes), FileLayout(0..<bytes.count)), from: 0, bigEndian: bigEndian)
  }

  private var headSize: FileNumber { FileNumber(4 + lengthSize) }

  /// The next chunk; nil at the end, and where no chunk is found.
  mutating func next() -> Chunk? {
    guard offset < end, left > 0 else { return nil }
    left -= 1
    let found = whole(at: offset)
    if found == nil || found?.name == "", let other = displaced() {
      return take(other)
    }
    if let found { return take(found) }
    // A chunk that states more bytes than follow is the last one.
    guard let cut = chunk(at: offset), cut.name != "" else { return nil }
    offset = end
    return cut
  }

  /// Corrects the length of the chunk that was found last.
  mutating func correct(_ chunk: Chunk, length: FileNumber) {
    var chunk = chunk
    chunk.length = length
    _ = take(chunk)
  }

  /// Whether anything but zeros follows the last chunk, as far as the first 64 kB tell.
  var hasRest: Bool {
    guard offset < end else { return false }
    return view.bytes(at: offset, count: min(1 << 16, (end - offset).value)).contains { $0 != 0 }
  }

  private mutating func take(_ chunk: Chunk) -> Chunk {
    offset = chunk.start + chunk.length.roundedUp(toMultipleOf: alignment)
    mayLackPadding = offset > chunk.start + chunk.length
    return chunk
  }

  /// The chunk at an offset, whether its content is there or not.
  private func chunk(at offset: FileNumber) -> Chunk? {
    let head = view.bytes(at: offset, count: 4 + lengthSize)
    guard let length = HeaderBytes.number(head, 4, lengthSize, bigEndian: bigEndian) else { return nil }
    let isNamed = head.prefix(4).allSatisfy { (0x20...0x7E).contains($0) }
    let start = offset + headSize
    return Chunk(
      name: isNamed ? HeaderBytes.text(head, 0, 4) : "", start: start, length: length,
      available: min(length, max(0, end - start)))
  }

  /// The chunk at an offset, if all of its content is there; one without a name must also be followed by another.
  private func whole(at offset: FileNumber) -> Chunk? {
    guard let chunk = chunk(at: offset), !chunk.isCut else { return nil }
    guard chunk.name == "" else { return chunk }
    let next = chunk.start + chunk.length.roundedUp(toMultipleOf: alignment)
    guard chunk.length > 0, next < end else { return nil }
    return named(at: next) == nil ? nil : chunk
  }

  private func named(at offset: FileNumber) -> Chunk? {
    guard let chunk = chunk(at: offset), !chunk.isCut, chunk.name != "" else { return nil }
    return chunk
  }

  /// The chunk a byte before the offset, or behind zeros.
  private func displaced() -> Chunk? {
    if mayLackPadding, let chunk = named(at: offset - 1) { return chunk }
    let bytes = view.bytes(at: offset, count: min(1 << 16, (end - offset).value))
    guard bytes.first == 0, let index = bytes.firstIndex(where: { $0 != 0 }) else { return nil }
    return named(at: offset + FileNumber(index))
  }
}
