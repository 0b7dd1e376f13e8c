import Foundation
import Testing

@testable import SoundFiles

/// Tags of MP3 files in the forms that taggers and players write.
@Suite struct ID3TagTests {
  private static let mp3 = SoundFileFormat(.mp3, .mpegLayer3)

  private static func frame(
    _ name: String, _ content: [UInt8], version: UInt8 = 4, flags: UInt8 = 0, length: [UInt8]? = nil
  ) -> [UInt8] {
    let plain = HeaderBytes.bytes(of: FileNumber(content.count), count: name.count, bigEndian: true)
    let bytes = length ?? (version == 4 ? ID3Tag.syncSafe(content.count) : plain)
    return Array(name.utf8) + bytes + (version == 2 ? [] : [0, flags]) + content
  }

  /// A frame with text in UTF-8, or in Latin-1 before version 2.4.
  private static func text(_ name: String, _ text: String, version: UInt8 = 4) -> [UInt8] {
    frame(name, [version == 4 ? 3 : 0] + Array(text.utf8), version: version)
  }

  private static func comment(_ description: String, _ text: String, encoding: UInt8 = 3) -> [UInt8] {
    func letters(_ text: String) -> [UInt8] {
      encoding == 1 ? [0xFF, 0xFE] + text.utf8.flatMap { [$0, 0] } : Array(text.utf8)
    }
    let end: [UInt8] = encoding == 1 ? [0, 0] : [0]
    return frame("COMM", [encoding] + Array("eng".utf8) + letters(description) + end + letters(text))
  }

  private static func tag(_ frames: [UInt8], version: UInt8 = 4, flags: UInt8 = 0) -> [UInt8] {
    Array("ID3".utf8) + [version, 0, flags] + ID3Tag.syncSafe(frames.count) + frames
  }

  /// The frames of an MP3 stream of a second.
  private static let sound: [UInt8] = {
    let folder = TestFolder()
    let tones = Signal.tones(channels: 1, frames: 44100, sampleRate: 44100)
    _ = try? write(tones, to: folder.file("a.mp3"), mp3)
    return folder.bytes("a.mp3")
  }()

