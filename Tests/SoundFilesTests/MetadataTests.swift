import SoundFiles
import Testing

@Suite struct MetadataTests {
  static let texts: [SoundMetadata.Field: String] = [
    .title: "Über den Wolken", .copyright: "(c) 2026 Nobody", .software: "A Recorder 1.0",
    .artist: "Élodie Ñandú",
    .comment: "first line, second line", .date: "2026", .album: "Grüße", .license: "CC0", .trackNumber: "7",
    .genre: "Ambient",
  ]

  /// What the table says is kept comes back as it was; the rest is a named loss.
  @Test(arguments: FormatCapability.all)
  func textsComeBackOrAreNamedLosses(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let path = folder.file("text.\(row.format.fileExtension)")
    let metadata = SoundMetadata(texts: Self.texts)
    let writer = try write(
      Signal.tones(channels: 1, frames: 500, sampleRate: 48000), to: path, row.format, rate: 48000
    ) { $0.metadata = metadata }
    let read = try SoundFileReader(path: path).info.metadata.texts
    #expect(read == Self.texts.filter { row.fields.contains($0.key) })
    #expect(writer.losses.count == Self.texts.count - row.fields.count)
    for field in Set(Self.texts.keys).subtracting(row.fields) {
      let name = field == .trackNumber ? "track number" : field.rawValue
      #expect(writer.losses.contains("the text field “\(name)”"))
    }
  }

  @Test func textsSurviveManyCopies() throws {
    let folder = TestFolder()
    var path = folder.file("0.wav")
    let tones = Signal.tones(channels: 1, frames: 100, sampleRate: 48000)
    try write(tones, to: path, SoundFileFormat(.wav, .pcm16)) { $0.metadata.texts = Self.texts }
    let first = try SoundFileReader(path: path).info.metadata
    for turn in 1...4 {
      let metadata = try SoundFileReader(path: path).info.metadata
      path = folder.file("\(turn).wav")
      try write(tones, to: path, SoundFileFormat(.wav, .pcm16)) { $0.metadata = metadata }
    }
    #expect(try SoundFileReader(path: path).info.metadata == first)
    #expect(folder.bytes("1.wav") == folder.bytes("4.wav"))
  }

  @Test func textThatAFormatCannotSpellIsANamedLoss() throws {
    let folder = TestFolder()
    let tones = Signal.tones(channels: 1, frames: 2000, sampleRate: 48000)
    let writer = try write(tones, to: folder.file("a.mp3"), SoundFileFormat(.mp3, .mpegLayer3), rate: 48000) {
      $0.metadata[.title] = "日本語"
    }
    #expect(writer.losses == ["the text field “title” (ID3 text holds Western European letters only)"])
    let long = try write(tones, to: folder.file("a.wav"), SoundFileFormat(.wav, .pcm16)) {
      $0.metadata[.software] = String(repeating: "x", count: 300)
      $0.metadata[.comment] = String(repeating: "ä", count: 1000)
      $0.metadata[.title] = String(repeating: "ä", count: 1001)
    }
    #expect(long.losses == ["the text field “title” for readers built on libsndfile (over 2000 bytes)"])
    let read = try SoundFileReader(path: folder.file("a.wav")).info.metadata
    #expect(read[.comment] == String(repeating: "ä", count: 1000))
    #expect(read[.software] == String(repeating: "x", count: 300))
  }

  @Test func filesWithoutTextHaveNone() throws {
    let folder = TestFolder()
    for row in FormatCapability.all {
      let path = folder.file("none.\(row.format.fileExtension)")
      try write(Signal.tones(channels: 1, frames: 400, sampleRate: 48000), to: path, row.format, rate: 48000)
      {
        $0.overwrites = true
      }
      #expect(try SoundFileReader(path: path).info.metadata.isEmpty, "\(row)")
    }
  }

