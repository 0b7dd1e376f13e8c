/// Containers of old machines whose header states a length; libsndfile reads them to the end of the file.
extension HeaderProbe {
  /// Probes a container by its first bytes; false for others.
  mutating func probeMachine(_ source: borrowing SoundSource, _ start: [UInt8]) -> Bool {
    switch HeaderBytes.text(start, 0, 4) {
    case "NIST": probeNIST(source)
    case "2BIT": probeAVR(source)
    case "ALaw": probeWVE(source)
    case "Crea": probeVOC(source)
    case "MATL": probeMAT5(source)
    default:
      guard start.starts(with: [1, 4]) else { return false }
      probeMPC2K(source)
    }
    return true
  }

  /// Leaves out what follows the declared end of the data.
  ///
  /// A length beyond the end of the file, or of 0, says nothing: some programs never fill it in.
  private mutating func end(
    _ source: borrowing SoundSource, start: FileNumber, length: FileNumber?, _ form: ChunkForm? = nil
  ) {
    dataStart = start
    guard let length, length > 0, start + length < FileNumber(source.byteCount) else { return }
    streams[0].cut(to: (start + length).value)
    noteRest(source, behind: start + length, length: length, form)
  }

  /// Amiga 8SVX and 16SV: chunks as in AIFF.
  mutating func probeSVX(_ source: borrowing SoundSource) {
    var offset: FileNumber = 12
    for _ in 0..<Self.chunkLimit {
      guard let length = source.number(at: offset + 4, count: 4, bigEndian: true) else { return }
      if HeaderBytes.text(source.bytes(at: offset, count: 4), 0, 4) == "BODY" {
        return end(source, start: offset + 8, length: length, .svx)
      }
      offset += 8 + length.roundedUp(toMultipleOf: 2)
    }
  }

  /// NIST Sphere: 1024 bytes of text, a field on each line.
  private mutating func probeNIST(_ source: borrowing SoundSource) {
    let lines = HeaderBytes.text(source.bytes(at: 0, count: 1024), 0, 1024).split(separator: "\n")
    func field(_ name: String) -> FileNumber? {
      for line in lines {
        let words = line.split(separator: " ")
        guard words.count == 3, words[0] == name, words[1] == "-i" else { continue }
        let digits = words[2].utf8.map { FileNumber(clamping: $0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0.value) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + $1 }
      }
      return nil
    }
    // Some programs leave out the width of samples of one byte.
    let isCompanded = lines.contains { $0.hasSuffix(" ulaw") || $0.hasSuffix(" alaw") }
    guard let count = field("sample_count"), let channels = field("channel_count"),
      let width = field("sample_n_bytes") ?? (isCompanded ? 1 : nil)
    else { return }
    end(source, start: 1024, length: count * width * channels)
  }

  /// Audio Visual Research: 128 bytes, with the channels at 12, the bits at 14, and the frames at 26.
  private mutating func probeAVR(_ source: borrowing SoundSource) {
    guard let stereo = source.number(at: 12, count: 2, bigEndian: true),
      let bits = source.number(at: 14, count: 2, bigEndian: true),
      let frames = source.number(at: 26, count: 4, bigEndian: true)
    else { return }
    end(source, start: 128, length: frames * (bits / 8) * (stereo == 0 ? 1 : 2))
  }

  /// Psion WVE: 32 bytes, with the length at 18.
  private mutating func probeWVE(_ source: borrowing SoundSource) {
    end(source, start: 32, length: source.number(at: 18, count: 4, bigEndian: true))
  }

  /// Akai MPC 2000: 42 bytes, with the channels at 21 and the frames at 30; the samples have 16 bits.
  private mutating func probeMPC2K(_ source: borrowing SoundSource) {
    guard let stereo = source.number(at: 21, count: 1, bigEndian: false),
      let frames = source.number(at: 30, count: 4, bigEndian: false)
    else { return }
    end(source, start: 42, length: frames * (stereo == 0 ? 2 : 4))
  }

  /// Creative Voice: blocks with a kind and a length of 24 bits; a block of kind 0 ends the file.
  private mutating func probeVOC(_ source: borrowing SoundSource) {
    guard var offset = source.number(at: 20, count: 2, bigEndian: false) else { return }
    for _ in 0..<Self.chunkLimit {
      guard let kind = source.number(at: offset, count: 1, bigEndian: false), kind != 0,
        let length = source.number(at: offset + 1, count: 3, bigEndian: false)
      else { return }
      let start = offset + 4
      offset = start + length
      // Blocks of samples: the old kind and the new one.
      guard kind == 1 || kind == 9 else { continue }
      dataStart = start
      guard let next = source.number(at: offset, count: 1, bigEndian: false) else { return }
      // Some programs state a length that is too small; then no block follows at that place.
      if next == 0 {
        streams[0].cut(to: (offset + 1).value)
        noteRest(source, behind: offset + 1, length: length, nil)
      } else if Self.isBlock(source, at: offset) {
        hasMoreStreams = [1, 2, 9].contains(next.value)
        streams[0].cut(to: offset.value)
      }
      return
    }
  }

  /// Whether a block of Creative Voice of a known kind stands at an offset.
  private static func isBlock(_ source: borrowing SoundSource, at offset: FileNumber) -> Bool {
    guard let kind = source.number(at: offset, count: 1, bigEndian: false), (1...9).contains(kind.value),
      let length = source.number(at: offset + 1, count: 3, bigEndian: false)
    else { return false }
    return offset + 4 + length <= FileNumber(source.byteCount)
  }

  /// Matlab 5: elements with a kind and a length of 4 bytes each; the second one is the matrix of samples, made of its
  /// flags, dimensions, name and numbers.
  private mutating func probeMAT5(_ source: borrowing SoundSource) {
    let bigEndian = HeaderBytes.text(source.bytes(at: 126, count: 2), 0, 2) == "MI"
    guard let first = source.number(at: 132, count: 4, bigEndian: bigEndian) else { return }
    var offset = 136 + first + 8
    for part in 0..<4 {
      guard let kind = source.number(at: offset, count: 4, bigEndian: bigEndian),
        let length = source.number(at: offset + 4, count: 4, bigEndian: bigEndian)
      else { return }
      if part == 3 { return end(source, start: offset + 8, length: length) }
      // Short elements have their length in the upper half of the kind, and four bytes of content.
      offset += 8 + (kind > 0xFFFF ? 0 : length.roundedUp(toMultipleOf: 8))
    }
  }
}
