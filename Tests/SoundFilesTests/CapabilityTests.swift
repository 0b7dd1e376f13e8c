import SoundFiles
import Testing

@Suite struct CapabilityTests {
  static let rates = [
    8000, 11025, 12000, 12345, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000, 176_400,
    192_000,
  ]

  /// Every claim of the table, by writing and reading back; every refusal, by asking.
  @Test(arguments: FormatCapability.all)
  func everyClaimHolds(_ row: FormatCapability) throws {
    let folder = TestFolder()
    for rate in Self.rates {
      for channels in 1...9 {
        let isClaimed = row.sampleRates.contains(rate) && channels <= row.maximumChannelCount
        guard isClaimed else {
          #expect(throws: SoundFileError.self) {
            try row.format.check(sampleRate: rate, channelCount: channels)
          }
          continue
        }
        try row.format.check(sampleRate: rate, channelCount: channels)
        // Every rate with the fewest and the most channels, and every number of channels at one rate.
        guard channels == 1 || channels == row.maximumChannelCount || rate == 48000 else { continue }
        let path = folder.file("\(rate)-\(channels).\(row.format.fileExtension)")
        try write(
          Signal.tones(channels: channels, frames: 101, sampleRate: rate), to: path, row.format, rate: rate)
        let info = try SoundFileReader(path: path).info
        #expect(info.sampleRate == rate)
        #expect(info.channelCount == channels)
        #expect(info.frameCount == 101)
        #expect(info.format.container == row.format.container && info.format.encoding == row.format.encoding)
      }
    }
  }

  @Test(arguments: FormatCapability.all.filter { !$0.holdsZeroFrames })
  func emptyClipsAreRefused(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let path = folder.file("empty.\(row.format.fileExtension)")
    let error = #expect(throws: SoundFileError.self) {
      try write(FrameBuffer(channelCount: 1, capacity: 0), to: path, row.format, rate: 48000)
    }
    #expect(error?.kind == .impossibleFormat)
    #expect(folder.names.isEmpty)
  }

  @Test func refusalsNameTheLimitTheClipAndAlternatives() throws {
    let opus = #expect(throws: SoundFileError.self) {
      try SoundFileFormat(.ogg, .opus).check(sampleRate: 44100, channelCount: 2, path: "a.opus")
    }
    #expect(
      opus?.description
        == "‘a.opus’: Ogg Opus stores 8, 12, 16, 24 and 48 kHz, and this clip has 44.1 kHz; possible are Ogg Vorbis (.ogg), "
        + "MP3 (.mp3), FLAC, 24-bit (.flac), WAV, 24-bit (.wav), CAF, 24-bit (.caf)")
    #expect(opus?.exitCode == 64)
    let mp3 = #expect(throws: SoundFileError.self) {
      try SoundFileFormat(.mp3, .mpegLayer3).check(sampleRate: 48000, channelCount: 4)
    }
    #expect(
      mp3?.description.hasPrefix(
        "MP3 holds up to 2 channels here, and this clip has 4; possible are Ogg Vorbis") == true)
    // The format itself has no such limit.
    let slow = #expect(throws: SoundFileError.self) {
      try SoundFileFormat(.wav, .pcm16).check(sampleRate: 400, channelCount: 1)
    }
    #expect(
      slow?.description.hasPrefix("WAV, 16-bit is written here at 8 to 192 kHz, and this clip has 0.4 kHz")
        == true)
    let long = #expect(throws: SoundFileError.self) {
      try SoundFileFormat(.aiff, .pcm24).check(sampleRate: 48000, channelCount: 2, frameCount: 1_000_000_000)
    }
    #expect(long?.description.contains("ends at 4.2 GB, and this clip takes 6.0 GB") == true)
    // The same length as WAV is possible: it becomes RF64.
    try SoundFileFormat(.wav, .pcm24).check(sampleRate: 48000, channelCount: 2, frameCount: 1_000_000_000)
    #expect(throws: SoundFileError.self) {
      try SoundFileFormat(.wav, .vorbis).check(sampleRate: 48000, channelCount: 2)
    }
    #expect(throws: SoundFileError.self) {
      try SoundFileFormat(.caf, .alac32).check(sampleRate: 48000, channelCount: 1)
    }
    #expect(throws: SoundFileError.self) {
      try SoundFileFormat(.flac, .pcm16, byteOrder: .little).check(sampleRate: 48000, channelCount: 1)
    }
  }

  @Test func formatsFollowTheOutputsName() throws {
    let wav24 = SoundFileFormat(.wav, .pcm24)
    #expect(try SoundFileFormat(path: "b.wav", like: wav24) == wav24)
    #expect(
      try SoundFileFormat(path: "b.WAV", like: SoundFileFormat(.rf64, .float32))
        == SoundFileFormat(.rf64, .float32))
    #expect(try SoundFileFormat(path: "b.flac", like: wav24) == SoundFileFormat(.flac, .pcm24))
    #expect(
      try SoundFileFormat(path: "b.flac", like: SoundFileFormat(.wav, .pcmU8))
        == SoundFileFormat(.flac, .pcmS8))
    #expect(
      try SoundFileFormat(path: "b.flac", like: SoundFileFormat(.wav, .float32))
        == SoundFileFormat(.flac, .pcm24))
    #expect(try SoundFileFormat(path: "b.wav", like: SoundFileFormat(.mp3, .mpegLayer3)) == wav24)
    #expect(
      try SoundFileFormat(path: "b.aif", like: SoundFileFormat(.wav, .ulaw)) == SoundFileFormat(.aiff, .ulaw))
    #expect(
      try SoundFileFormat(path: "b.opus", like: SoundFileFormat(.ogg, .vorbis))
        == SoundFileFormat(.ogg, .opus))
    #expect(try SoundFileFormat(path: "x.y/b.oga", like: wav24) == SoundFileFormat(.ogg, .vorbis))
    #expect(try SoundFileFormat(path: "-", like: wav24) == wav24)
    for name in ["b", "b.m4a", "b.wav/c"] {
      let error = #expect(throws: SoundFileError.self) { try SoundFileFormat(path: name, like: wav24) }
      #expect(error?.description.contains(".flac") == true)
    }
  }

  @Test func theExtensionOfEachRowLeadsBackToIt() throws {
    for row in FormatCapability.all {
      #expect(try SoundFileFormat(path: "a.\(row.format.fileExtension)", like: row.format) == row.format)
    }
  }

  @Test func longWAVBecomesRF64() throws {
    let folder = TestFolder()
    for container in [SoundContainer.wav, .wavex] {
      var options = SoundFileWriter.Options()
      options.expectedFrameCount = 1_100_000_000
      // Room for 4.4 GB may be missing where the tests run; then that is the error, and nothing is left.
      do {
        let writer = try SoundFileWriter(
          path: folder.file("long.wav"), format: SoundFileFormat(container, .pcm16), sampleRate: 48000,
          channelCount: 2, options: options)
        #expect(writer.format == SoundFileFormat(.rf64, .pcm16))
      } catch {
        #expect(error.kind == .inputOutput)
      }
      #expect(folder.names.isEmpty)
    }
  }
}
