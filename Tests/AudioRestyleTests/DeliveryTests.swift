import AudioFeatures
import Foundation
import SoundFiles
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// What is measured for delivery, and what passes.
@Suite struct DeliveryMeasurementTests {
  private static let rate = 48_000.0

  private static func sine(_ frequency: Double, amplitude: Double, seconds: Double) -> [Float] {
    (0..<Int(seconds * rate)).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / rate)) }
  }

  private static func measured(_ channels: [[Float]], threads: Int? = 2) throws -> DeliveryMeasurement {
    try DeliveryMeasurement(of: TestClips.source(channels, rate: rate), threads: threads)
  }

  /// EBU Tech 3341, case 1: a sine of 1 kHz at −23 dBFS in both channels reads −23 LUFS; one channel of it 3.01 LU
  /// less.
  @Test func sinesHaveTheirLevels() throws {
    let amplitude = pow(10, -23.0 / 20)
    let sine = Self.sine(1000, amplitude: amplitude, seconds: 20)
    let stereo = try Self.measured([sine, sine])
    #expect(abs(try #require(stereo.loudness) + 23) < 0.1)
    #expect(abs(try #require(stereo.loudnessRange)) < 0.1)
    #expect(abs(try #require(stereo.highestShortTerm) + 23) < 0.1)
    #expect(abs(try #require(stereo.truePeak) + 23) < 0.1)
    // The mean square of a sine lies 3.01 dB under its peak.
    #expect(abs(try #require(stereo.level) + 26.01) < 0.01)
    #expect(abs(try #require(stereo.noiseFloor) + 26.01) < 0.05)
    let mono = try Self.measured([sine])
    #expect(abs(try #require(mono.loudness) + 26.01) < 0.1)
    #expect(abs(try #require(stereo.peakToLoudness)) < 0.1)
    #expect(stereo.duration == 20 && stereo.channelCount == 2 && stereo.sampleRate == 48_000)
  }

  /// The quietest 400 ms are found wherever they stand, and digital silence is no noise.
  @Test(arguments: [0, 3, 7]) func theNoiseFloorIsThatOfTheQuietestWindow(second: Int) throws {
    var noise = SplitMixNoise(7)
    var clip = (0..<Int(8 * Self.rate)).map { _ in 0.2 * noise.next() }
    let start = Int(Double(second) * Self.rate + 0.2 * Self.rate)
    for n in start..<start + Int(0.6 * Self.rate) { clip[n] *= 0.01 }
    let own = try #require(try Self.measured([clip]).level)
    let floor = try #require(try Self.measured([clip]).noiseFloor)
    #expect(abs(floor - (own - 40)) < 1.2, "\(floor), \(own)")
    // Two seconds of zeros change nothing.
    for n in Int(5 * Self.rate)..<Int(7 * Self.rate) { clip[n] = 0 }
    #expect(abs(try #require(try Self.measured([clip]).noiseFloor) - floor) < 1e-9 || second == 7)
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let clip = TestClips.stereo(seed: 4, count: 300_000, rate: Self.rate)
    #expect(try Self.measured(clip, threads: 1) == Self.measured(clip, threads: 4))
  }

  @Test func clipsThatCannotBeMeasured() throws {
    #expect(throws: RestyleError.self) { try Self.measured([[]]) }
    #expect(throws: RestyleError.self) {
      try DeliveryMeasurement(of: TestClips.source([[0, 1]], rate: 100))
    }
    let silent = try Self.measured([[Float](repeating: 0, count: 96_000)])
    #expect(
      silent.loudness == nil && silent.truePeak == nil && silent.level == nil && silent.noiseFloor == nil)
  }
}

/// Uniform noise within ±1.
private struct SplitMixNoise {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }
}

@Suite struct DeliveryTargetTests {
  private static func measurement(
    loudness: Double? = -20, truePeak: Double? = -3, channelCount: Int = 2,
    _ change: (inout DeliveryMeasurement) -> Void = { _ in }
  ) throws -> DeliveryMeasurement {
    var measurement = try DeliveryMeasurement(
      of: TestClips.source(TestClips.stereo(seed: 1, count: 50_000, rate: 48_000), rate: 48_000))
    measurement.loudness = loudness
    measurement.truePeak = truePeak
    measurement.channelCount = channelCount
    change(&measurement)
    return measurement
  }

