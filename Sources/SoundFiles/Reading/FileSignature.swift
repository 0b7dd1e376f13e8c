/// What a file that libsndfile refuses looks like, so that the message can help.
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

  /// Containers in which libsndfile would find frames of MPEG, and miss some: what they are, or nil.
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

  /// A description of the first bytes of a file, or nil where they say nothing.
  static func describe(_ start: [UInt8]) -> String? {
    for (offset, bytes, name) in known where start.count >= offset + bytes.count {
      if start[offset..<offset + bytes.count].elementsEqual(bytes) { return name }
    }
    let printable = start.allSatisfy { $0 >= 32 || [9, 10, 13].contains($0) }
    return printable && !start.isEmpty ? "text" : nil
  }
}