  @Test func surroundChannelsFindTheirPlaces() throws {
    let folder = TestFolder()
    // 5.1 in the order of the channel mask: L R C LFE Ls Rs; each channel holds its own constant.
    let wave = ChannelLayout([.left, .right, .center, .lfe, .rearLeft, .rearRight])
    let values: [Float] = [0.125, 0.25, 0.375, 0.5, -0.25, -0.5]
    let buffer = FrameBuffer(channels: values.map { [Float](repeating: $0, count: 4800) })
    func middle(_ reader: SoundFileReader) throws -> [Float] { try readAll(reader).map { $0[2400] } }

    let wav = folder.file("a.wav")
    let writer = try write(buffer, to: wav, SoundFileFormat(.wav, .pcm16), rate: 48000) { $0.layout = wave }
    #expect(writer.format.container == .wavex)
    let fromWAV = try SoundFileReader(path: wav)
    #expect(fromWAV.info.layout == wave)
    #expect(fromWAV.info.layout?.lfeChannels == [3])
    #expect(try middle(fromWAV) == values)

    let flac = folder.file("a.flac")
    try write(buffer, to: flac, SoundFileFormat(.flac, .pcm16), rate: 48000) { $0.layout = wave }
    let fromFLAC = try SoundFileReader(path: flac)
    #expect(fromFLAC.info.layout == wave)
    #expect(try middle(fromFLAC) == values)

    // Vorbis orders L C R Ls Rs LFE.
    let ogg = folder.file("a.ogg")
    try write(buffer, to: ogg, SoundFileFormat(.ogg, .vorbis), rate: 48000) {
      $0.layout = wave
      $0.quality = 1
    }
    let fromOgg = try SoundFileReader(path: ogg)
    let order = [0, 2, 1, 4, 5, 3]
    #expect(fromOgg.info.layout?.lfeChannels == [5])
    for (found, source) in zip(try middle(fromOgg), order) { #expect(abs(found - values[source]) < 0.06) }

    // And back: the layout that was read brings the channels into the mask's order again.
    let back = folder.file("b.wav")
    try write(
      FrameBuffer(channels: readAll(SoundFileReader(path: ogg))), to: back, SoundFileFormat(.wav, .float32),
      rate: 48000
    ) {
      $0.layout = fromOgg.info.layout
    }
    let restored = try SoundFileReader(path: back)
    #expect(restored.info.layout == wave)
    for (found, wanted) in zip(try middle(restored), values) { #expect(abs(found - wanted) < 0.06) }
    let lost = try write(buffer, to: folder.file("a.au"), SoundFileFormat(.au, .pcm16)) { $0.layout = wave }
    #expect(lost.losses == ["the positions of the speakers"])
  }
}

/// A small WAV file with a broadcast extension, two cue points and an instrument record, put together byte by byte.
enum RecordedWAV {
  static var bytes: [UInt8] {
    var format: [UInt8] = short(1) + short(1)
    format += long(44100)
    format += long(88200)
    format += short(2)
    format += short(16)
    var bext = Array("A description".utf8)
    bext += zeros(256 - bext.count)
    bext += zeros(32 + 32)
    bext += Array("2026-11-2212:00:00".utf8)
    bext += long(7)
    bext += long(0)
    bext += short(1)
    bext += zeros(64 + 190)
    var cues = long(2)
    for place in [1, 3] {
      cues += long(place)
      cues += long(place)
      cues += Array("data".utf8)
      cues += zeros(8)
      cues += long(place)
    }
    var sampler: [UInt8] = []
    for value in [0, 0, 22675, 60, 0, 0, 0, 1, 0] { sampler += long(value) }
    for value in [0, 0, 1, 3, 0, 0] { sampler += long(value) }
    var body = chunk("fmt ", format)
    body += chunk("bext", bext)
    body += chunk("cue ", cues)
    body += chunk("smpl", sampler)
    body += chunk("data", [0, 0, 0, 64, 0, 192, 0, 0])
    return chunk("RIFF", Array("WAVE".utf8) + body)
  }

  static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] { Array(name.utf8) + long(data.count) + data }
  static func short(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }
  static func long(_ value: Int) -> [UInt8] { short(value & 0xFFFF) + short(value >> 16) }
}
