import AudioFeatures
import AudioRestyle
import Foundation
import Testing

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
        $0.loudness = .lufs(-3)
      }
      let peak = try ProfileLearner().learn(MemorySource(result, sampleRate: rate)).truePeak
      #expect(peak <= limit + 0.02)
      #expect(report.level.ceilingReduction > 1)
      #expect(report.level.ceiling == limit)
    }
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
    #expect(report.warnings.contains { $0.contains("limited to ±40 dB") })
  }
}
