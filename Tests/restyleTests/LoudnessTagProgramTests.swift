import AudioRestyle
import Foundation
@testable import SoundFiles
import Testing

/// `--loudness-tags`: the figures are those of the written sound.
@Suite struct LoudnessTagProgramTests {
  private let space: Workspace
  private static let flac = SoundFileFormat(.flac, .pcm16)

  init() throws {
    space = try Workspace()
    try space.makeClip("a.flac", seconds: 5, channelCount: 2, format: Self.flac)
    try space.makeClip("b.flac", seconds: 4, channelCount: 2, gain: 0.1, seed: 3, format: Self.flac)
    try space.makeClip("style.wav", seconds: 4, channelCount: 2, gain: 0.1, brightness: 0.1, seed: 2)
  }

  /// The numbers of comments whose names begin so.
  private func gains(_ name: String) throws -> [String: Double] {
    let stored = try #require(try space.info(name).metadata.stored)
    let part = try #require(stored.parts.first { $0.name == "VORBIS_COMMENT" })
    let comments = try #require(VorbisComments(part.bytes)).comments.map {
      String(decoding: $0, as: UTF8.self)
    }
    var gains: [String: Double] = [:]
    for comment in comments where comment.hasPrefix("REPLAYGAIN_") {
      let pair = comment.split(separator: "=")
      gains[String(pair[0])] = Double(pair[1].replacingOccurrences(of: " dB", with: ""))
    }
    return gains
  }

  private func samples(_ name: String) throws -> [[Float]] {
    let reader = try SoundFileReader(path: space.url(name).path)
    var buffer = FrameBuffer(channelCount: 2, capacity: reader.info.frameCount)
    _ = try reader.read(into: &buffer)
    return [buffer.channel(0), buffer.channel(1)]
  }

  private func measured(_ channels: [[Float]]) throws -> DeliveryMeasurement {
    try DeliveryMeasurement(of: MemorySource(channels, sampleRate: 8000))
  }

  @Test func theFiguresAreThoseOfTheResult() throws {
    let run = try space.run("a.flac", "--style", "style.wav", "--loudness-tags", "-o", "r.flac")
    #expect(run.status == 0 && !run.errors.contains("warning"), "\(run.errors)")
    let found = try measured(samples("r.flac"))
    let gains = try gains("r.flac")
    #expect(gains.count == 2)
    #expect(abs(try #require(gains["REPLAYGAIN_TRACK_GAIN"]) - (-18 - (try #require(found.loudness)))) < 0.02)
    let peak = pow(10, try #require(found.truePeak) / 20)
    #expect(abs(try #require(gains["REPLAYGAIN_TRACK_PEAK"]) - peak) < 0.001)
    // The sound is that of a run without tags, whose file has no gains.
    #expect(try space.run("a.flac", "--style", "style.wav", "-o", "plain.flac", "-q").status == 0)
    #expect(try samples("plain.flac") == samples("r.flac"))
    #expect(try space.info("plain.flac").metadata.partNames.isEmpty)
  }

  /// Files of an album have its gain beside their own: that of all results as one programme.
  @Test func albumsHaveAGainInCommon() throws {
    let run = try space.run(
      "a.flac", "b.flac", "--style", "style.wav", "--together", "--loudness-tags", "-o", "out/")
    #expect(run.status == 0, "\(run.errors)")
    let (a, b) = (try gains("out/a.flac"), try gains("out/b.flac"))
    #expect(a["REPLAYGAIN_ALBUM_GAIN"] != nil && a["REPLAYGAIN_ALBUM_GAIN"] == b["REPLAYGAIN_ALBUM_GAIN"])
    #expect(a["REPLAYGAIN_ALBUM_PEAK"] == b["REPLAYGAIN_ALBUM_PEAK"])
    #expect(a["REPLAYGAIN_TRACK_GAIN"] != b["REPLAYGAIN_TRACK_GAIN"])
    let whole = try measured(zip(samples("out/a.flac"), samples("out/b.flac")).map { $0 + $1 })
    #expect(
      abs(try #require(a["REPLAYGAIN_ALBUM_GAIN"]) - (-18 - (try #require(whole.loudness)))) < 0.15,
      "\(a), \(whole)")
    let peak = pow(10, try #require(whole.truePeak) / 20)
    #expect(abs(try #require(a["REPLAYGAIN_ALBUM_PEAK"]) - peak) < 0.1 * peak)
    // One channel and two are counted differently.
    try space.makeClip("mono.flac", seconds: 4, seed: 9, format: Self.flac)
    let mixed = try space.run(
      "a.flac", "mono.flac", "--style", "style.wav", "--together", "--loudness-tags", "-o", "mixed/")
    #expect(mixed.status == 0 && mixed.errors.contains("no gain of the album"), "\(mixed.errors)")
    #expect(try gains("mixed/a.flac").keys.sorted() == ["REPLAYGAIN_TRACK_GAIN", "REPLAYGAIN_TRACK_PEAK"])
  }

  /// With nothing else to do, tags alone are written, and what was encoded with loss is left as it is.
  @Test func strengthZeroWritesTagsAlone() throws {
    let run = try space.run(
      "a.flac", "--style", "style.wav", "--strength", "0", "--loudness-tags", "-o", "same.flac")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try samples("same.flac") == samples("a.flac"))
    #expect(try gains("same.flac").count == 2)
    try space.makeClip("a.ogg", seconds: 3, channelCount: 2, format: SoundFileFormat(.ogg, .vorbis))
    let lossy = try space.run(
      "a.ogg", "--style", "style.wav", "--strength", "0", "--loudness-tags", "-o", "same.ogg")
    #expect(
      lossy.status == 0 && lossy.errors.contains("the file is a copy of the content"), "\(lossy.errors)")
    #expect(try space.bytes("same.ogg") == space.bytes("a.ogg"))
  }

  @Test func whatCannotBeTaggedIsSaid() throws {
    let run = try space.run("a.flac", "--style", "style.wav", "--loudness-tags", "-o", "r.w64")
    #expect(run.status == 0 && run.errors.contains("r.w64: the format does not keep the loudness ("))
    let stems = try space.run(
      "a.flac", "--like", "a.flac", "--style", "style.wav", "--loudness-tags", "-o", "out/")
    #expect(stems.status == 64 && stems.errors.contains("--loudness-tags: expected no --like beside it"))
  }
}

/// A chapter of an audiobook, from the level to the file.
@Suite struct AudiobookTests {
  @Test func mp3FilesHaveAConstantRateAndTheLevel() throws {
    let space = try Workspace()
    try space.makeClip("talk.wav", seconds: 4, sampleRate: 44_100, gain: 0.2)
    try space.makeClip("style.wav", seconds: 4, sampleRate: 44_100, gain: 0.1, brightness: 0.1, seed: 2)
    #expect(
      try space.run("talk.wav", "--style", "style.wav", "--for", "acx", "-o", "talk.mp3", "-q").status == 0)
    let run = try space.run("check", "talk.mp3", "--for", "acx")
    for line in [
      /pass +level +−20\.\d dB RMS/, /pass +sample peak/, /pass +format/, /pass +bit rate +19\d kbit\/s/,
    ] { #expect(run.text.contains(line), "\(run.text)") }
  }
}
