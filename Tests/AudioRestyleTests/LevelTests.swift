import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

@Suite struct OutputLevelTests {
  private let rate = 48000.0

  private func loudness(_ clip: [[Float]]) throws -> Double {
    try #require(try ProfileLearner().learn(MemorySource(clip, sampleRate: rate)).loudness)
  }

  private func restyle(
    _ content: [[Float]], towards other: [[Float]], _ change: (inout RestyleOptions) -> Void
  ) throws -> ([[Float]], RestyleReport) {
    var options = RestyleOptions()
    change(&options)
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(MemorySource(other, sampleRate: rate))
    return try restyler.restyle(MemorySource(content, sampleRate: rate), towards: [WeightedStyle(style)])
  }

  @Test func loudnessFollowsTheTargetChosen() throws {
    let content = [TestClips.wandering(seed: 1, count: 150_000, rate: rate, amplitude: 0.02)]
    let other = [TestClips.wandering(seed: 2, count: 150_000, rate: rate, amplitude: 0.15, pole: 0.3)]
    let targets: [(LoudnessTarget, Double)] = [
      (.style, try loudness(other)), (.keep, try loudness(content)), (.lufs(-30), -30),
    ]
    for (target, expected) in targets {
      let (result, report) = try restyle(content, towards: other) { $0.loudness = target }
      // The gating blocks of a clip scaled by a gain can differ at the gate; the meter's step is 0.01 LU.
      let measured = try loudness(result)
      let reported = try #require(report.loudness)
      #expect(abs(measured - expected) < 0.03)
      #expect(abs(reported - expected) < 0.03)
    }
  }

  @Test func peaksStayUnderTheCeiling() throws {
    let content = [TestClips.wandering(seed: 3, count: 100_000, rate: rate, amplitude: 0.05)]
    let other = [TestClips.wandering(seed: 4, count: 100_000, rate: rate, amplitude: 0.9)]
    for (ceiling, limit) in [(PeakCeiling.automatic, -1.0), (.decibelsTruePeak(-9), -9)] {
      let (result, report) = try restyle(content, towards: other) {
        $0.ceiling = ceiling
        $0.peaks = .gain
        $0.loudness = .lufs(-3)
      }
      #expect(try truePeak(result) <= limit + Self.rounding)
      #expect(report.level.ceilingReduction > 1)
      #expect(report.level.ceiling == limit)
      #expect(report.level.limiting == nil)
    }
  }

  /// The last multiplication rounds every sample by up to 2⁻²⁴ of itself.
  private static let rounding = 1e-5

  private func truePeak(_ clip: [[Float]]) throws -> Double {
    try ProfileLearner().learn(MemorySource(clip, sampleRate: rate)).truePeak
  }

  /// Noise with short bursts 16 dB above it, in one channel.
  private func peaky(seed: UInt64) -> [[Float]] {
    var clip = TestClips.stereo(seed: seed, count: 200_000, rate: rate)
    for burst in 0..<12 {
      for n in 0..<200 { clip[0][9000 + burst * 15_000 + n] *= 6 }
    }
    return clip
  }

  @Test(arguments: [-28.0, -25, -22]) func theLimiterKeepsTheLoudness(target: Double) throws {
    let clip = peaky(seed: 21)
    let (result, report) = try restyle(clip, towards: TestClips.stereo(seed: 22, count: 200_000, rate: rate))
    {
      // The default method lowers peaks by itself.
      $0.method = .adain
      $0.loudness = .lufs(target)
      $0.ceiling = .decibelsTruePeak(-6)
    }
    let limiting = try #require(report.level.limiting)
    #expect(try truePeak(result) <= -6 + Self.rounding)
    #expect(abs(try loudness(result) - target) <= 0.1)
    #expect(abs(try #require(report.loudness) - loudness(result)) <= 0.03)
    #expect(abs(try #require(report.truePeak) - truePeak(result)) <= 1e-3)
    #expect(limiting.largestReduction > 1 && limiting.largestReduction <= Finisher.largestReduction)
    #expect(limiting.share > 0 && limiting.share < 0.9)
    #expect(report.level.ceilingReduction == 0)
  }

  @Test func whatWouldTakeTooMuchLimitingStaysQuieter() throws {
    let clip = peaky(seed: 23)
    let (result, report) = try restyle(clip, towards: peaky(seed: 24)) { $0.loudness = .lufs(-2) }
    let limiting = try #require(report.level.limiting)
    #expect(try truePeak(result) <= -1 + Self.rounding)
    #expect(limiting.loudnessLoss <= Finisher.largestLoss)
    // The search stops where the bound is met, or in its last steps before it.
    #expect(limiting.loudnessLoss > 0.5 * Finisher.largestLoss || limiting.largestReduction > 11)
    #expect(report.level.ceilingReduction > 1)
    #expect(report.warnings.contains { if case .loudnessMissed = $0 { true } else { false } })
  }

  @Test func theLimiterIsIdleUnderTheCeiling() throws {
    let content = TestClips.stereo(seed: 25, count: 100_000, rate: rate)
    let other = TestClips.stereo(seed: 26, count: 100_000, rate: rate, pole: 0.3)
    let (limited, report) = try restyle(content, towards: other) { $0.loudness = .lufs(-30) }
    let (lowered, _) = try restyle(content, towards: other) {
      $0.loudness = .lufs(-30)
      $0.peaks = .gain
    }
    #expect(limited == lowered)
    #expect(report.level.limiting == nil)
  }

  @Test func aLoudContentKeepsItsOwnPeak() throws {
    let content = [TestClips.wandering(seed: 5, count: 100_000, rate: rate, amplitude: 1.6)]
    let own = try ProfileLearner().learn(MemorySource(content, sampleRate: rate)).truePeak
    #expect(own > 0)
    let (_, report) = try restyle(content, towards: content) { _ in }
    #expect(report.level.gain == 0)
    #expect(report.level.ceiling == own)
  }

  @Test func theBroadbandGainHasABound() throws {
    let content = [TestClips.wandering(seed: 6, count: 100_000, rate: rate, amplitude: 0.0008)]
    let other = [TestClips.wandering(seed: 7, count: 100_000, rate: rate, amplitude: 0.5)]
    let (_, report) = try restyle(content, towards: other) { $0.ceiling = .off }
    #expect(report.level.gain <= 40)
    #expect(report.warnings.contains { if case .levelLimited(_, 40) = $0 { true } else { false } })
  }
}
