import Foundation
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

@Suite struct TonePhaseTests {
  private let rate = 44100.0

  /// Bursts of noise that fade over 60 ms, a quarter of a second apart, in both channels, one of which is half as loud.
  private func bursts(_ count: Int, seed: UInt64) -> [[Float]] {
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

  /// The energy from 1 to 10 ms before the bursts by that of the whole clip, in dB.
  private func energyBeforeBursts(_ samples: [Float]) -> Double {
    let step = Int(rate / 4)
    let (first, last) = (Int(0.010 * rate), Int(0.001 * rate))
    let whole = samples.reduce(0.0) { $0 + Double($1 * $1) }
    let before = stride(from: step / 2, to: samples.count, by: step).reduce(0.0) { sum, start in
      samples[start - first..<start - last].reduce(sum) { $0 + Double($1 * $1) }
    }
    return 10 * log10(before / whole + 1e-30)
  }

  @Test func nothingStandsBeforeASoundWithMinimumPhase() throws {
    let clip = bursts(120_000, seed: 1)
    #expect(energyBeforeBursts(try restyled(clip, options(.minimum))[0]) < -120)
  }

  /// Noise that rises by 10 dB is no hard onset: what a tone with narrow peaks puts before the rise stays with linear phase.
  @Test func softOnsetsDoNotSmearForwards() throws {
    var noise = SplitMix64(state: 6)
    let clip = (0..<160_000).map { Float($0 / 8000 % 2 == 0 ? 0.02 : 0.063) * noise.sample() }
    // A style of one low tone in noise: much gain at low frequencies, whose answers are the longest.
    let style = (0..<200_000).map { n in
      0.3 * Float(sin(2 * .pi * 147 * Double(n) / rate)) + 0.02 * noise.sample()
    }
    func rise(_ phase: TonePhase) throws -> Double {
      let restyler = Restyler(options: options(phase))
      let profile = try restyler.learner.learn(TestClips.source([style]))
      let result = try restyler.restyle(TestClips.source([clip]), towards: [WeightedStyle(profile)]).channels[
        0]
      // The 4 ms before a rise beside the middle of the quiet part.
      func power(_ offset: Int) -> Double {
        stride(from: 24_000, to: 150_000, by: 16_000).reduce(0) { sum, start in
          result[start - offset - 176..<start - offset].reduce(sum) { $0 + Double($1 * $1) }
        }
      }
      return 10 * log10(power(0) / power(4000))
    }
    let (minimum, linear) = (try rise(.minimum), try rise(.linear))
    #expect(minimum < linear - 1, "\(minimum) dB, \(linear) dB")
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

  /// Where channels get another tone each, the same sound stays at the same time in both: filters of their own would shift it.
  @Test(arguments: [StereoMode.independent, .midSide]) func channelsDoNotShift(stereo: StereoMode) throws {
    let clip = bursts(120_000, seed: 4)
    // Dull on the left, bright on the right: the middle and the side differ, too.
    let style = [
      TestClips.wandering(seed: 2, count: 200_000, rate: rate, pole: 0.97),
      TestClips.wandering(seed: 3, count: 200_000, rate: rate, amplitude: 0.03, pole: 0.1),
    ]
    let restyler = Restyler(options: options(.minimum, stereo))
    let profile = try restyler.learner.learn(TestClips.source(style))
    let result = try restyler.restyle(TestClips.source(clip), towards: [WeightedStyle(profile)]).channels
    for frequency in [120.0, 300, 800, 2000] {
      // Where the side outweighs the middle, the right channel changes its sign, which is no delay.
      #expect(abs(sin(phase(between: result, at: frequency))) < 0.1, "\(frequency) Hz")
    }
    #expect(zip(result[0], result[1]).contains { abs($0 / 2 - $1) > 0.01 })
  }

  /// The angle between two channels around a frequency in Hz, from windows of 0.1 s.
  private func phase(between channels: [[Float]], at frequency: Double) -> Double {
    let length = 4410
    func spectrum(_ samples: ArraySlice<Float>) -> (re: Double, im: Double) {
      zip(0..., samples).reduce((0.0, 0.0)) { sum, sample in
        let angle = 2 * .pi * frequency * Double(sample.0) / rate
        let weight = sin(.pi * (Double(sample.0) + 0.5) / Double(length))
        return (
          sum.0 + weight * Double(sample.1) * cos(angle), sum.1 - weight * Double(sample.1) * sin(angle)
        )
      }
    }
    var sum = (re: 0.0, im: 0.0)
    for start in stride(from: 0, to: channels[0].count - length, by: length) {
      let (a, b) = (
        spectrum(channels[0][start..<start + length]), spectrum(channels[1][start..<start + length])
      )
      sum.re += a.re * b.re + a.im * b.im
      sum.im += a.im * b.re - a.re * b.im
    }
    return atan2(sum.im, sum.re)
  }

  /// A style of one channel has no side: the content's side stays as it is but for the last gain.
  @Test func aSideWithoutAStyleStaysAsItIs() throws {
    let clip = TestClips.stereo(seed: 7, count: 150_000, rate: rate)
    let mono = TestClips.wandering(seed: 8, count: 200_000, rate: rate, pole: 0.97)
    let restyler = Restyler(options: options(.minimum, .midSide))
    let profile = try restyler.learner.learn(TestClips.source([mono, mono]))
    let result = try restyler.restyle(TestClips.source(clip), towards: [WeightedStyle(profile)]).channels
    func side(_ channels: [[Float]]) -> [Float] { zip(channels[0], channels[1]).map { ($0 - $1) / 2 } }
    let (before, after) = (side(clip), side(result))
    let gain = zip(before, after).reduce(0) { $0 + $1.0 * $1.1 } / before.reduce(0) { $0 + $1 * $1 }
    #expect(TestClips.signalToNoise(after, before.map { gain * $0 }) > 90)
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
