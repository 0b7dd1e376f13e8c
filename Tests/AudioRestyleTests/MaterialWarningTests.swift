import Foundation
import Testing

@testable import AudioRestyle

@Suite struct MaterialWarningTests {
  private let rate = 44100.0

  private func noise(_ seed: UInt64, seconds: Double = 3, rate: Double = 44100, amplitude: Float = 0.1)
    -> [Float]
  {
    TestClips.wandering(seed: seed, count: Int(seconds * rate), rate: rate, amplitude: amplitude)
  }

  private func warnings(
    _ content: [Float], _ style: [Float], styleRate: Double = 44100,
    _ change: (inout RestyleOptions) -> Void = { _ in }
  ) throws -> [String] {
    var options = RestyleOptions()
    change(&options)
    let restyler = Restyler(options: options)
    let profile = try restyler.learner.learn(TestClips.source([style], rate: styleRate))
    return try restyler.restyle(
      TestClips.source([content]), towards: [WeightedStyle(profile, name: "other.wav")]
    ).report.warnings
  }

  @Test func ordinaryMaterialHasNone() throws {
    #expect(try warnings(noise(1), noise(2)).isEmpty)
  }

  @Test func shortStyles() throws {
    let found = try warnings(noise(1), noise(2, seconds: 0.7))
    #expect(
      found.contains { $0.hasPrefix("other.wav has 0.7") && $0.contains("use a style of several seconds") })
    #expect(try !warnings(noise(1), noise(2, seconds: 1.2)).contains { $0.contains("of active sound:") })
  }

  @Test func stylesOfSilence() throws {
    let style = noise(2) + [Float](repeating: 0, count: 400_000)
    #expect(try warnings(noise(1), style).contains { $0.hasPrefix("other.wav is silent for 75 %") })
    #expect(try !warnings(noise(1), Array(style.dropLast(350_000))).contains { $0.contains("silent") })
  }

  @Test func clippedClips() throws {
    let clipped = noise(2, amplitude: 2).map { min(0.9, max(-0.9, $0)) }
    #expect(try warnings(noise(1), clipped).contains { $0.hasPrefix("other.wav looks clipped (") })
    #expect(try warnings(clipped, noise(1)).contains { $0.hasPrefix("the content looks clipped (") })
  }

  @Test func narrowStyles() throws {
    let found = try warnings(noise(1), noise(2, rate: 8000), styleRate: 8000)
    #expect(found.contains { $0.hasPrefix("other.wav has no sound above") && $0.contains("kHz") })
    #expect(
      try !warnings(noise(1), noise(2, rate: 48_000), styleRate: 48_000).contains {
        $0.contains("no sound above")
      })
  }

  @Test func gainLimits() throws {
    let found = try warnings(noise(1), noise(2)) {
      $0.highestGain = 0.5
      $0.lowestGain = -0.5
    }
    #expect(
      found.contains { $0.hasPrefix("the gain limits of") }
    )
  }

  /// What profiles say of clipping survives a file, and profiles that do not say it open as before.
  @Test func profilesCarryWhatWasFound() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("warning-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let clipped = noise(2, amplitude: 2).map { min(0.9, max(-0.9, $0)) }
    let profile = try ProfileLearner().learn(TestClips.source([clipped]))
    let count = try #require(profile.sources[0].clippedSampleCount)
    #expect(count > 100)
    let url = folder.appendingPathComponent("style.safetensors")
    try profile.write(to: url)
    #expect(try StyleProfile(contentsOf: url).sources == profile.sources)
    var older = profile
    older.sources[0].clippedSampleCount = nil
    try older.write(to: url)
    #expect(try StyleProfile(contentsOf: url).sources[0].clippedSampleCount == nil)
    #expect(try !String(decoding: Data(contentsOf: url), as: UTF8.self).contains("clippedSampleCount"))
  }
}
