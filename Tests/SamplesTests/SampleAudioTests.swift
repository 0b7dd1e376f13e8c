import Foundation
import SampleSynthesis
import SoundFiles
import Testing

/// The committed audio in Samples/audio against what the synthesiser makes.
struct SampleAudioTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Samples/audio").standardized

  static func path(_ name: String) -> String {
    folder.appending(path: "\(name).flac").path(percentEncoded: false)
  }

  /// All frames of a 16-bit file, interleaved.
  static func samples(_ reader: SoundFileReader) throws -> [Int16] {
    var items = [Int32](repeating: 0, count: reader.info.frameCount * reader.info.channelCount)
    let frames = try reader.readIntegers(into: &items)
    #expect(frames == reader.info.frameCount)
    return items.map { Int16($0 >> 16) }
  }

  /// Synthesis uses only operations whose results IEEE 754 fixes, so this holds on every machine.
  @Test(arguments: Sample.all.map(\.name))
  func committedAudioIsWhatTheSynthesiserMakes(name: String) throws {
    let sample = try #require(Sample.all.first { $0.name == name })
    let reader = try SoundFileReader(path: Self.path(name))
    let clip = sample.render()
    #expect(reader.info.sampleRate == clip.sampleRate)
    #expect(reader.info.channelCount == clip.channels.count)
    #expect(reader.info.frameCount == clip.frameCount)
    let committed = try Self.samples(reader)
    let made = clip.samples16
    let firstDifference = zip(committed, made).enumerated().first { $0.element.0 != $0.element.1 }
    #expect(committed.count == made.count)
    #expect(firstDifference == nil, "\(name): item \(firstDifference?.offset ?? 0) differs")
  }

  @Test(arguments: Sample.all.map(\.name))
  func levelsAreThoseOfARecording(name: String) throws {
    let reader = try SoundFileReader(path: Self.path(name))
    #expect(reader.info.format == SoundFileFormat(.flac, .pcm16))
    #expect((6...10).contains(reader.info.duration))
    let samples = try Self.samples(reader)
    let channels = reader.info.channelCount
    // Nowhere near full scale, so nothing was clamped on the way to 16 bits.
    let peak = samples.map { Int($0).magnitude }.max() ?? 0
    #expect(peak > 4000)
    #expect(peak < 29_000)
    for channel in 0..<channels {
      let values = stride(from: channel, to: samples.count, by: channels).map { Double(samples[$0]) }
      // No constant: under one step of the 16-bit scale.
      #expect(abs(values.reduce(0, +) / Double(values.count)) < 1)
      // Starts and ends without a click: within 8 steps of silence.
      #expect(abs(values.first ?? 99) <= 8)
      #expect(abs(values.last ?? 99) <= 8)
    }
  }

  @Test func theFolderIsSmallAndHoldsNothingElse() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.folder, includingPropertiesForKeys: [.fileSizeKey])
    let audio = files.filter { $0.pathExtension == "flac" }
    #expect(Set(audio.map { $0.deletingPathExtension().lastPathComponent }) == Set(Sample.all.map(\.name)))
    let bytes = try audio.map { try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 }.reduce(0, +)
    #expect(bytes <= 3_000_000)
  }

  @Test func ratesAndChannelsDiffer() throws {
    let infos = try Sample.all.map { try SoundFileReader(path: Self.path($0.name)).info }
    #expect(Set(infos.map(\.sampleRate)) == [22_050, 44_100, 48_000])
    #expect(Set(infos.map(\.channelCount)) == [1, 2])
  }
}
