import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

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
  ) throws -> [RestyleWarning] {
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
    func seconds(_ warnings: [RestyleWarning]) -> Double? {
      warnings.compactMap { if case .styleIsShort("other.wav", let seconds) = $0 { seconds } else { nil } }
        .first
    }
    #expect(try abs(#require(seconds(found)) - 0.7) < 0.05)
    #expect(try seconds(warnings(noise(1), noise(2, seconds: 1.2))) == nil)
  }

  @Test func stylesOfSilence() throws {
    let style = noise(2) + [Float](repeating: 0, count: 400_000)
    func share(_ warnings: [RestyleWarning]) -> Double? {
      warnings.compactMap { if case .styleIsMostlySilent(_, let share, _) = $0 { share } else { nil } }.first
    }
    #expect(try abs(#require(share(warnings(noise(1), style))) - 0.75) < 0.005)
    #expect(try share(warnings(noise(1), Array(style.dropLast(350_000)))) == nil)
  }

  @Test func clippedClips() throws {
    let clipped = noise(2, amplitude: 2).map { min(0.9, max(-0.9, $0)) }
    #expect(
      try warnings(noise(1), clipped).contains {
        if case .styleIsClipped("other.wav", let count) = $0 { count > 100 } else { false }
      })
    #expect(
      try warnings(clipped, noise(1)).contains {
        if case .contentIsClipped(let count) = $0 { count > 100 } else { false }
      })
  }

  @Test func stylesWithValuesThatAreNoSound() throws {
    var style = noise(2)
    for index in 1000..<1007 { style[index] = .nan }
    #expect(try warnings(noise(1), style).contains(.styleValuesAreNoSound(style: "other.wav", count: 7)))
    let profile = try ProfileLearner().learn(TestClips.source([style]))
    #expect(profile.sources[0].unusableSampleCount == 7)
    #expect(try ProfileLearner().learn(TestClips.source([noise(2)])).sources[0].unusableSampleCount == nil)
  }

  @Test func narrowStyles() throws {
    let found = try warnings(noise(1), noise(2, rate: 8000), styleRate: 8000)
    func highest(_ warnings: [RestyleWarning]) -> Double? {
      warnings.compactMap { if case .styleIsNarrow("other.wav", let edge) = $0 { edge } else { nil } }.first
    }
    #expect(highest(found) == 4000)
    #expect(try highest(warnings(noise(1), noise(2, rate: 48_000), styleRate: 48_000)) == nil)
  }

  @Test func gainLimits() throws {
    let found = try warnings(noise(1), noise(2)) {
      $0.highestGain = 0.5
      $0.lowestGain = -0.5
    }
    #expect(
      found.contains {
        if case .gainsLimited(-0.5, 0.5, _, _, let share) = $0 { share > 0.25 } else { false }
      }
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
    // Counts as large as a file may state them do not overflow.
    var largest = profile
    largest.sources = Array(repeating: profile.sources[0], count: 3)
    for index in largest.sources.indices {
      largest.sources[index].frameCount = 1 << 53
      largest.sources[index].channelCount = 1 << 16
      largest.sources[index].clippedSampleCount = 1 << 62
    }
    #expect(largest.notableClippedSampleCount == .max)
    #expect(profile.notableClippedSampleCount == count)
    var older = profile
    older.sources[0].clippedSampleCount = nil
    try older.write(to: url)
    #expect(try StyleProfile(contentsOf: url).sources[0].clippedSampleCount == nil)
    #expect(try !String(decoding: Data(contentsOf: url), as: UTF8.self).contains("clippedSampleCount"))
  }
}
