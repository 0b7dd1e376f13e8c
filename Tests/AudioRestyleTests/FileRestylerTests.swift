import AudioRestyle
import Foundation
import SoundFiles
import Testing

@Suite struct FileRestylerTests {
  /// A folder that is removed with the last reference to it.
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("restyler-\(UUID().uuidString)")

    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
      try? FileManager.default.removeItem(at: url)
    }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
  }

  private static let formats: [SoundFileFormat] = [
    SoundFileFormat(.wav, .pcm16), SoundFileFormat(.wav, .pcm24), SoundFileFormat(.wav, .float32),
    SoundFileFormat(.flac, .pcm16), SoundFileFormat(.flac, .pcm24), SoundFileFormat(.aiff, .pcm24),
    SoundFileFormat(.caf, .float64),
  ]

  private func write(
    _ channels: [[Float]], to path: String, _ format: SoundFileFormat, rate: Int = 44100, title: String? = nil
  ) throws {
    var options = SoundFileWriter.Options()
    if let title { options.metadata[.title] = title }
    options.expectedFrameCount = channels[0].count
    let writer = try SoundFileWriter(
      path: path, format: format, sampleRate: rate, channelCount: channels.count, options: options)
    try writer.write(FrameBuffer(channels: channels))
    try writer.finish()
  }

  private func read(_ path: String) throws -> (info: SoundFileInfo, channels: [[Float]]) {
    let reader = try SoundFileReader(path: path)
    var buffer = FrameBuffer(channelCount: reader.info.channelCount, capacity: max(1, reader.info.frameCount))
    try reader.read(into: &buffer)
    return (reader.info, (0..<buffer.channelCount).map { buffer.channel($0) })
  }

  private func clip(_ channelCount: Int, count: Int = 30_001, seed: UInt64 = 1) -> [[Float]] {
    (0..<channelCount).map { TestClips.wandering(seed: seed + UInt64($0), count: count, rate: 44100) }
  }

  @Test(arguments: formats, [1, 2, 3, 8])
  func aStyleEqualToTheContentGivesTheSamplesBack(format: SoundFileFormat, channelCount: Int) throws {
    let folder = try Folder()
    let path = folder.path("in." + format.fileExtension)
    let output = folder.path("out." + format.fileExtension)
    try write(clip(channelCount), to: path, format)
    let style = try StyleProfile(learningFrom: path)
    let report = try FileRestyler().restyle(path, towards: [WeightedStyle(style)], to: output)
    #expect(report.level.gain == 0)
    let (before, after) = (try read(path), try read(output))
    #expect(after.info.format == before.info.format)
    #expect(after.info.sampleRate == before.info.sampleRate)
    for channel in 0..<channelCount {
      if format.encoding == .pcm16 {
        #expect(after.channels[channel] == before.channels[channel])
      } else {
        #expect(TestClips.signalToNoise(before.channels[channel], after.channels[channel]) >= 100)
      }
    }
  }

  @Test(arguments: formats, [1, 2, 8])
  func strengthZeroGivesTheBytesBack(format: SoundFileFormat, channelCount: Int) throws {
    let folder = try Folder()
    let path = folder.path("in." + format.fileExtension)
    let output = folder.path("out." + format.fileExtension)
    try write(clip(channelCount), to: path, format)
    let other = folder.path("style.wav")
    try write(clip(1, seed: 50), to: other, SoundFileFormat(.wav, .pcm16))
    var restyler = FileRestyler()
    restyler.options.strength = 0
    let style = [WeightedStyle(try StyleProfile(learningFrom: other))]
    let report = try restyler.restyle(path, towards: style, to: output)
    #expect(report.isCopy)
    #expect(FileManager.default.contents(atPath: output) == FileManager.default.contents(atPath: path))
    // Into a container of the same depth or more, the samples are the same.
    let wide = folder.path("wide.wav")
    restyler.output.encoding = .float64
    _ = try restyler.restyle(path, towards: style, to: wide)
    #expect(try read(wide).channels == read(path).channels)
  }

  @Test func silentFilesStaySilentWithoutDither() throws {
    let folder = try Folder()
    let path = folder.path("silence.wav")
    let output = folder.path("out.wav")
    try write([[Float](repeating: 0, count: 20_000)], to: path, SoundFileFormat(.wav, .pcm16))
    let other = folder.path("style.wav")
    try write(clip(2, seed: 60), to: other, SoundFileFormat(.wav, .pcm16))
    let style = [WeightedStyle(try StyleProfile(learningFrom: other))]
    _ = try FileRestyler().restyle(path, towards: style, to: output)
    #expect(try read(output).channels[0].allSatisfy { $0 == 0 })
  }

  /// Whatever the word length, what a reader finds stays under the ceiling, and nothing was clipped.
  @Test(arguments: [SoundEncoding.pcmU8, .pcm16, .pcm24, .float32], PeakControl.allCases)
  func peaksStayUnderTheCeilingInTheFile(encoding: SoundEncoding, peaks: PeakControl) throws {
    let folder = try Folder()
    let path = folder.path("in.wav")
    let output = folder.path("out.wav")
    try write(clip(2, count: 60_001, seed: 90), to: path, SoundFileFormat(.wav, .float32))
    let other = folder.path("style.wav")
    try write(clip(2, count: 60_001, seed: 95), to: other, SoundFileFormat(.wav, .float32))
    let ceilings: [(Double, Dither)] = [(-6.0, .tpdf), (-1, .none), (-1, .tpdf), (0, .tpdf)]
    for (ceiling, dither) in ceilings {
      var restyler = FileRestyler()
      restyler.options.loudness = .lufs(-10)
      restyler.options.ceiling = .decibelsTruePeak(ceiling)
      restyler.options.peaks = peaks
      restyler.output.encoding = encoding
      restyler.output.dither = dither
      restyler.output.overwrites = true
      let report = try restyler.restyle(
        path, towards: [WeightedStyle(try StyleProfile(learningFrom: other))], to: output)
      #expect((report.level.limiting != nil) == (peaks == .limit))
      #expect(report.clippedSampleCount == 0)
      let written = try ProfileLearner().learn(SoundFileReader(path: output))
      // Floats round by 2⁻²⁴ of the samples; integers have a margin for that.
      #expect(written.truePeak <= ceiling + 1e-5)
      // 8 bits need the widest margin: 1.5 units of 1/128 by the interpolation's bound of 2.8, 0.6 dB under −6 dBTP.
      #expect(written.truePeak >= ceiling - (encoding == .pcmU8 ? 0.8 : 0.1))
    }
  }

  @Test func wordsAreShortenedWithDitherUnlessItIsTurnedOff() throws {
    let folder = try Folder()
    let path = folder.path("in.wav")
    // Steps of a quarter of a 16-bit unit, and silence in the second half.
    let unit: Float = 1 / 32768
    let long: [Float] = (0..<40_000).map { $0 < 20_000 ? Float($0 % 4001 - 2000) / 4 * unit : 0 }
    try write([long], to: path, SoundFileFormat(.wav, .pcm24))
    let style = [WeightedStyle(try StyleProfile(learningFrom: path))]
    func shortened(_ dither: Dither) throws -> [Double] {
      var restyler = FileRestyler()
      restyler.options.strength = 0
      restyler.output.encoding = .pcm16
      restyler.output.dither = dither
      restyler.output.overwrites = true
      let report = try restyler.restyle(path, towards: style, to: folder.path("out.wav"))
      #expect(report.isReencoded && report.roundedTo == .pcm16)
      let samples = try read(folder.path("out.wav")).channels[0]
      #expect(samples[20_000...].allSatisfy { $0 == 0 })
      return (0..<20_000).map { Double((samples[$0] - long[$0]) / unit) }
    }
    let (rounded, dithered) = (try shortened(.none), try shortened(.tpdf))
    let largest = (rounded: rounded.map(abs).max() ?? 0, dithered: dithered.map(abs).max() ?? 0)
    #expect(largest.rounded == 0.5)
    #expect(largest.dithered > 1 && largest.dithered <= 1.5)
    // The standard error of the mean of 20 000 errors with a variance of 1/4 is 0.0035; 0.0005 % of such runs fail.
    #expect(abs(dithered.reduce(0, +) / 20_000) < 0.016)
    #expect(try shortened(.tpdf) == dithered)
  }

  @Test func changedSamplesAreDitheredIntoShortWordsOnly() throws {
    let folder = try Folder()
    let other = folder.path("style.wav")
    try write(clip(1, seed: 97), to: other, SoundFileFormat(.wav, .pcm16))
    let style = [WeightedStyle(try StyleProfile(learningFrom: other))]
    for (encoding, isDithered) in [(SoundEncoding.pcm16, true), (.pcm24, false), (.float32, false)] {
      let path = folder.path("\(encoding).wav")
      try write(clip(1, seed: 98), to: path, SoundFileFormat(.wav, encoding))
      func restyled(_ dither: Dither) throws -> [[Float]] {
        var restyler = FileRestyler()
        restyler.output.dither = dither
        restyler.output.overwrites = true
        _ = try restyler.restyle(path, towards: style, to: folder.path("out.wav"))
        return try read(folder.path("out.wav")).channels
      }
      #expect(try (restyled(.tpdf) != restyled(.none)) == isDithered)
    }
  }

  @Test func lengthRateChannelsFormatAndTitleAreKept() throws {
    let folder = try Folder()
    let other = folder.path("style.wav")
    try write(clip(1, seed: 70), to: other, SoundFileFormat(.wav, .pcm16), rate: 8000)
    let style = [WeightedStyle(try StyleProfile(learningFrom: other))]
    for format in [
      SoundFileFormat(.wav, .pcm24), SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis),
    ] {
      let path = folder.path("in." + format.fileExtension)
      let output = folder.path("out." + format.fileExtension)
      try write(clip(2, seed: 80), to: path, format, rate: 48000, title: "Ein Titel")
      _ = try FileRestyler().restyle(path, towards: style, to: output)
      let (before, after) = (try read(path), try read(output))
      #expect(after.info.format == before.info.format)
      #expect(after.info.sampleRate == 48000)
      #expect(after.channels.map(\.count) == [30_001, 30_001])
      #expect(after.info.metadata[.title] == "Ein Titel")
      #expect(after.channels.joined().allSatisfy { $0.isFinite })
      #expect(after.channels != before.channels)
    }
  }

  @Test func nothingIsLeftOrReplacedWhereWorkFails() throws {
    let folder = try Folder()
    let path = folder.path("in.wav")
    try write(clip(1), to: path, SoundFileFormat(.wav, .pcm16))
    let style = [WeightedStyle(try StyleProfile(learningFrom: path))]
    let output = folder.path("out.wav")
    try Data("precious".utf8).write(to: URL(fileURLWithPath: output))
    #expect(throws: SoundFileError.self) {
      try FileRestyler().restyle(path, towards: style, to: output)
    }
    #expect(FileManager.default.contents(atPath: output) == Data("precious".utf8))
    struct Stop: Error {}
    let other = folder.path("other.wav")
    #expect(throws: Stop.self) {
      try FileRestyler().restyle(path, towards: style, to: other) { stage, _ in
        if stage == .writing { throw Stop() }
      }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(Set(left) == ["in.wav", "out.wav"])
  }

  @Test func impossibleFormatsAreRefusedBeforeWork() throws {
    let folder = try Folder()
    let path = folder.path("in.wav")
    try write(clip(4), to: path, SoundFileFormat(.wav, .pcm16))
    let style = [WeightedStyle(try StyleProfile(learningFrom: path))]
    do {
      _ = try FileRestyler().restyle(path, towards: style, to: folder.path("out.mp3")) { _, _ in
        Issue.record("work was started")
      }
      Issue.record("four channels were taken for MP3")
    } catch let error as SoundFileError {
      #expect(error.kind == .impossibleFormat)
    }
  }
}
