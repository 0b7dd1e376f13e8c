import AudioFeatures
import Foundation
import SoundFiles
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Plans for several clips together.
@Suite struct AlbumTests {
  private static let rate = 16_000.0

  /// Noise with a slowly changing level, of whole hops, so that borders between clips fall between frames.
  private static func clip(seconds: Double, gain: Float, seed: UInt64, brightness: Float = 0.4) -> [Float] {
    let hop = STFTGeometry(sampleRate: rate).hopLength
    let count = Int(seconds * rate) / hop * hop
    var state = seed
    var last: Float = 0
    return (0..<count).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      last += brightness * (Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648 - last)
      return gain * last * (0.6 + 0.4 * Float(sin(Double(index) / rate * 3)))
    }
  }

  private static let clips = [
    clip(seconds: 4, gain: 0.5, seed: 1), clip(seconds: 3, gain: 0.05, seed: 2, brightness: 0.2),
    clip(seconds: 6, gain: 0.2, seed: 3),
  ]

  private static func source(_ samples: [Float]) -> MemorySource {
    MemorySource([samples], sampleRate: rate)
  }

  private func style(_ options: RestyleOptions) throws -> [WeightedStyle] {
    let samples = Self.clip(seconds: 5, gain: 0.3, seed: 9, brightness: 0.1)
    return [WeightedStyle(try Restyler(options: options).learner.learn(Self.source(samples)))]
  }

  /// The plan is that of the clips one after the other; only the frames across their borders, which clips by themselves do not
  /// have, and the sample that `match` draws differ.
  @Test(arguments: RestyleMethod.allCases) func thePlanIsThatOfTheClipsInARow(method: RestyleMethod) throws {
    var options = RestyleOptions()
    options.method = method
    let learner = Restyler(options: options).learner
    let clips = Self.clips.map { clip in Array([clip, clip, clip].joined()) }
    let measured = try clips.map { try learner.measure(Self.source($0)) }
    let album = try AlbumPlan(measured, towards: style(options), options: options)
    let row = try learner.learn(Self.source(clips.flatMap(\.self)))
    var all = measured[0]
    for clip in measured.dropFirst() { try all.merge(clip) }
    let own = try all.profile()
    // Six of about 390 blocks lie across borders, partly silent.
    #expect(abs((own.loudness ?? 0) - (row.loudness ?? 1)) < 0.1)
    #expect(abs(own.levelShift - row.levelShift) <= 0.5)
    #expect(abs(own.activeFrameCount(of: .linked) - row.activeFrameCount(of: .linked)) <= 12)
    let other = try Restyler(options: options).restyling(of: row, towards: style(options))
    let gains = try zip(
      #require(album.restyling.meanGains(of: .linked)), #require(other.meanGains(of: .linked)))
    for (mine, theirs) in gains { #expect(abs(mine - theirs) < (method == .match ? 1 : 0.25)) }
  }

  @Test func poolingDoesNotDependOnTheOrder() throws {
    let learner = Restyler().learner
    let measured = try Self.clips.map { try learner.measure(Self.source($0)) }
    func pooled(_ order: [Int]) throws -> StyleProfile {
      var all = measured[order[0]]
      for index in order.dropFirst() { try all.merge(measured[index]) }
      return try all.profile()
    }
    let (a, b) = (try pooled([0, 1, 2]), try pooled([2, 0, 1]))
    #expect(abs((a.loudness ?? 0) - (b.loudness ?? 1)) < 1e-9)
    #expect(a.truePeak == b.truePeak)
    for (mine, theirs) in try zip(#require(a.levels(of: .linked)), #require(b.levels(of: .linked))) {
      #expect(mine.mean == theirs.mean && mine.standardDeviation == theirs.standardDeviation)
    }
  }

  @Test func oneClipIsItself() throws {
    let measured = try Restyler().learner.measure(Self.source(Self.clips[0]))
    let album = try AlbumPlan([measured], towards: style(RestyleOptions()), options: RestyleOptions())
    let alone = try Restyler().restyling(of: measured.profile(), towards: style(RestyleOptions()))
    #expect(album.restyling.views == alone.views && album.restyling.level == alone.level)
    #expect(album.restyling.facts.contentLoudness == alone.facts.contentLoudness)
  }

  @Test func clipsThatDifferInChannelsAreLinked() throws {
    var options = RestyleOptions()
    options.stereo = .independent
    let learner = Restyler(options: options).learner
    let stereo = MemorySource([Self.clips[0], Self.clips[0]], sampleRate: Self.rate)
    let measured = try [learner.measure(stereo), learner.measure(Self.source(Self.clips[1]))]
    let album = try AlbumPlan(measured, towards: style(options), options: options)
    #expect(album.restyling.stereo == .linked)
    #expect(album.warnings.contains(.channelCountsDiffer))
  }

  @Test func noClipsAreAnError() {
    #expect(throws: RestyleError.self) { try AlbumPlan([], towards: [], options: RestyleOptions()) }
  }
}

@Suite struct LoudnessStatisticsTests {
  private func statistics(_ samples: [Float]) -> LoudnessStatistics {
    var meter = LoudnessMeter(sampleRate: 48_000, channelWeights: [1])
    meter.process(samples.span, channel: 0)
    return LoudnessStatistics(meter)
  }

  private func tone(_ count: Int, _ amplitude: Float) -> [Float] {
    (0..<count).map { amplitude * Float(sin(Double($0) * 2 * .pi * 997 / 48_000)) }
  }

  /// Of two long tones the blocks across the border are 3 of 97: the rest must be the same as in a row.
  @Test func poolingIsTheLoudnessInARow() throws {
    let (a, b) = (tone(240_000, 0.5), tone(240_000, 0.25))
    var pooled = statistics(a)
    pooled.merge(statistics(b))
    let row = statistics(a + b)
    #expect(try abs(#require(pooled.integratedLoudness) - #require(row.integratedLoudness)) < 0.02)
    #expect(try abs(#require(pooled.ungatedLoudness) - #require(row.ungatedLoudness)) < 0.01)
    #expect(pooled.integratedLoudness(afterGain: 6).map { $0 - 6 } == pooled.integratedLoudness)
  }

  /// A clip of 300 ms has no block of its own, and counts as one.
  @Test func shortClipsCount() throws {
    let short = statistics(tone(14_400, 0.5))
    #expect(short.integratedLoudness == nil)
    var two = short
    two.merge(short)
    #expect(try abs(#require(two.integratedLoudness) - #require(short.ungatedLoudness)) < 1e-9)
  }
}
