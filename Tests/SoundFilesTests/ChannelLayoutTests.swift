import Foundation
import Testing

@testable import SoundFiles

/// The places of channels: every channel keeps its sound and its speaker, and what a format cannot say is named.
@Suite struct ChannelLayoutTests {
  /// Channels that differ: channel c is the constant (c + 1)/16.
  private static func steps(_ count: Int) -> FrameBuffer {
    FrameBuffer(channels: (0..<count).map { [Float](repeating: Float($0 + 1) / 16, count: 4800) })
  }

  /// The value in the middle of each channel, in sixteenths.
  private func values(_ reader: SoundFileReader) throws -> [Float] {
    try readAll(reader).map { ($0[2400] * 16).rounded() }
  }

  /// Copies a file to another format, with its layout and its metadata.
  private func copy(
    _ path: String, to format: SoundFileFormat, at copied: String
  ) throws -> (writer: SoundFileWriter, reader: SoundFileReader) {
    let reader = try SoundFileReader(path: path)
    let buffer = FrameBuffer(channels: try readAll(reader))
    let writer = try write(buffer, to: copied, format, rate: reader.info.sampleRate) {
      $0.metadata = reader.info.metadata
      $0.layout = reader.info.layout
      $0.quality = 1
    }
    return (writer, try SoundFileReader(path: copied))
  }

  /// An Ogg Opus file whose head names another mapping family; the checksum of its page is corrected.
  private func opus(_ folder: TestFolder, channels: Int, family: UInt8) throws -> String {
    try write(
      Self.steps(channels), to: folder.file("plain.opus"), SoundFileFormat(.ogg, .opus), rate: 48000
    ) {
      $0.layout = ChannelLayout.standard(SoundFileFormat(.ogg, .opus), channelCount: channels)
      $0.quality = 1
      $0.overwrites = true
    }
    var bytes = folder.bytes("plain.opus")
    let head = try #require(bytes.firstIndex(of: Array("OpusHead".utf8), from: 0))
    bytes[head + 18] = family
    let first = try #require(OggPage(bytes))
    var page = Array(bytes[..<first.byteCount])
    OggHeaders.renumber(&page, serial: UInt32(first.serial), number: 0)
    return folder.write(page + bytes[first.byteCount...], to: "family\(family).opus")
  }

