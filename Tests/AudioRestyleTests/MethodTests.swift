import AdaIN
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// What holds for every method, and what each one promises.
@Suite struct MethodTests {
  private let rate = 44100.0

  private func options(_ method: RestyleMethod) -> RestyleOptions {
    var options = RestyleOptions()
    options.method = method
    options.loudness = .off
    options.ceiling = .off
    return options
  }

  /// Noise that is loud or quiet, seldom between: what mean and spread do not tell.
  private func twoLevels(seed: UInt64, count: Int = 400_000) -> [Float] {
    let noise = TestClips.wandering(seed: seed, count: count, rate: rate, pole: 0.5, depth: 0.5)
    return noise.enumerated().map { n, value in n / 20_000 % 5 == 0 ? value : value * 0.1 }
  }

  @Test(arguments: RestyleMethod.allCases, StereoMode.allCases)
  func aStyleEqualToTheContentChangesNothing(method: RestyleMethod, stereo: StereoMode) throws {
    let clip = TestClips.stereo(seed: 1, count: 60_000, rate: rate)
    var options = options(method)
    options.stereo = stereo
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(TestClips.source(clip))
    let (result, report) = try restyler.restyle(TestClips.source(clip), towards: [WeightedStyle(style)])
    #expect(result == clip)
    #expect(report.level.gain == 0)
  }

  @Test(arguments: RestyleMethod.allCases) func strengthZeroGivesTheSamplesBack(method: RestyleMethod) throws
  {
    let clip = [TestClips.wandering(seed: 2, count: 60_000, rate: rate)]
    var options = options(method)
    options.strength = 0
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(TestClips.source([twoLevels(seed: 3)]))
    #expect(try restyler.restyle(TestClips.source(clip), towards: [WeightedStyle(style)]).channels == clip)
  }

  @Test(arguments: RestyleMethod.allCases, StereoMode.allCases)
  func silenceStaysSilent(method: RestyleMethod, stereo: StereoMode) throws {
    var options = options(method)
    options.stereo = stereo
    options.loudness = .style
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(
      TestClips.source(TestClips.stereo(seed: 4, count: 60_000, rate: rate)))
    let silence = [[Float]](repeating: [Float](repeating: 0, count: 50_000), count: 2)
    #expect(
      try restyler.restyle(TestClips.source(silence), towards: [WeightedStyle(style)]).channels == silence)
    var clip = TestClips.stereo(seed: 5, count: 60_000, rate: rate)
    for n in 20_000..<40_000 { (clip[0][n], clip[1][n]) = (0, 0) }
    let (result, _) = try restyler.restyle(TestClips.source(clip), towards: [WeightedStyle(style)])
    // Frames that lie wholly inside the gap; a window reaches 1880 samples, and the tone's filter answers for 4096.
    for channel in 0..<2 { #expect(result[channel][26_000..<38_000].allSatisfy { $0 == 0 }) }
  }

