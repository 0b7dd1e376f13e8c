/// Files that were joined end to end: each has a header of its own, and readers of the first one stop at its end or take
/// the next header for sound.
extension HeaderProbe {
  /// Ends what is read at the first of some places where another file begins.
  ///
  /// - Parameter ends: Where the first file can end, as its header says.
  mutating func endFile(atOneOf ends: [FileNumber], _ source: borrowing SoundSource) {
    for end in ends where end > 12 && end < FileNumber(source.byteCount) {
      guard Self.startsFile(source.bytes(at: end, count: 16)) else { continue }
      hasMoreStreams = true
      fileEnd = end
      streams[0].cut(to: end.value)
      return
    }
  }

  /// Whether a sound file with a header begins with some bytes.
  static func startsFile(_ bytes: [UInt8]) -> Bool {
    switch HeaderBytes.text(bytes, 0, 4) {
    case "RIFF", "RF64", "BW64", "RIFX": HeaderBytes.text(bytes, 8, 4) == "WAVE"
    case "FORM": ["AIFF", "AIFC", "8SVX", "16SV"].contains(HeaderBytes.text(bytes, 8, 4))
    case "riff": bytes.count >= 8 && bytes[4..<8].elementsEqual([0x2E, 0x91, 0xCF, 0x11])
    case "caff": bytes.count >= 6 && bytes[4..<6].elementsEqual([0, 1])
    case ".snd", "dns.", "fLaC", "OggS": true
    default: false
    }
  }

  /// Finds the files in a FLAC stream that were joined: each is a link of a chain.
  mutating func probeFLAC(_ source: borrowing SoundSource, from start: FileNumber) {
    // The mark, then the block STREAMINFO, which comes first and has 34 bytes.
    let marks =
      [[0x66, 0x4C, 0x61, 0x43, 0, 0, 0, 34], [0x66, 0x4C, 0x61, 0x43, 0x80, 0, 0, 34]] as [[UInt8]]
    var starts = [start.value]
    // No honest file has more.
    while starts.count < 10_000, let last = starts.last {
      let found = marks.compactMap {
        FileBytes.place(of: $0, in: source.descriptor, from: (FileNumber(last) + 8).value)
      }
      guard let next = found.min() else { break }
      starts.append(next)
    }
    streams = zip(starts, starts.dropFirst() + [source.byteCount]).map { FileLayout($0..<max($0, $1)) }
  }
}