  @Test(arguments: [(4, UInt8(255)), (6, 255), (4, 2)])
  func channelsOfOpusWithoutPlacesStayWhereTheyAre(_ channels: Int, _ family: UInt8) throws {
    let folder = TestFolder()
    let path = try opus(folder, channels: channels, family: family)
    let reader = try SoundFileReader(path: path)
    let before = try values(reader)
    #expect(reader.info.layout == .unplaced && reader.info.warnings.isEmpty)
    let wav = try copy(path, to: SoundFileFormat(.wav, .pcm16), at: folder.file("a.wav"))
    #expect(wav.writer.format.container == .wav && wav.reader.info.layout == nil)
    #expect(try values(wav.reader) == before)
    #expect(wav.writer.losses.isEmpty == (family == 255))
    // Extensible WAV and FLAC say that there are no places.
    let extensible = try copy(path, to: SoundFileFormat(.wavex, .pcm16), at: folder.file("b.wav"))
    #expect(
      extensible.reader.info.layout == nil && extensible.reader.info.metadata.stored?.channelMask == 0)
    #expect(try values(extensible.reader) == before)
    let flac = try copy(path, to: SoundFileFormat(.flac, .pcm16), at: folder.file("a.flac"))
    #expect(flac.reader.info.layout == .unplaced)
    #expect(try values(flac.reader) == before)
    let vorbis = try copy(path, to: SoundFileFormat(.ogg, .vorbis), at: folder.file("a.ogg"))
    #expect(vorbis.writer.losses.contains { $0.hasPrefix("channels without speakers: each one") })
    #expect(try values(vorbis.reader) == before)
  }

  /// Six channels of Opus are 5.1, whose last channel is limited to low frequencies.
  @Test func opusIsRefusedWhereAChannelWouldLoseItsSound() throws {
    let folder = TestFolder()
    let error = #expect(throws: SoundFileError.self) {
      _ = try write(
        Self.steps(6), to: folder.file("a.opus"), SoundFileFormat(.ogg, .opus), rate: 48000
      ) { $0.layout = .unplaced }
    }
    #expect(error?.kind == .impossibleFormat && error?.description.contains("low frequencies") == true)
    #expect(folder.names.isEmpty)
    try write(Self.steps(4), to: folder.file("a.opus"), SoundFileFormat(.ogg, .opus), rate: 48000) {
      $0.layout = .unplaced
    }
  }

  @Test func channelsWithoutSpeakersAreTakenInTheOrderOfWAV() throws {
    let folder = TestFolder()
    let path = folder.file("a.wav")
    try write(Self.steps(6), to: path, SoundFileFormat(.wav, .pcm16), rate: 48000)
    #expect(try SoundFileReader(path: path).info.layout == nil)
    let ogg = try copy(path, to: SoundFileFormat(.ogg, .vorbis), at: folder.file("a.ogg"))
    #expect(
      ogg.writer.losses == [
        "channels without speakers: they were taken in the default order of WAV (left, right, centre, LFE, "
          + "rear left, rear right)"
      ])
    #expect(try values(ogg.reader) == [1, 3, 2, 5, 6, 4])
    let flac = try copy(path, to: SoundFileFormat(.flac, .pcm16), at: folder.file("a.flac"))
    #expect(flac.writer.losses.isEmpty)
    #expect(try values(flac.reader) == [1, 2, 3, 4, 5, 6])
    let au = try copy(path, to: SoundFileFormat(.au, .pcm16), at: folder.file("a.au"))
    #expect(au.writer.losses.isEmpty)
  }

  /// FLAC names speakers other than its own by a comment, which `flac` writes as well.
  @Test(
    arguments: [
      (0xF, [.left, .right, .center, .lfe]),
      (0x137, [.left, .right, .center, .rearLeft, .rearRight, .rearCenter]),
    ] as [(Int, [ChannelLayout.Speaker])])
  func masksOfFLACArePassedOn(_ mask: Int, _ speakers: [ChannelLayout.Speaker]) throws {
    let folder = TestFolder()
    let wav = folder.file("a.wav")
    // The channels arrive in another order than that of the mask.
    let given = ChannelLayout(speakers.reversed())
    try write(Self.steps(speakers.count), to: wav, SoundFileFormat(.wav, .pcm16), rate: 48000) {
      $0.layout = given
    }
    let order = (1...speakers.count).reversed().map(Float.init)
    let flac = try copy(wav, to: SoundFileFormat(.flac, .pcm16), at: folder.file("a.flac"))
    #expect(flac.writer.losses.isEmpty && flac.reader.info.layout == ChannelLayout(speakers))
    #expect(try values(flac.reader) == order)
    let comment = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x\(String(mask, radix: 16, uppercase: true))"
    #expect(folder.bytes("a.flac").firstIndex(of: Array(comment.utf8), from: 0) != nil)
    let again = try copy(folder.file("a.flac"), to: SoundFileFormat(.flac, .pcm24), at: folder.file("b.flac"))
    #expect(again.reader.info.metadata.stored?.parts == flac.reader.info.metadata.stored?.parts)
    let back = try copy(folder.file("a.flac"), to: SoundFileFormat(.wav, .pcm16), at: folder.file("b.wav"))
    #expect(back.writer.losses.isEmpty && back.reader.info.metadata.stored?.channelMask == mask)
    #expect(back.reader.info.layout == ChannelLayout(speakers))
    #expect(try values(back.reader) == order)
    // Ogg has no such layout.
    let ogg = try copy(folder.file("a.flac"), to: SoundFileFormat(.ogg, .vorbis), at: folder.file("a.ogg"))
    #expect(ogg.writer.losses == ["the positions of the speakers"])
    #expect(folder.bytes("a.ogg").firstIndex(of: Array("CHANNEL_MASK".utf8), from: 0) == nil)
  }

  /// A format chunk of WAVEFORMATEXTENSIBLE: 16 bits, 48 kHz.
  private static func extensible(channels: Int, mask: Int, end: [UInt8]) -> [UInt8] {
    var bytes = RecordedWAV.short(0xFFFE)
    bytes += RecordedWAV.short(channels)
    bytes += RecordedWAV.long(48000)
    bytes += RecordedWAV.long(96000 * channels)
    bytes += RecordedWAV.short(2 * channels)
    bytes += RecordedWAV.short(16)
    bytes += RecordedWAV.short(22)
    bytes += RecordedWAV.short(16)
    bytes += RecordedWAV.long(mask)
    bytes += RecordedWAV.short(1)
    return bytes + end
  }

  @Test func theMaskOfW64IsPassedOn() throws {
    let folder = TestFolder()
    try write(Self.steps(2), to: folder.file("plain.w64"), SoundFileFormat(.w64, .pcm16), rate: 48000)
    let plain = folder.bytes("plain.w64")
    let format = try #require(plain.firstIndex(of: Array("fmt ".utf8), from: 0))
    let data = try #require(plain.firstIndex(of: Array("data".utf8), from: format))
    var bytes = Array(plain[..<(format + 16)])
    bytes += HeaderBytes.bytes(of: 64, count: 8, bigEndian: false)
    bytes += Self.extensible(
      channels: 2, mask: 0x600, end: [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71])
    bytes += plain[data...]
    let path = folder.write(bytes, to: "a.w64")
    let wav = try copy(path, to: SoundFileFormat(.wav, .pcm16), at: folder.file("a.wav"))
    #expect(wav.writer.losses.isEmpty && wav.reader.info.metadata.stored?.channelMask == 0x600)
    let flac = try copy(folder.file("a.wav"), to: SoundFileFormat(.flac, .pcm16), at: folder.file("a.flac"))
    #expect(flac.writer.losses.isEmpty)
    let back = try copy(folder.file("a.flac"), to: SoundFileFormat(.wav, .pcm16), at: folder.file("b.wav"))
    #expect(back.writer.losses.isEmpty && back.reader.info.metadata.stored?.channelMask == 0x600)
    let positions = ["the positions of the speakers"]
    let again = try copy(path, to: SoundFileFormat(.w64, .pcm16), at: folder.file("b.w64"))
    #expect(again.writer.losses == positions)
    let ogg = try copy(folder.file("a.flac"), to: SoundFileFormat(.ogg, .vorbis), at: folder.file("a.ogg"))
    #expect(ogg.writer.losses == positions)
  }

  @Test func ambisonicBFormatIsPassedOnOrNamed() throws {
    let folder = TestFolder()
    let samples = (0..<4000).flatMap { RecordedWAV.short(1024 * ($0 % 4 + 1)) }
    let format = Self.extensible(
      channels: 4, mask: 0, end: [0, 0, 0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0])
    let body = RecordedWAV.chunk("fmt ", format) + RecordedWAV.chunk("data", samples)
    let path = folder.write(RecordedWAV.chunk("RIFF", Array("WAVE".utf8) + body), to: "a.wav")
    for container in [SoundContainer.wav, .wavex, .rf64] {
      let name = folder.file("\(container).wav")
      let (writer, reader) = try copy(path, to: SoundFileFormat(container, .pcm16), at: name)
      #expect(writer.losses.isEmpty && reader.info.metadata.stored?.isAmbisonic == true, "\(container)")
      #expect(reader.info.layout == .unplaced)
      let end = Array(format.suffix(16))
      #expect(folder.bytes("\(container).wav").firstIndex(of: end, from: 0) != nil)
    }
    let lost = ["that the channels are ambisonic B-format"]
    let flac = try copy(path, to: SoundFileFormat(.flac, .pcm16), at: folder.file("a.flac"))
    #expect(flac.writer.losses == lost && flac.reader.info.layout == .unplaced)
    let caf = try copy(path, to: SoundFileFormat(.caf, .pcm16), at: folder.file("a.caf"))
    #expect(caf.writer.losses == lost)
  }

  @Test func ratesThatAreNoWholeNumbersAreNamed() throws {
    let folder = TestFolder()
    for container in [SoundContainer.aiff, .caf] {
      let path = folder.file("a.\(container)")
      try write(Self.steps(1), to: path, SoundFileFormat(container, .pcm16), rate: 22254)
      #expect(try SoundFileReader(path: path).info.warnings.isEmpty)
      var bytes = folder.bytes("a.\(container)")
      if container == .aiff {
        // 22254.54545… of old Macintosh files: the mantissa of 80 bits.
        let place = try #require(bytes.firstIndex(of: Array("COMM".utf8), from: 0)) + 16
        bytes.replaceSubrange(
          place..<place + 10, with: [0x40, 0x0D, 0xAD, 0xDD, 0x17, 0x45, 0xD1, 0x74, 0x5D, 0x17])
      } else {
        let rate = 22254.5.bitPattern.bigEndian
        bytes.replaceSubrange(
          20..<28, with: (0..<8).map { UInt8(truncatingIfNeeded: rate >> UInt64(8 * $0)) })
      }
      let info = try SoundFileReader(path: folder.write(bytes, to: "b")).info
      let warning = try #require(info.warnings.first)
      #expect(info.warnings.count == 1 && !warning.isLoss && info.frameCount == 4800)
      #expect(warning.description.hasPrefix("the header’s sample rate of 22254.5"))
      guard case .hasFractionalRate(_, let used) = warning else { continue }
      #expect(used == info.sampleRate)
    }
  }
}
