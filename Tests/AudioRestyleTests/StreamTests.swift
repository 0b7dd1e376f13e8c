import AudioFeatures
import Foundation
import SoundFiles
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Clips from sources and into sinks of one's own, progress, and what runs on a thread of its own.
@Suite struct StreamTests {
  /// Passes on another source's frames without saying how many there are.
  private final class Unknown: FrameSource {
    private let base: MemorySource

    init(_ base: MemorySource) { self.base = base }

    var sampleRate: Double { base.sampleRate }
    var channelCount: Int { base.channelCount }
    var name: String { base.name }
    func rewind() { base.rewind() }
    func read(into buffer: inout FrameBuffer) -> Int { base.read(into: &buffer) }
  }

  private final class Collector: FrameSink {
    private(set) var channels: [[Float]]

    init(_ channelCount: Int) { channels = Array(repeating: [], count: channelCount) }

    func write(_ buffer: FrameBuffer) {
      for channel in channels.indices { channels[channel] += buffer.channel(channel) }
    }
  }

  private struct Stop: Error {}

  private final class Full: FrameSink {
    func write(_ buffer: FrameBuffer) throws { throw Stop() }
  }

  private static let rate = 44100.0
  private static let content = TestClips.stereo(seed: 3, count: 60_001, rate: rate)

  private static func styles() throws -> [WeightedStyle] {
    let style = TestClips.source([TestClips.wandering(seed: 9, count: 50_000, rate: rate, pole: 0.3)])
    return [WeightedStyle(try Restyler().learner.learn(style))]
  }

