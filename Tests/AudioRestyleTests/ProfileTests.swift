import AdaIN
import AudioFeatures
import AudioRestyle
import SoundFiles
import Foundation
import Testing

@Suite struct ProfileTests {
  private let rate = 44100.0

  private func clip(_ seed: UInt64, amplitude: Float = 0.1) -> MemorySource {
    MemorySource(
      TestClips.stereo(seed: seed, count: 90_000, rate: rate).map { $0.map { $0 * amplitude * 10 } },
      sampleRate: rate, name: "clip\(seed)")
  }

  private func temporaryURL() -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("profile-\(UUID().uuidString).safetensors")
  }

  /// All levels of two profiles, to the bit.
  private func areEqual(_ a: StyleProfile, _ b: StyleProfile) -> Bool {
    a.views == b.views
      && a.views.allSatisfy { view in
        zip(a.levels(of: view) ?? [], b.levels(of: view) ?? []).allSatisfy { $0 == $1 }
      }
  }

  @Test func filesGiveBackEveryBit() throws {
    let url = temporaryURL()
    defer { try? FileManager.default.removeItem(at: url) }
    let profile = try ProfileLearner().learn(clip(1))
    try profile.write(to: url)
    let read = try StyleProfile(contentsOf: url)
    #expect(areEqual(profile, read))
    #expect(read.loudness == profile.loudness)
    #expect(read.truePeak == profile.truePeak)
    #expect(read.sources == profile.sources)
    #expect(StyleProfile.isProfile(url.path))
    // And the same clip restyles to the same bits with either.
    let content = clip(2)
    let a = try Restyler().restyle(content, towards: [WeightedStyle(profile)]).channels
    let b = try Restyler().restyle(content, towards: [WeightedStyle(read)]).channels
    #expect(a == b)
  }

  @Test func unknownKeysAreKeptAndNewerVersionsRefused() throws {
    let url = temporaryURL()
    defer { try? FileManager.default.removeItem(at: url) }
    try ProfileLearner().learn(clip(3)).write(to: url)
    var file = try SafetensorsFile(contentsOf: url)
    file["linked/frame_sample"] = try StoredArray([1.5, 2.5] as [Float])
    file.metadata["note"] = "kept"
    try file.write(to: url)
    try StyleProfile(contentsOf: url).write(to: url)
    file = try SafetensorsFile(contentsOf: url)
    #expect(file["linked/frame_sample"] != nil)
    #expect(file.metadata["note"] == "kept")
    file.metadata["format_version"] = "2"
    try file.write(to: url)
    #expect(throws: RestyleError.self) { try StyleProfile(contentsOf: url) }
    do {
      _ = try StyleProfile(contentsOf: url)
    } catch {
      #expect("\(error)".contains("found version 2"))
    }
  }

  /// Earlier files keep sums of the samples instead of their moments.
  @Test func filesWithSumsOfSamplesReadTheSame() throws {
    let url = temporaryURL()
    defer { try? FileManager.default.removeItem(at: url) }
    let profile = try ProfileLearner().learn(clip(15))
    try profile.write(to: url)
    var file = try SafetensorsFile(contentsOf: url)
    for key in file.names where key.hasSuffix("/samples") {
      let values: [Double] = try file.values(key)
      let (count, mean, squares) = (values[0], values[1], values[3])
      file[key] = nil
      file[key.replacingOccurrences(of: "/samples", with: "/moments")] = try StoredArray(
        [count, mean * count, squares + mean * mean * count])
    }
    try file.write(to: url)
    let old = try StyleProfile(contentsOf: url)
    #expect(areEqual(profile, old))
    var options = RestyleOptions()
    options.features = .waveform
    let content = clip(16)
    let a = try Restyler(options: options).restyle(content, towards: [WeightedStyle(profile)]).channels
    let b = try Restyler(options: options).restyle(content, towards: [WeightedStyle(old)]).channels
    for (x, y) in zip(a.joined(), b.joined()) { #expect(abs(x - y) <= 1e-6) }
  }

  @Test func damagedProfilesAreErrorsAndNeverCrash() throws {
    let url = temporaryURL()
    defer { try? FileManager.default.removeItem(at: url) }
    try ProfileLearner().learn(clip(4)).write(to: url)
    let whole = try Data(contentsOf: url)
    for cut in [0, 7, 8, 9, 100, whole.count / 2, whole.count - 1] {
      try whole.prefix(cut).write(to: url)
      #expect(throws: RestyleError.self) { try StyleProfile(contentsOf: url) }
    }
    var file = SafetensorsFile()
    file["x"] = try StoredArray([1.0])
    try file.write(to: url)
    #expect(throws: RestyleError.self) { try StyleProfile(contentsOf: url) }
  }

  @Test func mergingDoesNotDependOnOrder() throws {
    let learner = ProfileLearner()
    let parts = try [clip(5), clip(6, amplitude: 0.02), clip(7, amplitude: 0.3)].map { try learner.learn($0) }
    var forward = parts[0]
    try forward.merge(parts[1])
    try forward.merge(parts[2])
    var backward = parts[2]
    try backward.merge(parts[0])
    try backward.merge(parts[1])
    #expect(forward.activeFrameCount(of: .linked) == backward.activeFrameCount(of: .linked))
    let a = try #require(forward.levels(of: .linked))
    let b = try #require(backward.levels(of: .linked))
    // Levels are exact; the mean level that is subtracted for display is a rounded average.
    for (x, y) in zip(a, b) {
      #expect(x.standardDeviation == y.standardDeviation)
      #expect(abs(x.mean - y.mean) < 1e-9)
    }
    let (x, y) = (try #require(forward.loudness), try #require(backward.loudness))
    #expect(abs(x - y) < 1e-9)
  }

  @Test func masteringLevelDoesNotCountAsDynamics() throws {
    let learner = ProfileLearner()
    var merged = try learner.learn(clip(8))
    let alone = try #require(merged.levels(of: .linked))
    try merged.merge(learner.learn(clip(8, amplitude: 0.01)))
    let both = try #require(merged.levels(of: .linked))
    for (x, y) in zip(alone, both) where x.standardDeviation > 0 {
      // The level is moved in steps of half a decibel.
      #expect(abs(x.standardDeviation - y.standardDeviation) < 0.05)
    }
  }

  @Test func aClickDoesNotMoveTheGate() throws {
    let base = TestClips.wandering(seed: 9, count: 400_000, rate: rate, amplitude: 0.003)
    var clicked = base
    for n in 200_000..<200_020 { clicked[n] = 1 }
    let learner = ProfileLearner()
    let a = try learner.learn(MemorySource([base], sampleRate: rate))
    let b = try learner.learn(MemorySource([clicked], sampleRate: rate))
    #expect(abs(a.activeFrameCount(of: .linked) - b.activeFrameCount(of: .linked)) <= 8)
  }

  @Test func absurdIntegersAreErrorsAndNeverCrash() throws {
    let url = temporaryURL()
    defer { try? FileManager.default.removeItem(at: url) }
    try ProfileLearner().learn(clip(12)).write(to: url)
    let good = try SafetensorsFile(contentsOf: url)
    for key in good.names where good[key]?.dtype == .i64 || good[key]?.dtype == .u64 {
      for value in [Int64.min, Int64.max, 1 << 50, -(1 << 50)] {
        var file = good
        let array = try good.array(key)
        var numbers: [Int64] = array.bytes.indices.filter { $0 % 8 == 0 }.map { start in
          array.bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int64($1) }
        }
        numbers[numbers.count / 2] = value
        file[key] = try StoredArray(integers: numbers, shape: array.shape)
        try file.write(to: url)
        // Any value of the low halves of squares is a number that frames could have.
        guard let profile = try? StyleProfile(contentsOf: url) else { continue }
        _ = profile.levels(of: .linked)
        _ = try? Restyler().restyling(of: profile, towards: [WeightedStyle(profile)])
      }
    }
    for key in ["linked/sum", "linked/count", "linked/bucket", "gate_shift"] {
      var file = good
      let array = try good.array(key)
      let numbers = [Int64](repeating: .min, count: array.bytes.count / 8)
      file[key] = try StoredArray(integers: numbers, shape: array.shape)
      try file.write(to: url)
      #expect(throws: RestyleError.self, "\(key)") { try StyleProfile(contentsOf: url) }
    }
  }

  @Test func aQuietClipDoesNotHideALoudOne() throws {
    let learner = ProfileLearner()
    let loud = try learner.learn(clip(13))
    for amplitude in [0.0007, 0.00003] as [Float] {
      var merged = loud
      try merged.merge(learner.learn(clip(14, amplitude: amplitude)))
      #expect(merged.activeFrameCount(of: .linked) >= loud.activeFrameCount(of: .linked))
      #expect(merged.hasActiveSound)
    }
  }

  @Test func chunksDoNotChangeAProfile() throws {
    /// A source that hands out few and odd numbers of frames.
    final class Choppy: FrameSource {
      let base: MemorySource
      var turn = 0
      init(_ base: MemorySource) { self.base = base }
      var sampleRate: Double { base.sampleRate }
      var channelCount: Int { base.channelCount }
      var name: String { base.name }
      func rewind() { base.rewind() }
      func read(into buffer: inout FrameBuffer) -> Int {
        turn += 1
        var small = FrameBuffer(channelCount: buffer.channelCount, capacity: [1, 333, 4096, 17][turn % 4])
        let count = base.read(into: &small)
        for channel in 0..<buffer.channelCount {
          for n in 0..<count { buffer[channel, n] = small[channel, n] }
        }
        buffer.frameCount = count
        return count
      }
    }
    let whole = try ProfileLearner().learn(clip(10))
    let chopped = try ProfileLearner().learn(Choppy(clip(10)))
    #expect(areEqual(whole, chopped))
    #expect(whole.loudness == chopped.loudness)
    #expect(whole.truePeak == chopped.truePeak)
  }
}
