import AudioRestyle
import Foundation
import SoundFiles
import Testing

@testable import restyle

@Suite struct OverviewTests {
  private let space: Workspace

  init() throws { space = try Workspace() }

  /// A clip of two halves, the second 20 dB louder, and of one peak.
  private func halves() throws -> ClipOverview {
    var samples = (0..<8 * 8000).map { frame in
      Float((frame < 32_000 ? 0.02 : 0.2) * sin(2 * .pi * 500 * Double(frame) / 8000))
    }
    samples[4000] = 0.75
    samples[4001] = -0.5
    try space.write([samples, samples], "halves.wav", format: SoundFileFormat(.wav, .float32))
    return try ClipOverview(reading: space.url("halves.wav").path, highestFrequency: 4000)
  }

  @Test func waveformAndLoudness() throws {
    let clip = try halves()
    #expect(clip.duration == 8 && clip.isSound && clip.waveform.count == 400)
    // Sample 4000 of 64000 is in column 25 of 400.
    #expect(clip.waveform[25].upperBound == 0.75 && clip.waveform[25].lowerBound == -0.5)
    #expect(
      abs(clip.waveform[10].upperBound - 0.02) < 0.001 && abs(clip.waveform[300].upperBound - 0.2) < 0.001)
    #expect(clip.momentary.count == 80)
    #expect(abs(clip.momentary[70] - clip.momentary[30] - 20) < 0.1)
    let profile = try StyleProfile(learningFrom: space.url("halves.wav").path)
    #expect(clip.loudness == profile.loudness && clip.truePeak == profile.truePeak)
    #expect(clip.longTerm != nil && clip.spectrogram?.frequencies == 20...4000)
  }

  /// A gain of 6 dB shows as 6 dB at all times, and as a line 6 dB above the one on which nothing changes.
  @Test func gainsAreMeasured() throws {
    let before = try halves()
    var after = before
    after.momentary = before.momentary.map { $0 + 6 }
    let change = LevelChange(from: before, to: after)
    let gains = change.gains.filter { $0.y.isFinite }
    #expect(gains.count == 77 && gains.allSatisfy { abs($0.y - 6) < 1e-4 })
    #expect(gains.first?.x == 0.2 && change.isKnown)
    for level in change.levels {
      #expect(
        abs(level.middle - 6 - level.input) <= 1 && level.low <= level.middle && level.middle <= level.high)
    }
  }

  @Test func shortClipsAreWhole() throws {
    var clip = try halves()
    #expect(AudioExcerpts.places(in: clip, seconds: 20) == [AudioPlace(start: 0, length: 8)])
    #expect(AudioExcerpts.places(in: clip, seconds: 0).isEmpty)
    clip.duration = 120
    clip.momentary = (0..<1200).map { tenth in
      switch tenth {
      case 300..<340: -10
      case 700..<760: -38
      case 900..<1000: -70
      default: -20
      }
    }
    clip.loudness = -20
    let places = AudioExcerpts.places(in: clip, seconds: 9)
    #expect(
      places.map(\.length) == [3, 3, 3] && Set(places.map(\.reason)) == ["loudest", "quiet", "typical"])
    let loudest = try #require(places.first { $0.reason == "loudest" })
    let quiet = try #require(places.first { $0.reason == "quiet" })
    #expect(loudest.start >= 29 && loudest.start <= 34)
    #expect(quiet.start >= 67.5 && quiet.start <= 76, "a quiet passage, and no silence: \(quiet.start)")
    for (a, b) in zip(places, places.dropFirst()) { #expect(b.start - a.start >= 3) }
  }

  /// The sound of a page holds the samples of its places, to 16 bits with their dither.
  @Test func excerptsHoldTheirSamples() throws {
    _ = try halves()
    let path = space.url("halves.wav").path
    let places = [AudioPlace(start: 1, length: 0.5), AudioPlace(start: 6, length: 0.5)]
    let audio = try AudioExcerpts.encode(path, places: places)
    #expect(audio.duration == 1)
    try Data(audio.bytes).write(to: space.url("page.flac"))
    let reader = try SoundFileReader(path: space.url("page.flac").path)
    #expect(reader.info.format == SoundFileFormat(.flac, .pcm16) && reader.info.channelCount == 2)
    var buffer = FrameBuffer(channelCount: 2, capacity: 8000)
    #expect(try reader.read(into: &buffer) == 8000)
    // Between the fades of 10 ms.
    for (frame, source) in [(2000, 10_000), (6000, 50_000)] {
      let expected = Float((source < 32_000 ? 0.02 : 0.2) * sin(2 * .pi * 500 * Double(source) / 8000))
      #expect(abs(buffer[0, frame] - expected) < 2 / 32_768)
    }
    #expect(abs(buffer[0, 3999]) < 0.001 && abs(buffer[0, 4000]) < 0.001)
  }

  /// What the option's report lists has a row in words, and only what differs from the defaults is marked.
  @Test func settingsAreComplete() {
    var options = RestyleOptions()
    options.strength = 0.5
    options.method = .adain
    options.toneRange = 80...12_000
    options.loudness = .lufs(-16)
    let rows = SettingsText(options).rows
    let chosen = rows.filter(\.isChosen).map { "\($0.option) \($0.value)" }
    #expect(chosen == ["--strength 0.5", "--method adain", "--range 80-12000", "--loudness −16.0"])
    let names = Set(rows.map(\.option))
    for change in OptionsReport(options).changes {
      #expect(names.contains(String(change.prefix { $0 != " " })), "\(change)")
    }
    #expect(rows.allSatisfy { !$0.meaning.isEmpty })
  }
}