  private static func passes(
    _ name: String, _ quantity: DeliveryFinding.Quantity, _ measurement: DeliveryMeasurement
  ) throws -> Bool? {
    let target = try #require(DeliveryTarget(name: name))
    let findings = target.findings(on: measurement)
    return try #require(findings.first { $0.quantity == quantity }).passes
  }

  @Test func namesAndSourcesAreThere() {
    #expect(Set(DeliveryTarget.all.map(\.name)).count == DeliveryTarget.all.count)
    for target in DeliveryTarget.all {
      #expect(DeliveryTarget(name: target.name) == target)
      #expect(target.source.address.hasPrefix("https://") && !target.source.date.isEmpty)
      #expect(target.truePeak != nil || target.samplePeak != nil)
    }
    #expect(DeliveryTarget(name: "radio") == nil)
  }

  /// Both limits, and a tenth beyond them.
  @Test(arguments: [
    ("podcast", 2, -17.0, -15.0), ("podcast", 1, -20, -18), ("ebu-r128", 2, -23.5, -22.5),
    ("ebu-r128", 1, -23.5, -22.5),
    ("atsc-a85", 2, -26, -22), ("spotify", 2, -15, -13), ("alexa", 2, -19, -9), ("aes-speech", 2, -20, -16),
  ])
  func loudnessHasLimits(name: String, channelCount: Int, lowest: Double, highest: Double) throws {
    for (loudness, expected) in [
      (lowest, true), (highest, true), (lowest - 0.1, false), (highest + 0.1, false),
    ] {
      let measurement = try Self.measurement(loudness: loudness, channelCount: channelCount)
      #expect(try Self.passes(name, .loudness, measurement) == expected, "\(loudness)")
    }
  }

  @Test(arguments: [("podcast", -1.0), ("ebu-r128", -1), ("atsc-a85", -2), ("alexa", -2), ("spotify", -1)])
  func truePeaksHaveALimit(name: String, limit: Double) throws {
    #expect(try Self.passes(name, .truePeak, Self.measurement(truePeak: limit + 0.04)) == true)
    #expect(try Self.passes(name, .truePeak, Self.measurement(truePeak: limit + 0.06)) == false)
    #expect(try Self.passes(name, .truePeak, Self.measurement(truePeak: nil)) == true)
  }

  /// Spotify asks louder songs for another decibel.
  @Test func louderSongsNeedLowerPeaks() throws {
    #expect(try Self.passes("spotify", .truePeak, Self.measurement(loudness: -14, truePeak: -1)) == true)
    #expect(try Self.passes("spotify", .truePeak, Self.measurement(loudness: -13.5, truePeak: -1)) == false)
    #expect(try Self.passes("spotify", .truePeak, Self.measurement(loudness: -13.5, truePeak: -2)) == true)
  }

  @Test func audiobooksHaveLevelsAndNoise() throws {
    for (level, noise, peak, expected) in [
      (-20.0, -61.0, -3.0, [true, true, true]), (-23.06, -59.9, -2.9, [false, false, false]),
      (-17.9, -60, -4, [false, true, true]),
    ] {
      let measurement = try Self.measurement {
        ($0.level, $0.noiseFloor, $0.samplePeak) = (level, noise, peak)
      }
      for (quantity, passes) in zip([DeliveryFinding.Quantity.level, .noiseFloor, .samplePeak], expected) {
        #expect(try Self.passes("acx", quantity, measurement) == passes, "\(quantity)")
      }
      #expect(try Self.passes("acx", .loudness, measurement) == nil)
    }
    // A clip without half a second of sound has no noise floor.
    #expect(try Self.passes("acx", .noiseFloor, Self.measurement { $0.noiseFloor = nil }) == false)
    #expect(try Self.passes("podcast", .loudness, Self.measurement(loudness: nil)) == false)
  }