  /// `match` asks for the tone of frames that are alike instead.
  @Test(arguments: RestyleMethod.allCases.filter { $0 != .match })
  func theRequestIsTheStylesStatistics(method: RestyleMethod) throws {
    let restyler = Restyler(options: options(method))
    let content = try restyler.learner.learn(
      TestClips.source([TestClips.wandering(seed: 6, count: 900_000, rate: rate, pole: 0.9, depth: 7)]))
    let style = try restyler.learner.learn(
      TestClips.source([TestClips.wandering(seed: 7, count: 900_000, rate: rate, pole: 0.5, depth: 5)]))
    let view = try restyler.restyling(of: content, towards: [WeightedStyle(style)]).views[0]
    let wanted = try #require(style.statistics(of: .linked)).moments
    let own = try #require(content.statistics(of: .linked)).moments
    for channel in view.bands.shared {
      #expect(abs(view.bands.requestedMean[channel] - wanted.mean[channel]) <= 1e-9)
      let spread = view.bands.requestedSpread[channel]
      if method == .mean {
        #expect(spread == own.spread[channel])
      } else {
        // The share n / (n + 2) of the change, with n of about 470 independent frames.
        #expect(
          abs(spread - wanted.spread[channel]) <= 0.01 * abs(wanted.spread[channel] - own.spread[channel])
            + 0.05)
      }
    }
    #expect(view.bands.shared.count >= 28)
  }

  /// The result is measured by a second, independent pass.
  @Test(arguments: [RestyleMethod.adain, .efdm, .transport])
  func resultsComeNearTheStyle(method: RestyleMethod) throws {
    var options = options(method)
    options.refinements = 2
    options.measuresResult = true
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(
      TestClips.source([TestClips.wandering(seed: 9, count: 400_000, rate: rate, pole: 0.5, depth: 5)]))
    let (_, report) = try restyler.restyle(
      TestClips.source([TestClips.wandering(seed: 8, count: 400_000, rate: rate, pole: 0.9, depth: 8)]),
      towards: [WeightedStyle(style)])
    let bands = try #require(report.views.first).channels.filter { $0.isShared && $0.limitedShare < 0.001 }
    #expect(bands.count >= 15)
    for band in bands {
      let (mean, spread) = (try #require(band.mean), try #require(band.spread))
      #expect(abs(mean - band.requestedMean) < 1, "\(band.frequency) Hz")
      #expect(abs(spread - band.requestedSpread) < 1, "\(band.frequency) Hz")
    }
  }

  @Test func efdmMatchesDistributionsThatAdaINDoesNot() throws {
    let content = [TestClips.wandering(seed: 10, count: 400_000, rate: rate, depth: 8)]
    let other = [twoLevels(seed: 11)]
    func distance(_ method: RestyleMethod) throws -> Double {
      let restyler = Restyler(options: options(method))
      let learner = ProfileLearner()
      let style = try learner.learn(TestClips.source(other))
      let (result, _) = try restyler.restyle(TestClips.source(content), towards: [WeightedStyle(style)])
      let a = try #require(try learner.learn(TestClips.source(result)).distribution(of: .linked)).histograms
        .channels
      let b = try #require(style.distribution(of: .linked)).histograms.channels
      return zip(a, b).reduce(0) { $0 + $1.0.wassersteinDistance(to: $1.1) } / Double(a.count)
    }
    let (efdm, adain) = (try distance(.efdm), try distance(.adain))
    #expect(efdm < 0.75 * adain, "\(efdm) and \(adain) dB")
  }

  @Test func transportMatchesHowBandsMoveTogether() throws {
    // In the style, low and high bands take turns; in the content all move together.
    let low = TestClips.wandering(seed: 12, count: 500_000, rate: rate, amplitude: 0.3, pole: 0.98, depth: 1)
    let high = TestClips.wandering(seed: 13, count: 500_000, rate: rate, amplitude: 0.1, pole: 0, depth: 1)
    let turns = low.indices.map { n in
      let weight = Float(0.5 + 0.45 * sin(Double(n) / 9000))
      return low[n] * weight + (high[n] - 0.7 * high[max(0, n - 1)]) * (1 - weight)
    }
    let content = [TestClips.wandering(seed: 14, count: 500_000, rate: rate, depth: 10)]
    func correlation(_ clip: [[Float]]) throws -> Double {
      let covariance = try #require(
        try ProfileLearner().learn(TestClips.source(clip)).distribution(of: .linked)
      )
      .covariance
      let (size, values) = (covariance.numFeatures, covariance.covariance)
      let (a, b) = (3, size - 6)
      return values[a * size + b] / (values[a * size + a] * values[b * size + b]).squareRoot()
    }
    func result(_ method: RestyleMethod) throws -> Double {
      let restyler = Restyler(options: options(method))
      let style = try ProfileLearner().learn(TestClips.source([turns]))
      return try correlation(
        restyler.restyle(TestClips.source(content), towards: [WeightedStyle(style)]).channels)
    }
    let (style, before) = (try correlation([turns]), try correlation(content))
    let (adain, transport) = (try result(.adain), try result(.transport))
    #expect(style < 0 && before > 0.5)
    #expect(
      abs(transport - style) < 0.5 * abs(adain - style), "\(style), adain \(adain), transport \(transport)")
  }

  @Test(arguments: RestyleMethod.allCases) func severalStylesAverageTheirGains(method: RestyleMethod) throws {
    let learner = ProfileLearner()
    let content = try learner.learn(
      TestClips.source([TestClips.wandering(seed: 15, count: 200_000, rate: rate)]))
    let styles = try [0.2, 0.97].map {
      try learner.learn(
        TestClips.source([
          TestClips.wandering(seed: 16, count: 200_000, rate: rate, pole: Float($0), depth: 9)
        ]))
    }
    let restyler = Restyler(options: options(method))
    func gains(_ styles: [WeightedStyle], _ level: Double) throws -> [Float] {
      let restyling = try restyler.restyling(of: content, towards: styles)
      var computer = try GainComputer(restyling.views[0], of: restyling)
      let levels = ContiguousArray(
        repeating: FixedLevel(decibels: level), count: content.layout.channelCount + 1)
      var gains = ContiguousArray<Float>(repeating: 0, count: content.layout.channelCount)
      var isActive = [false]
      try computer.compute(levels, frameCount: 1, gains: &gains, isActive: &isActive)
      return Array(gains)
    }
    for level in [-20.0, -35, -48] {
      let one = try gains([WeightedStyle(styles[0])], level)
      let two = try gains([WeightedStyle(styles[1])], level)
      let mixed = try gains([WeightedStyle(styles[0], weight: 3), WeightedStyle(styles[1])], level)
      let free = one.indices.filter { abs(one[$0]) < 20 && abs(two[$0]) < 20 }
      #expect(free.count >= 15)
      // Several maps of the broadband level are one map of a level that is heard after the blended tone.
      let tolerance: Float = method == .match ? 0.5 : 1e-3
      for band in free {
        #expect(abs(mixed[band] - (0.75 * one[band] + 0.25 * two[band])) < tolerance)
      }
    }
  }

  @Test func optionsWithoutMeaningAreErrors() {
    func message(_ change: (inout RestyleOptions) -> Void) -> String? {
      var options = RestyleOptions()
      change(&options)
      do {
        try options.validate()
        return nil
      } catch {
        return error.description
      }
    }
    #expect(
      message {
        $0.method = .mean
        $0.dynamics = 2
      }?.hasPrefix("dynamics: has no meaning with the method mean") == true)
    for strength in [-1.0, 1.5] {
      #expect(
        message {
          $0.method = .efdm
          $0.strength = strength
        }?.hasPrefix("strength with the method efdm: expected 0 to 1") == true)
      #expect(
        message {
          $0.method = .transport
          $0.strength = strength
        } == nil)
    }
    for features in [FeatureKind.spectrum, .waveform] {
      for method in [RestyleMethod.efdm, .transport] {
        #expect(
          message {
            $0.method = method
            $0.features = features
          } == "method \(method.rawValue): works on the features bands, found \(features.rawValue)")
      }
    }
  }

  @Test func transportExtrapolatesWithoutTurningDynamicsUpsideDown() throws {
    let learner = ProfileLearner()
    let content = try learner.learn(
      TestClips.source([TestClips.wandering(seed: 33, count: 300_000, rate: rate, depth: 12)]))
    let flat = try learner.learn(
      TestClips.source([TestClips.wandering(seed: 34, count: 300_000, rate: rate, depth: 0.5)]))
    var options = options(.transport)
    options.strength = 3
    let view = try Restyler(options: options).restyling(of: content, towards: [WeightedStyle(flat)]).views[0]
    // The bound of 1/4 holds along the directions of the map, and so for the sum of all variances.
    func total(_ spread: [Double]) -> Double {
      view.bands.shared.reduce(0) { $0 + spread[$1] * spread[$1] }
    }
    #expect(total(view.bands.requestedSpread) >= 0.0624 * total(view.bands.contentSpread))
  }

  /// Clips of a few frames, constant levels, one band alone: no NaN, and the length stays.
  @Test(arguments: [RestyleMethod.efdm, .transport], [1, 900, 20_000])
  func oddMaterialStaysFinite(method: RestyleMethod, count: Int) throws {
    let tone = (0..<count).map { Float(0.3 * sin(Double($0) * 0.05)) }
    let restyler = Restyler(options: options(method))
    for style in [
      twoLevels(seed: 40, count: 30_000), (0..<30_000).map { Float(0.2 * sin(Double($0) * 0.3)) },
    ] {
      let profile = try restyler.learner.learn(TestClips.source([style]))
      let (result, _) = try restyler.restyle(TestClips.source([tone]), towards: [WeightedStyle(profile)])
      #expect(result[0].count == count && result[0].allSatisfy { $0.isFinite })
    }
  }
}
