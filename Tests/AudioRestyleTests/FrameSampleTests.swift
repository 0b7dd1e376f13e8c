import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Samples of frames: bounded, uniform, the same for any chunks and any order of clips, and safe to read.
@Suite struct FrameSampleTests {
  private let rate = 44100.0

  private func levels(_ frame: Int) -> ContiguousArray<FixedLevel> {
    let wave = Double((frame * 7919) % 997) / 997
    return [
      FixedLevel(decibels: -60 + 30 * wave), FixedLevel(decibels: -40 - 10 * wave),
      FixedLevel(decibels: -30 * wave),
    ]
  }

  @Test func longClipsAreThinnedOutEvenly() {
    var pass = FrameSamplePass(channelCount: 2)
    let count = 40_000
    for frame in 0..<count { pass.add(levels(frame)) }
    // Silence takes no part.
    for _ in 0..<500 { pass.add([.floor, .floor, .floor]) }
    let sample = pass.sample(shiftInBuckets: 0)
    #expect(sample.frames.count == FrameSample.capacity)
    #expect(sample.frames == sample.frames.sorted())
    // The mean of 2048 of the wave's values has a spread of 30/√(12 · 2048) = 0.19 dB; five of them.
    let mean = sample.levels(of: [0]).mean[0]
    #expect(abs(mean - -45) < 0.96)
    let shifted = pass.sample(shiftInBuckets: -3)
    #expect(shifted.frames.map(\.key) == sample.frames.map(\.key))
    #expect(zip(shifted.frames, sample.frames).allSatisfy { $0.levels[1] == $1.levels[1] - 96 })
  }

  @Test func samplesDoNotDependOnOrderOrFiles() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "f-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    // Together more frames than a sample holds.
    let parts = try (0..<3).map { seed in
      try ProfileLearner().learn(
        MemorySource(
          [TestClips.wandering(seed: UInt64(40 + seed), count: 500_000, rate: rate)], sampleRate: rate))
    }
    var (forward, backward) = (parts[0], parts[2])
    for part in [parts[1], parts[2]] { try forward.merge(part) }
    for part in [parts[1], parts[0]] { try backward.merge(part) }
    #expect(forward.frameSamples == backward.frameSamples && !forward.frameSamples.isEmpty)
    #expect(forward.frameSample(of: .linked)?.frames.count == FrameSample.capacity)
    try forward.write(to: url)
    #expect(try StyleProfile(contentsOf: url).frameSamples == forward.frameSamples)
  }

  @Test func matchingHoldsTheIdentities() throws {
    var options = RestyleOptions()
    options.method = .match
    let clip = TestClips.stereo(seed: 50, count: 90_000, rate: rate)
    let content = MemorySource(clip, sampleRate: rate)
    for stereo in StereoMode.allCases {
      options.stereo = stereo
      let restyler = Restyler(options: options)
      let own = try restyler.learner.learn(content)
      #expect(try restyler.restyle(content, towards: [WeightedStyle(own)]).channels == clip)
    }
    options.stereo = .linked
    let other = try ProfileLearner().learn(
      MemorySource([TestClips.wandering(seed: 51, count: 90_000, rate: rate, pole: 0.2)], sampleRate: rate))
    options.strength = 0
    #expect(try Restyler(options: options).restyle(content, towards: [WeightedStyle(other)]).channels == clip)
    options.strength = 1
    let silence = MemorySource([[Float](repeating: 0, count: 60_000)], sampleRate: rate)
    let result = try Restyler(options: options).restyle(silence, towards: [WeightedStyle(other)])
    #expect(result.channels[0].allSatisfy { $0 == 0 })
  }

  @Test func matchingReachesTheToneOfAFilteredSelf() throws {
    var options = RestyleOptions()
    options.method = .match
    let noise = TestClips.wandering(seed: 52, count: 200_000, rate: rate)
    let content = MemorySource([Array(noise[..<100_000])], sampleRate: rate)
    // The style is the clip's other half through a filter that rises by 15 dB from the lowest to the highest frequencies.
    let rest = Array(noise[100_000...])
    let style = try ProfileLearner().learn(
      MemorySource([zip(rest.dropFirst(), rest).map { $0 - 0.7 * $1 }], sampleRate: rate))
    let before = try ProfileLearner().learn(content)
    let result = try Restyler(options: options).restyle(content, towards: [WeightedStyle(style)])
    let after = try ProfileLearner().learn(MemorySource(result.channels, sampleRate: rate))
    func distance(_ profile: StyleProfile) throws -> Double {
      let own = try #require(profile.levels(of: .linked)).map(\.mean)
      let wanted = try #require(style.levels(of: .linked)).map(\.mean)
      let differences = zip(own, wanted).map { $0 - $1 }
      let mean = differences.reduce(0, +) / Double(differences.count)
      return (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(differences.count))
        .squareRoot()
    }
    #expect(try distance(after) < 0.25 * distance(before))
  }

  /// Nothing falls back to another method in silence.
  @Test func profilesWithoutFramesAreAnErrorThatNamesThem() throws {
    let samples = [TestClips.wandering(seed: 53, count: 80_000, rate: rate)]
    let clip = MemorySource(samples, sampleRate: rate)
    let old = try ProfileLearner(measuresDistributions: false, measuresFrames: false).learn(
      MemorySource([TestClips.wandering(seed: 54, count: 80_000, rate: rate, pole: 0.3)], sampleRate: rate))
    for method in [RestyleMethod.match, .efdm, .transport] {
      var options = RestyleOptions()
      options.method = method
      let error = #expect(throws: RestyleError.self) {
        try Restyler(options: options).restyle(clip, towards: [WeightedStyle(old, name: "old.safetensors")])
      }
      let needs = method.rule.needs.words
      #expect(
        error == .missingMeasurement(name: "old.safetensors", view: "linked", method: method, needs: needs))
      #expect(error?.description.contains("learn it again") == true)
    }
    for method in [RestyleMethod.adain, .mean] {
      var options = RestyleOptions()
      options.method = method
      #expect(
        try Restyler(options: options).restyle(clip, towards: [WeightedStyle(old)]).channels != samples)
    }
  }
}