  @Test func advertisementsHaveAShortTermLimit() throws {
    #expect(
      try Self.passes("ebu-r128-s1", .shortTerm, Self.measurement { $0.highestShortTerm = -18 }) == true)
    #expect(
      try Self.passes("ebu-r128-s1", .shortTerm, Self.measurement { $0.highestShortTerm = -17.9 }) == false)
    #expect(try Self.passes("ebu-r128-s1", .shortTerm, Self.measurement { $0.highestShortTerm = nil }) == nil)
  }

  /// Restyling for a target gives clips that pass its loudness and peaks, mono and stereo.
  @Test(arguments: ["podcast", "ebu-r128", "spotify"], [1, 2])
  func restyledClipsPass(name: String, channelCount: Int) throws {
    let target = try #require(DeliveryTarget(name: name))
    let rate = 44100.0
    let stereo = TestClips.stereo(seed: 21, count: 300_000, rate: rate)
    let content = Array(stereo.prefix(channelCount))
    var options = RestyleOptions()
    options.loudness = target.aim
    options.ceiling = .decibelsTruePeak(target.ceiling)
    let restyler = Restyler(options: options)
    let profile = try restyler.learner.learn(
      TestClips.source(TestClips.stereo(seed: 22, count: 300_000, rate: rate, pole: 0.95)))
    let result = try restyler.restyle(TestClips.source(content), towards: [WeightedStyle(profile)]).channels
    let measured = try DeliveryMeasurement(of: TestClips.source(result))
    let findings = target.findings(on: measured)
    #expect(findings.allSatisfy { $0.passes != false }, "\(findings)")
    let wanted = try #require(target.loudness(channelCount: channelCount))
    #expect(abs(try #require(measured.loudness) - wanted) < 0.1)
  }

  /// Audiobooks are asked for by their level: the restyled clip has the middle of the range, and its peaks stay under
  /// theirs, where a limiter works, too.
  @Test(arguments: [1, 2], [1.0, 6]) func restyledClipsHaveTheLevelOfAudiobooks(
    channelCount: Int, peak: Double
  ) throws {
    let target = try #require(DeliveryTarget(name: "acx"))
    #expect(target.aim == .level(-20.5) && target.ceiling == -3.5)
    let rate = 44100.0
    var content = Array(TestClips.stereo(seed: 23, count: 300_000, rate: rate).prefix(channelCount))
    // Clicks that the limiter has to lower.
    for start in stride(from: 5000, to: 300_000, by: 40_000) { content[0][start] = Float(peak) }
    var options = RestyleOptions()
    options.loudness = target.aim
    options.ceiling = .decibelsTruePeak(target.ceiling)
    let restyler = Restyler(options: options)
    let profile = try restyler.learner.learn(
      TestClips.source(TestClips.stereo(seed: 24, count: 300_000, rate: rate, pole: 0.95)))
    let result = try restyler.restyle(TestClips.source(content), towards: [WeightedStyle(profile)]).channels
    let measured = try DeliveryMeasurement(of: TestClips.source(result))
    #expect(abs(try #require(measured.level) + 20.5) < 0.3, "\(measured)")
    #expect(try #require(measured.samplePeak) < -3.4)
    #expect(target.findings(on: measured).first { $0.quantity == .level }?.passes == true)
  }

  /// A saved change keeps the level as its target.
  @Test func levelsAreSaved() throws {
    var options = RestyleOptions()
    options.loudness = .level(-20.5)
    let restyler = Restyler(options: options)
    let clip = TestClips.source(TestClips.stereo(seed: 25, count: 200_000, rate: 44100))
    let profile = try restyler.learner.learn(
      TestClips.source(TestClips.stereo(seed: 26, count: 200_000, rate: 44100, pole: 0.95)))
    let restyling = try restyler.restyling(of: clip, towards: [WeightedStyle(profile)])
    #expect(restyling.level.rms == -20.5 && restyling.level.loudness == nil)
    #expect(try Restyling(decoding: restyling.encoded(), name: "saved").level == restyling.level)
  }

  @Test func loudnessOfOneChannelIsChecked() {
    var options = RestyleOptions()
    options.loudness = .metered(-16, mono: 3)
    #expect(throws: RestyleError.self) { try options.validate() }
    options.loudness = .metered(1, mono: -19)
    #expect(throws: RestyleError.self) { try options.validate() }
    options.loudness = .metered(-16, mono: -19)
    #expect(throws: Never.self) { try options.validate() }
  }
}
