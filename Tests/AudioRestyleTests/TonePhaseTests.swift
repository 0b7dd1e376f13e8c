import Foundation
import TestSupport
import Testing

@testable import AudioRestyle

@Suite struct TonePhaseTests {
  private let rate = 44100.0

  /// Soft clicks that fade over 60 ms, a quarter of a second apart, in both channels, one of which is half as loud.
  private func clicks(_ count: Int, seed: UInt64) -> [[Float]] {
    var noise = SplitMix64(state: seed)
    let step = Int(rate / 4)
    let left = (0..<count).map { n -> Float in
      let place = n % step - step / 2
      return place < 0 ? 0 : Float(exp(-Double(place) / (0.02 * rate))) * 0.5 * noise.sample()
    }
    return [left, left.map { $0 / 2 }]
  }

  private func restyled(_ clip: [[Float]], _ options: RestyleOptions) throws -> [[Float]] {
    let style = TestClips.stereo(seed: 2, count: 200_000, rate: rate, pole: 0.97)
    let restyler = Restyler(options: options)
    let profile = try restyler.learner.learn(TestClips.source(style))
    return try restyler.restyle(TestClips.source(clip), towards: [WeightedStyle(profile)]).channels
  }

  private func options(_ phase: TonePhase, _ stereo: StereoMode = .linked) -> RestyleOptions {
    var options = RestyleOptions()
    options.method = .mean
    options.phase = phase
    options.stereo = stereo
    options.loudness = .keep
    options.ceiling = .off
    return options
  }

  /// The energy from 1 to 10 ms before the clicks by that of the whole clip, in dB.
  private func energyBeforeClicks(_ samples: [Float]) -> Double {
    let step = Int(rate / 4)
    let (first, last) = (Int(0.010 * rate), Int(0.001 * rate))
    let whole = samples.reduce(0.0) { $0 + Double($1 * $1) }
    let before = stride(from: step / 2, to: samples.count, by: step).reduce(0.0) { sum, start in
      samples[start - first..<start - last].reduce(sum) { $0 + Double($1 * $1) }
    }
    return 10 * log10(before / whole + 1e-30)
  }

  @Test func nothingStandsBeforeASoundWithMinimumPhase() throws {
    let clip = clicks(120_000, seed: 1)
    let minimum = energyBeforeClicks(try restyled(clip, options(.minimum))[0])
    #expect(minimum < -120)
  }

  /// Both phases give every band the same level.
  @Test(arguments: StereoMode.allCases) func phasesHaveTheSameTone(stereo: StereoMode) throws {
    let clip = TestClips.stereo(seed: 3, count: 200_000, rate: rate)
    let learner = ProfileLearner()
    let profiles = try TonePhase.allCases.map {
      try learner.learn(TestClips.source(restyled(clip, options($0, stereo))))
    }
    let means = profiles.map { profile in
      profile.statistics(of: .linked).map { $0.moments.mean } ?? []
    }
    #expect(!means[0].isEmpty)
    for (a, b) in zip(means[0], means[1]) { #expect(abs(a - b) < 0.4) }
  }

  /// Channels that hold the same sound hold the same sound afterwards, whatever channels share.
  @Test(arguments: StereoMode.allCases) func channelsDoNotShift(stereo: StereoMode) throws {
    let clip = clicks(120_000, seed: 4)
    let result = try restyled(clip, options(.minimum, stereo))
    func correlation(_ lag: Int) -> Double {
      (10..<result[0].count - 10).reduce(0.0) { $0 + Double(result[0][$1 + lag] * result[1][$1]) }
    }
    #expect((-9...9).max { correlation($0) < correlation($1) } == 0)
  }

  /// Without a delay, a clip and its restyled self stay in step.
  @Test func linearPhaseKeepsSamplesInStep() throws {
    let clip = TestClips.stereo(seed: 5, count: 200_000, rate: rate)
    func correlation(_ phase: TonePhase) throws -> Double {
      let result = try restyled(clip, options(phase))
      let product = zip(clip[0], result[0]).reduce(0.0) { $0 + Double($1.0 * $1.1) }
      let energies = [clip[0], result[0]].map { $0.reduce(0.0) { $0 + Double($1 * $1) } }
      return product / (energies[0] * energies[1]).squareRoot()
    }
    #expect(try correlation(.linear) > correlation(.minimum) + 0.02)
  }
}
