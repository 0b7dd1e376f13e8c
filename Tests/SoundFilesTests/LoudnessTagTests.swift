import Foundation
@testable import SoundFiles
import Testing

/// Loudness beside the samples: the forms of each container, and what becomes of older figures.
@Suite struct LoudnessTagTests {
  private static let loudness: SoundLoudness = {
    var loudness = SoundLoudness()
    loudness.integrated = -14.257
    loudness.range = 6.126
    loudness.truePeak = -1
    loudness.highestMomentary = -9.5
    loudness.highestShortTerm = -11.004
    return loudness
  }()

  private static let albumed: SoundLoudness = {
    var loudness = LoudnessTagTests.loudness
    loudness.album = SoundLoudness.Album(integrated: -16.5, truePeak: -0.5)
    return loudness
  }()

  private static let gains = [
    "REPLAYGAIN_TRACK_GAIN": "-3.74 dB", "REPLAYGAIN_TRACK_PEAK": "0.891251",
    "REPLAYGAIN_ALBUM_GAIN": "-1.50 dB",
    "REPLAYGAIN_ALBUM_PEAK": "0.944061",
  ]

  /// What a written file holds, with texts and with the stored parts of another file.
  private func written(
    _ format: SoundFileFormat, _ loudness: SoundLoudness? = loudness, like source: SoundMetadata? = nil,
    texts: [SoundMetadata.Field: String] = [:], rate: Int = 48000
  ) throws -> (info: SoundFileInfo, parts: [String: [UInt8]], losses: [String], bytes: [UInt8]) {
    let folder = TestFolder()
    let path = folder.file("a")
    let buffer = Signal.tones(channels: 2, frames: 20_000, sampleRate: rate)
    let writer = try write(buffer, to: path, format, rate: rate) {
      $0.metadata = source ?? SoundMetadata(texts: texts)
      $0.loudness = loudness
    }
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.frameCount == 20_000 && reader.info.warnings.isEmpty)
    if format.encoding == .pcm16 {
      let plain = folder.file("plain")
      try write(buffer, to: plain, format, rate: rate)
      #expect(try readAll(reader) == readAll(try SoundFileReader(path: plain)))
    }
    let parts = reader.info.metadata.stored?.parts.map { ($0.name, $0.bytes) } ?? []
    return (
      reader.info, Dictionary(parts, uniquingKeysWith: { first, _ in first }), writer.losses,
      folder.bytes("a")
    )
  }

  private func comments(_ bytes: [UInt8]?) throws -> [String: String] {
    let all = try #require(bytes.flatMap { VorbisComments($0) }).comments.map {
      String(decoding: $0, as: UTF8.self)
    }
    return Dictionary(
      all.map { comment in
        let pair = comment.split(separator: "=", maxSplits: 1).map(String.init)
        return (pair[0], pair.count > 1 ? pair[1] : "")
      }, uniquingKeysWith: { $0 + "|" + $1 })
  }

  /// The numbers of `bext`, signed.
  private func numbers(_ bext: [UInt8]) -> [Int] {
    (0..<5).compactMap { HeaderBytes.number(bext, 412 + 2 * $0, 2, bigEndian: false)?.value }
      .map { $0 > 0x8000 ? $0 - 0x10000 : $0 }
  }

  /// Gains are 0 at the reference loudness, which is −18 LUFS, and −23 LUFS in Opus; they are limited to 16 bits there.
  @Test(arguments: [(-18.0, "0.00 dB", "-1280"), (-23, "5.00 dB", "0"), (-14.257, "-3.74 dB", "-2238")])
  func gainsFollowTheirFormulas(loudness: Double, gain: String, r128: String) {
    var found = SoundLoudness()
    found.integrated = loudness
    #expect(found.tags(.replayGain).map(\.value) == [gain])
    #expect(found.tags(.id3).map(\.name) == ["replaygain_track_gain"])
    #expect(found.tags(.r128).map(\.value) == [r128])
    found.integrated = 200
    #expect(found.tags(.r128).map(\.value) == ["-32768"])
  }

  @Test(arguments: [SoundContainer.wav, .wavex, .rf64])
  func aPlainFileGetsAChunkOfLoudness(_ container: SoundContainer) throws {
    let found = try written(SoundFileFormat(container, .pcm16), Self.albumed, texts: [.title: "Title"])
    let bext = try #require(found.parts["bext"])
    #expect(found.losses.isEmpty && bext.count == 602 && found.info.metadata[.title] == "Title")
    #expect(HeaderBytes.number(bext, 346, 2, bigEndian: false) == 2)
    #expect(numbers(bext) == [-1426, 613, -100, -950, -1100])
    #expect((Array(bext[..<346]) + bext[348..<412] + bext[422...]).allSatisfy { $0 == 0 })
  }

  /// Older versions become version 2; what stands there besides stays, and what was reserved becomes zeros.
  @Test(arguments: [0, 1, 2]) func aBroadcastExtensionIsBroughtUpToDate(version: Int) throws {
    var old = [UInt8](repeating: 0x41, count: 700)
    old.replaceSubrange(346..<348, with: [UInt8(version), 0])
    let new = BroadcastExtension.with(Self.loudness, old)
    #expect(new.count == 700 && new[..<346] == old[..<346] && new[602...] == old[602...])
    #expect(HeaderBytes.number(new, 346, 2, bigEndian: false) == 2)
    #expect(new[348..<412].allSatisfy { $0 == (version == 0 ? 0 : 0x41) })
    #expect(new[422..<602].allSatisfy { $0 == (version < 2 ? 0 : 0x41) })
    #expect(numbers(new) == [-1426, 613, -100, -950, -1100])
    // What is not known is told from what is 0.
    #expect(numbers(BroadcastExtension.with(SoundLoudness(), old)).allSatisfy { $0 == 0x7FFF })
    #expect(BroadcastExtension.with(Self.loudness, [1, 2, 3]).count == 602)
  }

  @Test(arguments: [
    SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.ogg, .opus),
  ])
  func commentsHoldGainsBesideTexts(_ format: SoundFileFormat) throws {
    let texts: [SoundMetadata.Field: String] = [.title: "Überall", .artist: "A", .license: "CC0"]
    let found = try written(format, Self.albumed, texts: texts)
    var wanted =
      format.encoding == .opus ? ["R128_TRACK_GAIN": "-2238", "R128_ALBUM_GAIN": "-1664"] : Self.gains
    (wanted["TITLE"], wanted["ARTIST"], wanted["LICENSE"]) = ("Überall", "A", "CC0")
    #expect(found.losses.isEmpty)
    #expect(try comments(found.parts["VORBIS_COMMENT"]) == wanted)
    #expect(found.info.metadata.texts == texts)
    // Without texts there are gains alone, and without an album those of the track.
    let bare = try comments(written(format).parts["VORBIS_COMMENT"])
    #expect(bare.count == (format.encoding == .opus ? 1 : 2) && bare.keys.allSatisfy { $0.contains("TRACK") })
  }

  /// All else that a file says stays, and its own old gains go, whatever their letters.
  @Test(arguments: [
    SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.ogg, .opus),
  ])
  func olderGainsAreReplaced(_ format: SoundFileFormat) throws {
    var stored = StoredMetadata(.comments)
    var old = VorbisComments(vendor: [])
    old.comments = ["TITLE=T", "COMPOSER=C", "replaygain_track_gain=+9 dB", "R128_TRACK_GAIN=7"].map {
      Array($0.utf8)
    }
    stored.parts = [
      StoredMetadata.Part(name: "VORBIS_COMMENT", bytes: old.encoded())
    ]
    stored.texts = [.title: "T"]
    var metadata = SoundMetadata(texts: [.title: "T"])
    metadata.stored = stored
    let found = try comments(written(format, like: metadata).parts["VORBIS_COMMENT"])
    #expect(found["COMPOSER"] == "C" && found["TITLE"] == "T")
    #expect(
      found.keys.filter { $0.hasPrefix("R") || $0.hasPrefix("r") }.count == (format.encoding == .opus ? 1 : 2)
    )
    #expect(found["replaygain_track_gain"] == nil && found["R128_TRACK_GAIN"] != "7")
    // Without loudness they are taken out.
    let without = try comments(written(format, nil, like: metadata).parts["VORBIS_COMMENT"])
    #expect(without == ["TITLE": "T", "COMPOSER": "C"] || without["COMPOSER"] == "C" && without.count == 3)
    #expect(!without.keys.contains { $0.uppercased().hasPrefix("R") })
  }

  /// The values of user-defined texts of an ID3 tag.
  private func userTexts(_ tag: [UInt8]) throws -> [String: String] {
    let frames = try #require(ID3Tag.frames(tag)).frames.filter { $0.name.hasPrefix("TX") }
    return Dictionary(
      uniqueKeysWithValues: frames.map { frame in
        let parts = frame.bytes[frame.contentStart...].dropFirst().split(separator: 0)
        return (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
      })
  }

  @Test func mp3HasATagWithTextsAndGains() throws {
    let texts: [SoundMetadata.Field: String] = [
      .title: "日曜日", .comment: "said", .trackNumber: "3", .license: "x",
    ]
    let found = try written(SoundFileFormat(.mp3, .mpegLayer3), Self.albumed, texts: texts)
    let tag = try #require(found.parts["ID3"])
    #expect(
      try userTexts(tag) == Dictionary(uniqueKeysWithValues: Self.gains.map { ($0.lowercased(), $1) }))
    #expect(found.bytes.starts(with: tag) && found.losses == ["the text field “license”"])
    #expect(found.info.metadata[.title] == "日曜日" && found.info.metadata[.comment] == "said")
    #expect(found.info.metadata[.trackNumber] == "3")
  }

  /// Tags of all versions take frames; what cannot be understood stays as it is.
  @Test(arguments: [2, 3, 4]) func framesAreAddedToTags(version: UInt8) throws {
    let title = version == 2 ? Array("TT2\0\0\u{2}\0T".utf8) : Array("TIT2\0\0\0\u{2}\0\0\0T".utf8)
    let old = Array("ID3".utf8) + [version, 0, 0, 0, 0, 0, UInt8(title.count)] + title
    let tag = try #require(ID3Tag.adding(Self.albumed.tags(.id3), to: old))
    let frames = try #require(ID3Tag.frames(tag)).frames
    #expect(frames.count == 5 && Array(frames[0].bytes) == title && tag[3] == version)
    #expect(try userTexts(tag)["replaygain_track_gain"] == "-3.74 dB")
    #expect(ID3Tag.withoutMeasurements(tag) == old)
    // A frame that would end behind the tag.
    var damaged = old
    damaged[10 + (version == 2 ? 5 : 7)] = 0x50
    #expect(ID3Tag.adding([], to: damaged) == nil)
    #expect(ID3Tag.adding([], to: [1, 2, 3]) == nil)
  }

  @Test func aiffHasATagInAChunk() throws {
    let found = try written(SoundFileFormat(.aiff, .pcm16), texts: [.title: "Title"])
    #expect(try userTexts(try #require(found.parts["ID3 "])).count == 2)
    #expect(found.info.metadata[.title] == "Title" && found.losses.isEmpty)
    // An old gain in such a chunk is replaced, its other frames stay.
    var stored = StoredMetadata(.aiff)
    let frames = Array("TCOM\0\0\0\u{2}\0\0\0C".utf8)
    let tag = Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, UInt8(frames.count)] + frames
    stored.parts = [
      StoredMetadata.Part(
        name: "ID3 ", bytes: try #require(ID3Tag.adding([("replaygain_track_gain", "+9 dB")], to: tag)))
    ]
    var metadata = SoundMetadata()
    metadata.stored = stored
    let again = try written(SoundFileFormat(.aiff, .pcm16), like: metadata)
    let chunk = try #require(again.parts["ID3 "])
    #expect(
      try userTexts(chunk) == ["replaygain_track_gain": "-3.74 dB", "replaygain_track_peak": "0.891251"])
    #expect(chunk.firstIndex(of: frames, from: 0) != nil)
  }

  @Test func whatHasNoPlaceIsNamed() throws {
    for format in [
      SoundFileFormat(.w64, .pcm16), SoundFileFormat(.caf, .pcm16), SoundFileFormat(.au, .pcm16),
      SoundFileFormat(.wav, .pcm16, byteOrder: .big),
    ] {
      let found = try written(format)
      #expect(
        found.losses.count == 1 && found.losses[0].hasPrefix("the loudness ("), "\(format): \(found.losses)")
      #expect(found.parts.isEmpty)
    }
    // Silence has a chunk that says so, and no gain.
    let flac = try written(SoundFileFormat(.flac, .pcm16), SoundLoudness())
    #expect(flac.losses.isEmpty && flac.parts.isEmpty)
    let bext = try #require(try written(SoundFileFormat(.wav, .pcm16), SoundLoudness()).parts["bext"])
    #expect(numbers(bext).allSatisfy { $0 == 0x7FFF })
  }
}