  /// Writes the sound of a file with its metadata to another file.
  private func copy(
    _ bytes: [UInt8], to format: SoundFileFormat, isSoundChanged: Bool = true
  ) throws -> (bytes: [UInt8], losses: [String], source: SoundFileInfo, info: SoundFileInfo) {
    let folder = TestFolder()
    let reader = try SoundFileReader(path: folder.write(bytes, to: "a"))
    let buffer = FrameBuffer(channels: try readAll(reader))
    let writer = try write(buffer, to: folder.file("b"), format, rate: reader.info.sampleRate) {
      $0.metadata = reader.info.metadata
      $0.isSoundChanged = isSoundChanged
      $0.quality = 1
    }
    let info = try SoundFileReader(path: folder.file("b")).info
    #expect(
      reader.info.warnings.isEmpty && info.warnings.isEmpty && info.frameCount == reader.info.frameCount)
    return (folder.bytes("b"), writer.losses, reader.info, info)
  }

  private func comments(_ info: SoundFileInfo) -> [String] {
    let part = info.metadata.stored?.parts.first { $0.name == StoredMetadata.comment }
    return part.flatMap { VorbisComments($0.bytes) }?.comments.map { String(decoding: $0, as: UTF8.self) }
      ?? []
  }

  private func pictures(_ info: SoundFileInfo) -> [[UInt8]] {
    info.metadata.stored?.parts.filter { $0.name == StoredMetadata.picture }.map(\.bytes) ?? []
  }

  @Test func factsAboutOtherSamplesAreRemoved() throws {
    let kept = Self.text("TIT2", "T") + Self.comment("", "said") + Self.frame("PRIV", Array("x\0y".utf8))
    var facts = Self.comment("iTunNORM", "0A") + Self.comment("iTunSMPB", "0B", encoding: 1)
    for text in ["MP3GAIN_MINMAX\0a", "mp3gain_undo\0b", "replaygain_track_gain\0-3 dB"] {
      facts += Self.text("TXXX", text)
    }
    facts += Self.frame("PRIV", Array("PeakValue\0\u{1}\u{2}".utf8))
    facts += Self.frame("PRIV", Array("AverageLevel\0\u{1}".utf8))
    facts += Self.frame("MLLT", [UInt8](repeating: 1, count: 12)) + Self.frame("RVA2", [65, 0, 1, 0, 0, 0])
    let source = Self.tag(kept + facts) + Self.sound
    #expect(try copy(source, to: Self.mp3).bytes.starts(with: Self.tag(kept)))
    #expect(
      try copy(source, to: Self.mp3, isSoundChanged: false).bytes.starts(with: Self.tag(kept + facts)))
    let flac = try copy(source, to: SoundFileFormat(.flac, .pcm16)).info
    #expect(comments(flac) == ["TITLE=T", "COMMENT=said"])
  }

  /// The flag of a tag counts for all its frames, also where these have none.
  @Test(arguments: [UInt8(0), 2]) func unsynchronisationOfTheWholeTag(flags: UInt8) throws {
    let image: [UInt8] = [0xFF, 0xD8, 0xFF, 0, 7, 0xFF, 0xE0, 0xFF]
    let inserted: [UInt8] = [0xFF, 0, 0xD8, 0xFF, 0, 0, 7, 0xFF, 0, 0xE0, 0xFF, 0]
    let head: [UInt8] = [3] + Array("image/jpeg".utf8) + [0, 3, 0]
    let gain = Self.text("TXXX", "replaygain_track_gain\0-3 dB")
    let frames = Self.text("TIT2", "T") + Self.frame("APIC", head + inserted, flags: flags) + gain
    let source = Self.tag(frames, flags: 0x80) + Self.sound
    let flac = try copy(source, to: SoundFileFormat(.flac, .pcm16)).info
    #expect(pictures(flac).count == 1 && pictures(flac).first?.suffix(image.count) == image[...])
    // Where the tag is written anew, it has no flag.
    let mp3 = try copy(source, to: Self.mp3)
    let wanted = Self.tag(Self.text("TIT2", "T") + Self.frame("APIC", head + image))
    #expect(mp3.bytes.starts(with: wanted))
    // Otherwise it stays as it is.
    let same = try copy(source, to: Self.mp3, isSoundChanged: false)
    #expect(same.bytes.starts(with: Self.tag(frames, flags: 0x80)))
  }

  @Test func textsOfOtherFamiliesComeFromTheTag() throws {
    let frames =
      Self.comment("iTunSMPB", "0B") + Self.comment("", "first") + Self.comment("2", "second")
      + Self.text("TIT2", "T1\0T2") + Self.text("TPE1", "A") + Self.text("TYER", "2020")
      + Self.text("TDRC", "2020-05-06") + Self.text("TCOM", "C")
      + Self.frame("TALB", [1, 0x41, 0, 0xB1, 0x3]) + Self.frame("TRCK", [3, 1], flags: 8)
    let wav = try copy(Self.tag(frames) + Self.sound, to: SoundFileFormat(.wav, .pcm16))
    #expect(
      wav.info.metadata.texts
        == [.title: "T1", .artist: "A", .comment: "first", .date: "2020-05-06", .album: "Aα"])
    #expect(wav.source.metadata.texts == wav.info.metadata.texts && wav.losses.count == 1)
    for name in [
      "further texts of the ID3 frame “COMM”", "further texts of the ID3 frame “TIT2”", "“TCOM”", "“TRCK”",
    ] {
      #expect(wav.losses.first?.contains(name) == true, "\(name): \(wav.losses)")
    }
    #expect(wav.losses.first?.contains("TPE1") == false && wav.losses.first?.contains("TYER") == false)
    let flac = try copy(Self.tag(frames) + Self.sound, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(flac.info).filter { $0.hasPrefix("DATE") } == ["DATE=2020-05-06"])
  }

  /// A damaged frame leaves those before it; lengths of eight bits a byte, as iTunes wrote them, are understood.
  @Test func whatCanBeReadOfADamagedTagIsRead() throws {
    let good = Self.text("TIT2", "T") + Self.text("TCOM", "C")
    let bad = Self.frame("TPE1", [3, 0x41], length: [0, 0, 0, 100])
    let damaged = Self.tag(good + bad) + Self.sound
    let flac = try copy(damaged, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(flac.info) == ["TITLE=T", "COMPOSER=C"])
    #expect(flac.losses == ["the damaged end of the ID3 tag"])
    #expect(try copy(damaged, to: SoundFileFormat(.wav, .pcm16)).info.metadata[.title] == "T")
    let gain = Self.text("TXXX", "replaygain_track_gain\0-3 dB")
    let changed = try copy(Self.tag(good + gain + bad) + Self.sound, to: Self.mp3)
    #expect(changed.bytes.starts(with: Self.tag(good + bad)))
    let long = String(repeating: "x", count: 299)
    let plain = Self.frame("TIT2", [3] + Array(long.utf8), length: [0, 0, 1, 0x2C])
    let iTunes = try copy(
      Self.tag(plain + Self.text("TCOM", "C")) + Self.sound, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(iTunes.info) == ["TITLE=\(long)", "COMPOSER=C"] && iTunes.losses.isEmpty)
    let mp3 = try copy(Self.tag(plain + gain) + Self.sound, to: Self.mp3)
    #expect(mp3.bytes.starts(with: Self.tag(Self.text("TIT2", long))))
  }

  @Test(arguments: [
    (["17"], ["Rock"]), (["(17)"], ["Rock"]), (["(51)(39)"], ["Techno-Industrial", "Noise"]),
    (["(4)Eurodisco"], ["Disco", "Eurodisco"]), (["RX", "(CR)"], ["Remix", "Cover"]),
    (["((Foo)"], ["(Foo)"]), (["191", "192"], ["Psybient", "192"]), (["(17)Rock"], ["Rock"]),
    (["Goa"], ["Goa"]),
    (["(x)y"], ["(x)y"]), ([], []),
  ])
  func genresHaveNames(_ texts: [String], _ genres: [String]) {
    #expect(ID3Tag.genres(texts) == genres)
  }

  @Test func numbersOfGenresBecomeNamesInOtherFamilies() throws {
    let source = Self.tag(Self.text("TCON", "(17)", version: 3), version: 3) + Self.sound
    #expect(comments(try copy(source, to: SoundFileFormat(.flac, .pcm16)).info) == ["GENRE=Rock"])
    #expect(try copy(source, to: SoundFileFormat(.wav, .pcm16)).info.metadata[.genre] == "Rock")
    #expect(try copy(source, to: Self.mp3).bytes.starts(with: source.prefix(25)))
  }

  /// Two frames of one name need different descriptions, and text in UTF-8 has to be UTF-8.
  @Test func commentsBecomeFramesThatID3Allows() throws {
    let texts = [
      "COMMENT=a", "DESCRIPTION=b", "DESCRIPTION=c", "LYRICS=d", "UNSYNCEDLYRICS=e", "COMMENT=f",
    ]
    var comments = VorbisComments()
    comments.comments = texts.map { Array($0.utf8) } + [Array("TITLE=".utf8) + [0x41, 0xE4, 0x42]]
    let tag = ID3Tag.tag(ID3Tag.frames(of: comments))
    let frames = try #require(ID3Tag.frames(tag)).frames
    let heads = frames.filter { ["COMM", "USLT"].contains($0.name) }.map {
      [UInt8]($0.name.utf8) + $0.bytes[$0.contentStart...].dropFirst().prefix { $0 != 0 }
    }
    #expect(heads.count == 6 && Set(heads).count == 6)
    let title = try #require(frames.first { $0.name == "TIT2" })
    #expect(String(validating: title.bytes[title.contentStart...].dropFirst(), as: UTF8.self) == "A\u{FFFD}B")
    let back = ID3Tag.comments(of: tag)
    #expect(
      Set(back.comments.comments.map { String(decoding: $0, as: UTF8.self) })
        == Set(texts + ["TITLE=A\u{FFFD}B"]) && back.others.isEmpty)
  }

  /// A tag with a footer, as it stands at the end of a file.
  private static func footed(_ frames: [UInt8]) -> [UInt8] {
    let tag = tag(frames, flags: 0x10)
    return tag + Array("3DI".utf8) + tag[3..<10]
  }

  @Test func tagsWithAFooterAreRead() throws {
    let frames = Self.text("TIT2", "T") + Self.text("TCOM", "C")
    let plain = try copy(Self.tag(frames) + Self.sound, to: Self.mp3)
    let info = try copy(Self.footed(frames) + Self.sound, to: Self.mp3)
    #expect(info.source.metadata[.title] == "T" && info.source.frameCount == plain.source.frameCount)
    #expect(info.losses.isEmpty)
    #expect(info.info.metadata[.title] == "T" && info.info.metadata.partNames == ["ID3"])
    let flac = try copy(Self.footed(frames) + Self.sound, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(flac.info) == ["TITLE=T", "COMPOSER=C"])
  }

  private static func old(title: String, artist: String, genre: UInt8) -> [UInt8] {
    func padded(_ text: String, _ count: Int) -> [UInt8] {
      Array(text.utf8) + [UInt8](repeating: 0, count: count - text.utf8.count)
    }
    let texts =
      padded(title, 30) + padded(artist, 30) + padded("", 30) + padded("1999", 4) + padded("note", 28)
    return Array("TAG".utf8) + texts + [0, 7, genre]
  }

  @Test func textsWithNamesBeyondASCIIAreNamed() throws {
    let frames = Self.text("TXXX", "Größe\u{0}12") + Self.text("TXXX", "Mood\u{0}calm")
    let flac = try copy(Self.tag(frames) + Self.sound, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(flac.info) == ["MOOD=calm"])
    #expect(flac.losses == ["the ID3 text “Größe”"])
    // Within the family nothing is lost.
    let mp3 = try copy(Self.tag(frames) + Self.sound, to: Self.mp3)
    #expect(mp3.bytes.starts(with: Self.tag(frames)) && mp3.losses.isEmpty)
  }

  @Test func tagsAtTheEndAreTakenOrNamed() throws {
    let frames = Self.text("TIT2", "T") + Self.text("TCOM", "C")
    let old = Self.old(title: "Old", artist: "A", genre: 17)
    // A tag at the end alone becomes the tag at the start.
    for tail in [[], old] {
      let source = Self.sound + Self.footed(frames) + tail
      let mp3 = try copy(source, to: Self.mp3)
      #expect(mp3.bytes.starts(with: Self.tag(frames)) && mp3.info.metadata[.title] == "T")
      let names = ["artist", "comment", "date", "track number"].map { "the \($0) of the ID3v1 tag" }
      let loss = names.joined(separator: ", ") + " and the genre of the ID3v1 tag"
      #expect(mp3.losses == (tail.isEmpty ? [] : [loss]))
    }
    let both = try copy(Self.tag(Self.text("TIT2", "1")) + Self.sound + Self.footed(frames), to: Self.mp3)
    #expect(both.losses == ["the ID3 tag at the end"] && both.source.metadata[.title] == "1")
    // ID3v1 alone gives the text fields.
    let alone = try copy(Self.sound + old, to: SoundFileFormat(.wav, .pcm16))
    #expect(
      alone.info.metadata.texts
        == [.title: "Old", .artist: "A", .date: "1999", .comment: "note", .trackNumber: "7", .genre: "Rock"])
    #expect(alone.losses.isEmpty)
    let words = Array("LYRICSBEGININD0000200LYR00005words".utf8)
    let lyrics = words + Array("0000\(words.count)LYRICS200".utf8)
    let sung = try copy(
      Self.tag(frames) + Self.sound + lyrics + Self.old(title: "T", artist: "", genre: 255), to: Self.mp3)
    #expect(sung.losses.count == 1 && sung.losses.first?.hasPrefix("the Lyrics3 tag, the comment of") == true)
  }

  @Test func aSecondTagIsKept() throws {
    let first = Self.tag(Self.text("TPE1", "A") + Self.text("TXXX", "replaygain_track_gain\0-3 dB"))
    let second = Self.tag(Self.text("TPE1", "B") + Self.text("TCOM", "C"))
    let source = first + second + Self.sound
    let mp3 = try copy(source, to: Self.mp3)
    #expect(mp3.bytes.starts(with: Self.tag(Self.text("TPE1", "A")) + second))
    let flac = try copy(source, to: SoundFileFormat(.flac, .pcm16))
    #expect(comments(flac.info) == ["ARTIST=A", "COMPOSER=C"])
    #expect(flac.losses == ["the ID3 frame “TPE1” of a further tag"])
    let tagged = try #require(ID3Tag.adding([("replaygain_track_gain", "0 dB")], to: first + second))
    #expect(tagged.suffix(second.count) == second[...])
  }
}
