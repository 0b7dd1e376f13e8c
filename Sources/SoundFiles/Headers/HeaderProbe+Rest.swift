/// What follows the declared end of the sound data.
extension HeaderProbe {
  /// How a container stores its chunks: a name, a length, and as many bytes as the length says.
  struct ChunkForm {
    /// The name of the chunk of the sound data.
    var dataName: String
    var nameLength = 4
    var lengthSize = 4
    var bigEndian = true
    /// Chunks start at multiples of this number.
    var alignment: FileNumber = 2
    /// Whether the length counts name and length as well.
    var countsHead = false

    static let riff = ChunkForm(dataName: "data", bigEndian: false)
    static let rifx = ChunkForm(dataName: "data")
    static let aiff = ChunkForm(dataName: "SSND")
    static let svx = ChunkForm(dataName: "BODY")
    static let caf = ChunkForm(dataName: "data", lengthSize: 8, alignment: 1)
    static let w64 = ChunkForm(
      dataName: "data", nameLength: 16, lengthSize: 8, bigEndian: false, alignment: 8, countsHead: true)

    /// The name and the end of the chunk at an offset; nil where there is none.
    func chunk(
      _ source: borrowing SoundSource, at offset: FileNumber
    ) -> (name: String, end: FileNumber)? {
      let head = source.bytes(at: offset, count: nameLength + lengthSize)
      guard var length = HeaderBytes.number(head, nameLength, lengthSize, bigEndian: bigEndian),
        head.prefix(4).allSatisfy({ (0x20...0x7E).contains($0) })
      else { return nil }
      let headLength = FileNumber(nameLength + lengthSize)
      if countsHead {
        guard length >= headLength else { return nil }
        length = length - headLength
      }
      let end = offset + headLength + length
      // A last chunk that breaks off has a name as chunks have it.
      let isCut = end > FileNumber(source.byteCount)
      let isWord = head.prefix(4).allSatisfy { [0x20, 0x5F].contains($0) || Self.isLetterOrDigit($0) }
      return isCut && !isWord ? nil : (HeaderBytes.text(head, 0, 4), end)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
  }

  /// Notes more sound behind the declared end of the data: another chunk of data, or many bytes that are no chunks.
  ///
  /// - Parameters:
  ///   - end: The end of the data.
  ///   - length: The length of the data.
  ///   - form: How chunks are stored; nil for containers without chunks.
  mutating func noteRest(
    _ source: borrowing SoundSource, behind end: FileNumber, length: FileNumber, _ form: ChunkForm?
  ) {
    guard fileEnd == nil, !hasMoreStreams, end < FileNumber(source.byteCount) else { return }
    var offset = end
    if let form {
      for _ in 0..<Self.chunkLimit {
        let next = offset.roundedUp(toMultipleOf: form.alignment)
        // Some programs leave out the bytes that pad a chunk.
        guard let start = [next, offset].first(where: { form.chunk(source, at: $0) != nil }),
          let chunk = form.chunk(source, at: start)
        else { break }
        if chunk.name == form.dataName {
          // libsndfile refuses a second chunk of data, or reads it in place of the first.
          hasMoreStreams = true
          streams[0].cut(to: start.value)
          return
        }
        offset = chunk.end
      }
    }
    let rest = source.rest(after: offset)
    guard rest >= Self.leastRest, rest >= length / 100, !Self.isTag(source.bytes(at: offset, count: 8)),
      !Self.isUniform(source, from: offset)
    else { return }
    unreadByteCount = rest.value
  }

  /// The least number of bytes that can be sound; a few bytes are the traces of programs.
  private static let leastRest: FileNumber = 1024

  /// Whether all bytes from an offset on are the same: padding, or silence.
  private static func isUniform(_ source: borrowing SoundSource, from start: FileNumber) -> Bool {
    var offset = start
    let first = source.bytes(at: start, count: 1).first
    while case let bytes = source.bytes(at: offset, count: 65_536), !bytes.isEmpty {
      guard bytes.allSatisfy({ $0 == first }) else { return false }
      offset += FileNumber(bytes.count)
    }
    return true
  }

  /// Whether a tag starts with some bytes.
  private static func isTag(_ bytes: [UInt8]) -> Bool {
    ["TAG", "ID3", "APETAGEX", "LYRICS"].contains { HeaderBytes.text(bytes, 0, $0.utf8.count) == $0 }
  }
}