  /// Shares that never fall, of stages in their order, and end with 1.
  private static func check(_ all: [RestyleProgress]) {
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.share <= $1.share })
    #expect(all.last == RestyleProgress(stage: .writing, fraction: 1, share: 1))
    #expect(all.allSatisfy { (0...1).contains($0.fraction) && (0...1).contains($0.share) })
    for stage in [RestyleStage.measuring, .refining(1), .rendering, .writing] {
      #expect(all.contains { $0.stage == stage })
    }
  }

  @Test func aSourceOfOnesOwnGivesTheSameSamples() throws {
    let styles = try Self.styles()
    let expected = try Restyler().restyle(TestClips.source(Self.content), towards: styles)
    for content in [
      Unknown(TestClips.source(Self.content)) as any FrameSource, TestClips.source(Self.content),
    ] {
      let sink = Collector(2)
      var progress: [RestyleProgress] = []
      let report = try Restyler().restyle(content, towards: styles, into: sink) { progress.append($0) }
      #expect(sink.channels == expected.channels)
      #expect(report.loudness == expected.report.loudness)
      Self.check(progress)
    }
  }

  @Test func aRestylingIntoASink() throws {
    let styles = try Self.styles()
    let restyler = Restyler()
    let profile = try restyler.learner.learn(TestClips.source(Self.content))
    let restyling = try restyler.restyling(of: profile, towards: styles)
    let expected = try restyler.restyle(TestClips.source(Self.content), by: restyling)
    let sink = Collector(2)
    _ = try restyler.restyle(Unknown(TestClips.source(Self.content)), by: restyling, into: sink)
    #expect(sink.channels == expected.channels)
  }

  @Test func whatSinksAndProgressThrowEndsTheWork() throws {
    let styles = try Self.styles()
    #expect(throws: Stop.self) {
      try Restyler().restyle(TestClips.source(Self.content), towards: styles, into: Full())
    }
    let sink = Collector(2)
    #expect(throws: Stop.self) {
      try Restyler().restyle(TestClips.source(Self.content), towards: styles, into: sink) {
        if $0.stage == .rendering { throw Stop() }
      }
    }
    #expect(sink.channels == [[], []])
  }

  @Test func eventsOfAClipInMemory() async throws {
    let styles = try Self.styles()
    let expected = try Restyler().restyle(TestClips.source(Self.content), towards: styles)
    var progress: [RestyleProgress] = []
    var clip: RestyledClip?
    for try await event in Restyler().events(restyling: Self.content, sampleRate: Self.rate, towards: styles)
    {
      switch event {
      case .progress(let now): progress.append(now)
      case .finished(let result): clip = result
      }
    }
    #expect(clip?.channels == expected.channels)
    #expect(progress.last?.share == 1)
    await #expect(throws: RestyleError.invalidClip("clip: expected at least 1 channel, found 0")) {
      for try await _ in Restyler().events(restyling: [], sampleRate: 1, towards: styles) {}
    }
  }

  @Test func eventsOfAFile() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "events-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
    let writer = try SoundFileWriter(
      path: path("in.wav"), format: SoundFileFormat(.wav, .pcm16), sampleRate: 44100, channelCount: 2)
    try writer.write(FrameBuffer(channels: Self.content))
    try writer.finish()
    let styles = try Self.styles()
    var report: RestyleReport?
    let events = FileRestyler().events(restyling: path("in.wav"), towards: styles, to: path("out.wav"))
    for try await event in events {
      if case .finished(let result) = event { report = result }
    }
    #expect(report?.loudness != nil)
    let memory = try MemorySource(contentsOf: path("out.wav"))
    #expect(memory.channelCount == 2 && memory.expectedFrameCount == 60_001)
  }

  /// Work that goes on until telling fails, and what it failed with.
  private static func endless() -> (
    events: AsyncThrowingStream<RestyleEvent<Int>, any Error>, ends: AsyncStream<Bool>
  ) {
    let (ends, end) = AsyncStream<Bool>.makeStream()
    let events: AsyncThrowingStream<RestyleEvent<Int>, any Error> = Threads.events { tell in
      do {
        while true { try tell(RestyleProgress(stage: .measuring, fraction: 0, share: 0)) }
      } catch {
        end.yield(error is CancellationError)
        end.finish()
        throw error
      }
    }
    return (events, ends)
  }

  @Test func workEndsWithTheTask() async throws {
    let (events, ends) = Self.endless()
    let task = Task { for try await _ in events {} }
    task.cancel()
    _ = await task.result
    for await isCancelled in ends { #expect(isCancelled) }
  }

  @Test func workEndsWithTheLoop() async throws {
    func listen() async throws -> AsyncStream<Bool> {
      let (events, ends) = Self.endless()
      for try await _ in events { break }
      return ends
    }
    for await isCancelled in try await listen() { #expect(isCancelled) }
  }

  @Test func strengthZeroTellsProgressAndStops() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zero-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
    let writer = try SoundFileWriter(
      path: path("in.wav"), format: SoundFileFormat(.wav, .pcm16), sampleRate: 44100, channelCount: 2)
    try writer.write(FrameBuffer(channels: Self.content))
    try writer.finish()
    var restyler = FileRestyler()
    restyler.options.strength = 0
    let styles = try Self.styles()
    for output in ["same.wav", "other.flac"] {
      #expect(throws: Stop.self) {
        try restyler.restyle(path("in.wav"), towards: styles, to: path(output)) { _, _ in throw Stop() }
      }
      #expect(!FileManager.default.fileExists(atPath: path(output)))
      var last = 0.0
      _ = try restyler.restyle(path("in.wav"), towards: styles, to: path(output)) { last = $1 }
      #expect(last == 1)
    }
  }

  @Test func valuesOutOfRangeAreErrors() throws {
    var restyler = FileRestyler(threads: -3)
    #expect(throws: RestyleError.invalidOption("threads: expected 1 or more, found -3")) {
      try restyler.restyle("in.wav", towards: [], to: "out.wav")
    }
    restyler.threads = 1
    restyler.output.quality = 7
    #expect(throws: RestyleError.invalidOption("quality: expected 0 to 1, found 7.0")) {
      try restyler.restyle("in.wav", towards: [], to: "out.wav")
    }
    let ragged = #expect(throws: RestyleError.self) {
      try MemorySource(checking: [[0, 1], [0]], sampleRate: 44100)
    }
    #expect(ragged?.localizedDescription == "clip: expected 2 samples in each channel, found 1")
    #expect(throws: RestyleError.invalidClip("clip: expected a positive sample rate, found nan")) {
      try MemorySource(checking: [[0]], sampleRate: .nan)
    }
    #expect(throws: SoundFileError.self) { try MemorySource(contentsOf: "/there/is/none.wav") }
    #expect(SoundFileError(.badData, path: "a", "expected this").localizedDescription == "expected this")
  }
}
