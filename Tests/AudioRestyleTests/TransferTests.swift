import AudioRestyle
import Foundation
import Testing

@Suite struct TransferTests {
  private let rate = 44100.0

  private func source(_ channels: [[Float]], _ rate: Double = 44100) -> MemorySource {
    MemorySource(channels, sampleRate: rate)
  }

  /// The statistics that were asked for, measured on the result by a second, independent measurement.
  @Test func sharedBandsReachTheStylesMeanAndSpread() throws {
    let content = [TestClips.wandering(seed: 1, count: 300_000, rate: rate, pole: 0.9, depth: 8)]
    let other = [
      TestClips.wandering(seed: 2, count: 300_000, rate: rate, amplitude: 0.3, pole: 0.5, depth: 5)
    ]
    var options = RestyleOptions()
    options.loudness = .off
    options.ceiling = .off
    options.refinements = 3
    options.measuresResult = true
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(source(other))
    let (result, report) = try restyler.restyle(source(content), towards: [WeightedStyle(style)])
    let measured = try restyler.learner.learn(source(result))
    let wanted = try #require(style.levels(of: .linked))
    let reached = try #require(measured.levels(of: .linked))
    let channels = try #require(report.views.first).channels
    for (channel, band) in channels.enumerated() where band.isShared && band.limitedShare < 0.001 {
      #expect(abs(wanted[channel].mean - reached[channel].mean) < 1, "mean at \(band.frequency) Hz")
      #expect(
        abs(wanted[channel].standardDeviation - reached[channel].standardDeviation) < 1,
        "spread at \(band.frequency) Hz")
    }
    #expect(channels.filter(\.isShared).count >= 28)
  }

  @Test func meanOnlyKeepsTheSpread() throws {
    let content = [TestClips.wandering(seed: 3, count: 200_000, rate: rate, depth: 8)]
    let other = [TestClips.wandering(seed: 4, count: 200_000, rate: rate, pole: 0.2, depth: 1)]
    var options = RestyleOptions()
    options.method = .mean
    options.measuresResult = true
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(source(other))
    let (_, report) = try restyler.restyle(source(content), towards: [WeightedStyle(style)])
    for band in try #require(report.views.first).channels where band.isShared && band.frequency > 300 {
      let (mean, spread) = (try #require(band.mean), try #require(band.spread))
      #expect(abs(spread - band.contentSpread) < 0.5)
      #expect(abs(mean - band.requestedMean) < 0.5)
    }
  }

  @Test func halfStrengthGoesHalfTheWay() throws {
    let content = [TestClips.wandering(seed: 5, count: 200_000, rate: rate)]
    let other = [TestClips.wandering(seed: 6, count: 200_000, rate: rate, amplitude: 0.4, pole: 0.2)]
    func loudness(_ strength: Double) throws -> (Double, Restyling) {
      var options = RestyleOptions()
      options.strength = strength
      options.ceiling = .off
      let restyler = Restyler(options: options)
      let style = try restyler.learner.learn(source(other))
      let (_, report) = try restyler.restyle(source(content), towards: [WeightedStyle(style)])
      let plan = try restyler.restyling(
        of: restyler.learner.learn(source(content)), towards: [WeightedStyle(style)])
      return (try #require(report.loudness), plan)
    }
    let (none, _) = try loudness(0)
    let (half, halfPlan) = try loudness(0.5)
    let (whole, wholePlan) = try loudness(1)
    #expect(abs(half - (none + whole) / 2) < 0.02)
    let halfGains = try #require(halfPlan.meanGains(of: .linked))
    let wholeGains = try #require(wholePlan.meanGains(of: .linked))
    for (a, b) in zip(halfGains, wholeGains) { #expect(abs(2 * a - b) < 1e-9) }
  }

  @Test func severalStylesAverageTheirGains() throws {
    let content = [TestClips.wandering(seed: 7, count: 120_000, rate: rate)]
    let first = try ProfileLearner().learn(
      source([TestClips.wandering(seed: 8, count: 120_000, rate: rate, pole: 0.2)]))
    let second = try ProfileLearner().learn(
      source([TestClips.wandering(seed: 9, count: 120_000, rate: rate, pole: 0.97)]))
    let measured = try ProfileLearner().learn(source(content))
    func gains(_ styles: [WeightedStyle]) throws -> [Double] {
      try #require(try Restyler().restyling(of: measured, towards: styles).meanGains(of: .linked))
    }
    let one = try gains([WeightedStyle(first)])
    let two = try gains([WeightedStyle(second)])
    let mixed = try gains([WeightedStyle(first, weight: 3), WeightedStyle(second, weight: 1)])
    for band in one.indices { #expect(abs(mixed[band] - (0.75 * one[band] + 0.25 * two[band])) < 1e-9) }
  }

  @Test func anEightKilohertzStyleServesA44KilohertzContentAndTheReverse() throws {
    let wide = TestClips.stereo(seed: 10, count: 200_000, rate: 44100)
    let narrow = [TestClips.wandering(seed: 11, count: 40_000, rate: 8000, pole: 0.3)]
    let towardsNarrow = try Restyler().restyle(
      source(wide), towards: [WeightedStyle(ProfileLearner().learn(source(narrow, 8000)))])
    #expect(towardsNarrow.channels.map(\.count) == [200_000, 200_000])
    let bands = try #require(towardsNarrow.report.views.first).channels
    #expect(bands.filter(\.isShared).allSatisfy { $0.frequency < 4000 })
    #expect(bands.filter { $0.frequency > 100 && $0.frequency < 3000 }.allSatisfy { $0.isShared })
    let towardsWide = try Restyler().restyle(
      source(narrow, 8000), towards: [WeightedStyle(ProfileLearner().learn(source(wide)))])
    #expect(towardsWide.channels.map(\.count) == [40_000])
    #expect(towardsWide.channels[0].allSatisfy { $0.isFinite })
  }

  /// Above 4 kHz the narrow style has nothing: there its gain continues, however often the map is refined.
  ///
  /// The aim at the style moves means by up to half a decibel more: the momentary loudness rides all bands.
  @Test(arguments: [(RestyleAim.equipment, 1.0), (.style, 1.5)])
  func refinementLeavesBandsThatOneStyleLacks(aim: RestyleAim, bound: Double) throws {
    let content = [TestClips.wandering(seed: 30, count: 150_000, rate: rate)]
    let narrow = try ProfileLearner().learn(
      source([TestClips.wandering(seed: 31, count: 40_000, rate: 8000, pole: 0.3)], 8000))
    let wide = try ProfileLearner().learn(
      source([TestClips.wandering(seed: 32, count: 150_000, rate: rate, pole: 0.3)]))
    var means: [[Double]] = []
    for refinements in [0, 3] {
      var options = RestyleOptions()
      options.aim = aim
      options.refinements = refinements
      options.measuresResult = true
      options.loudness = .off
      options.ceiling = .off
      let (_, report) = try Restyler(options: options).restyle(
        source(content), towards: [WeightedStyle(narrow), WeightedStyle(wide)])
      let bands = try #require(report.views.first).channels.filter {
        $0.frequency > 6000 && $0.frequency < 16000
      }
      #expect(bands.allSatisfy { !$0.isShared })
      means.append(try bands.map { try #require($0.mean) - $0.requestedMean })
    }
    for (plain, refined) in zip(means[0], means[1]) {
      #expect(abs(plain) < bound)
      #expect(abs(plain - refined) < bound)
    }
  }

  @Test func strengthBeyondOneDoesNotTurnDynamicsUpsideDown() throws {
    let content = [TestClips.wandering(seed: 33, count: 150_000, rate: rate, depth: 12)]
    let flat = try ProfileLearner().learn(
      source([TestClips.wandering(seed: 34, count: 150_000, rate: rate, depth: 0.5)]))
    var options = RestyleOptions()
    options.method = .adain
    options.strength = 3
    options.measuresResult = true
    let (_, report) = try Restyler(options: options).restyle(source(content), towards: [WeightedStyle(flat)])
    for band in try #require(report.views.first).channels where band.isShared {
      #expect(band.requestedSpread >= 0.24 * band.contentSpread)
    }
  }

  @Test func ratesThatCannotBeMeasuredAreErrors() {
    for unsupported in [1, 1000, 3999, 2_000_000.0] {
      #expect(throws: RestyleError.self) {
        try ProfileLearner().learn(source([[Float](repeating: 0.1, count: 100)], unsupported))
      }
    }
  }

  @Test func hugeValuesReadAsSilence() throws {
    var clip = TestClips.wandering(seed: 35, count: 40_000, rate: rate)
    clip[100] = 3e38
    clip[20_000] = -1e30
    let style = try ProfileLearner().learn(source([TestClips.wandering(seed: 36, count: 40_000, rate: rate)]))
    let (result, report) = try Restyler().restyle(source([clip]), towards: [WeightedStyle(style)])
    #expect(result[0].allSatisfy { abs($0) < 10 })
    #expect(report.warnings.contains(.valuesAreNoSound(count: 2)))
  }

  @Test func linkedGainsKeepTheStereoImage() throws {
    let left = TestClips.wandering(seed: 12, count: 100_000, rate: rate)
    let clip = [left, left.map { $0 * 0.25 }]
    let style = try ProfileLearner().learn(
      source(TestClips.stereo(seed: 13, count: 100_000, rate: rate, width: 1, pole: 0.2)))
    let (result, _) = try Restyler().restyle(source(clip), towards: [WeightedStyle(style)])
    // The same factor times the same spectrum, up to the rounding of single floats.
    for n in stride(from: 0, to: 100_000, by: 7) { #expect(abs(result[1][n] - result[0][n] * 0.25) < 1e-6) }
  }

  @Test func midSideTakesTheStylesWidth() throws {
    var options = RestyleOptions()
    options.stereo = .midSide
    options.refinements = 3
    let restyler = Restyler(options: options)
    let narrow = TestClips.stereo(seed: 14, count: 200_000, rate: rate, width: 0.2)
    let wide = TestClips.stereo(seed: 15, count: 200_000, rate: rate, width: 0.8, pole: 0.5)
    func width(_ clip: [[Float]]) -> Double {
      let mid = zip(clip[0], clip[1]).reduce(0) { $0 + pow(Double($1.0 + $1.1), 2) }
      let side = zip(clip[0], clip[1]).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }
      return 10 * log10(side / mid)
    }
    let style = try restyler.learner.learn(source(wide))
    let (result, _) = try restyler.restyle(source(narrow), towards: [WeightedStyle(style)])
    #expect(abs(width(wide) - width(narrow)) > 8)
    #expect(abs(width(wide) - width(result)) < 1.5)
  }

  @Test func waveformFeaturesTakeMeanAndSpreadOfTheSamples() throws {
    var options = RestyleOptions()
    options.features = .waveform
    options.loudness = .off
    options.ceiling = .off
    let restyler = Restyler(options: options)
    let content = TestClips.wandering(seed: 16, count: 50_000, rate: rate)
    let other = TestClips.wandering(seed: 17, count: 50_000, rate: rate, amplitude: 0.3).map { $0 + 0.02 }
    let style = try restyler.learner.learn(source([other]))
    let (result, _) = try restyler.restyle(source([content]), towards: [WeightedStyle(style)])
    func moments(_ x: [Float]) -> (Double, Double) {
      let mean = x.reduce(0) { $0 + Double($1) } / Double(x.count)
      return (mean, (x.reduce(0) { $0 + pow(Double($1) - mean, 2) } / Double(x.count)).squareRoot())
    }
    #expect(abs(moments(result[0]).0 - moments(other).0) < 1e-6)
    #expect(abs(moments(result[0]).1 / moments(other).1 - 1) < 1e-6)
  }

  @Test func spectrumFeaturesNeedTheSameRate() throws {
    var options = RestyleOptions()
    options.features = .spectrum
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(
      source([TestClips.wandering(seed: 18, count: 60_000, rate: 48000, pole: 0.2)], 48000))
    let content = TestClips.wandering(seed: 19, count: 60_000, rate: rate)
    #expect(throws: RestyleError.self) {
      try restyler.restyle(source([content]), towards: [WeightedStyle(style)])
    }
    let (result, _) = try restyler.restyle(source([content], 48000), towards: [WeightedStyle(style)])
    #expect(result[0].count == 60_000)
  }

  @Test func errorsNameTheOptionAndTheStyle() throws {
    var options = RestyleOptions()
    options.strength = 11
    #expect(throws: RestyleError.invalidOption("strength: expected -10 to 10, found 11")) {
      try options.validate()
    }
    let silence = try ProfileLearner().learn(
      MemorySource([[Float](repeating: 0, count: 9000)], sampleRate: 44100, name: "quiet.wav"))
    #expect(throws: RestyleError.silentStyle("quiet.wav")) {
      try Restyler().restyling(of: silence, towards: [WeightedStyle(silence)])
    }
    let noise = try ProfileLearner().learn(
      source([TestClips.wandering(seed: 8, count: 20_000, rate: 44100, pole: 0.2)]))
    for weights in [[0, 0], [-1, 2], [.infinity, 1], [.nan, 1], [1e308, 1e308]] as [[Double]] {
      let error = #expect(throws: RestyleError.self, "\(weights)") {
        try Restyler().restyling(of: noise, towards: weights.map { WeightedStyle(noise, weight: $0) })
      }
      #expect(error?.description.contains("style weights") == true)
    }
    #expect(throws: RestyleError.emptyClip("nothing")) {
      try ProfileLearner().learn(MemorySource([[]], sampleRate: 44100, name: "nothing"))
    }
  }
}
