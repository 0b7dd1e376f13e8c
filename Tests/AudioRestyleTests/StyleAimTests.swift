import AdaIN
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

/// The default aim: the tone and the dynamics of a style that is another voice, with pauses and empty bands left alone.
@Suite struct StyleAimTests {
  private let rate = 32000.0

  /// Phrases of two seconds of harmonics in syllables, with a second of pause between, over steady noise.
  ///
  /// - Parameters:
  ///   - tilt: By how many dB per octave harmonics fall.
  ///   - top: The highest harmonic in Hz.
  ///   - noise: The level of the noise in dBFS.
  ///   - depth: How far syllables differ, in dB.
  private func voice(
    seed: UInt64, pitch: Double, tilt: Double, top: Double = 12000, noise: Double = -90, depth: Double = 6,
    seconds: Int = 30
  ) -> [Float] {
    var random = SplitMix64(state: seed)
    let count = Int(rate) * seconds
    var result = [Float](repeating: 0, count: count)
    let syllable = Int(rate / 5)
    for start in stride(from: 0, to: count, by: syllable) {
      guard (start / syllable) % 15 < 10 else { continue }
      let frequency = pitch * pow(2, Double(random.sample()) / 3)
      let level = pow(10, Double(random.sample()) * depth / 20) * 0.05
      let length = min(syllable, count - start)
      var harmonic = 1.0
      while harmonic * frequency < top {
        let amplitude = level * pow(10, -tilt * log2(harmonic) / 20)
        let step = 2 * .pi * harmonic * frequency / rate
        let phase = Double(random.sample()) * .pi
        for n in 0..<length {
          let window = sin(.pi * (Double(n) + 0.5) / Double(syllable))
          result[start + n] += Float(amplitude * window * sin(step * Double(n) + phase))
        }
        harmonic += 1
      }
    }
    let hiss = Float(pow(10, noise / 20) * 3.squareRoot())
    for n in result.indices { result[n] += hiss * random.sample() }
    return result
  }

  private func restyled(
    _ content: [Float], towards style: [Float], _ change: (inout RestyleOptions) -> Void = { _ in }
  ) throws -> (result: [Float], restyling: Restyling) {
    var options = RestyleOptions()
    change(&options)
    let restyler = Restyler(options: options)
    let learned = try restyler.learner.learn(TestClips.source([style], rate: rate, name: "style"))
    let (channels, report) = try restyler.restyle(
      TestClips.source([content], rate: rate, name: "content"), towards: [WeightedStyle(learned)])
    return (channels[0], try #require(report.restyling))
  }

  private func spectrum(_ clip: [Float]) throws -> LongTermSpectrum {
    try #require(
      try ProfileLearner().learn(TestClips.source([clip], rate: rate)).longTermSpectrum(of: .linked))
  }

  @Test func theToneIsTheStyles() throws {
    // Noise so low that no raise of the treble makes it heard.
    let content = voice(seed: 1, pitch: 110, tilt: 9, noise: -110)
    let style = voice(seed: 2, pitch: 190, tilt: 4)
    let (before, wanted) = (try spectrum(content).soundLevels, try spectrum(style).soundLevels)
    let after = try spectrum(restyled(content, towards: style).result).soundLevels
    // From 250 Hz, where both have harmonics in every band, to 8 kHz.
    func distance(_ levels: [Double]) -> Double {
      let bands = ThirdOctaves.frequencies.indices.filter {
        (250...8000).contains(ThirdOctaves.frequencies[$0])
      }
      let differences = bands.map { levels[$0] - wanted[$0] }
      let mean = differences.reduce(0, +) / Double(bands.count)
      return (differences.reduce(0) { $0 + pow($1 - mean, 2) } / Double(bands.count)).squareRoot()
    }
    #expect(distance(before) > 5)
    #expect(distance(after) < 1.5)
  }

  @Test func soundStandsAsFarOverPauses() throws {
    let content = voice(seed: 3, pitch: 110, tilt: 9, noise: -62)
    let style = voice(seed: 4, pitch: 190, tilt: 4)
    let before = try spectrum(content).soundOverPauses
    let made = try restyled(content, towards: style)
    let after = try spectrum(made.result).soundOverPauses
    #expect(before > 24)
    #expect(after > before - 3)
  }

  /// Noise so loud that its frames are active: 14 to 30 dB under the sound, beside a style with low frequencies.
  @Test(arguments: [-56.0, -48, -40])
  func loudNoiseComesNoNearer(noise: Double) throws {
    let content = voice(seed: 15, pitch: 300, tilt: 6, top: 3400, noise: noise)
    let style = voice(seed: 16, pitch: 110, tilt: 3, noise: -85)
    /// The loudness of phrases over that of pauses, from 0.1 s within each on.
    func over(_ clip: [Float]) throws -> Double {
      var parts = (sound: [Float](), pauses: [Float]())
      for second in 0..<clip.count / Int(rate) {
        let part = clip[second * Int(rate) + 3200..<(second + 1) * Int(rate) - 3200]
        if second % 3 == 2 { parts.pauses += part } else { parts.sound += part }
      }
      let loudness = try [parts.sound, parts.pauses].map {
        try #require(try ProfileLearner().learn(TestClips.source([$0], rate: rate)).loudness)
      }
      return loudness[0] - loudness[1]
    }
    let before = try over(content)
    #expect((7.0...32).contains(before))
    let after = try over(restyled(content, towards: style).result)
    // Where the rule on noise does not act, 5 to 20 dB are lost. Where it acts, the style's dynamics still raise some.
    #expect(after > before - 3.5, "\(before) dB before, \(after) dB after")
  }

  /// Quiet phrases are as far under the others as pauses, but they are no noise.
  @Test func quietPhrasesAreNoPauses() throws {
    func overPauses(_ clip: [Float]) throws -> Double? {
      let profile = try ProfileLearner().learn(TestClips.source([clip], rate: rate))
      let (spectrum, statistics) = (profile.longTermSpectrum(of: .linked), profile.statistics(of: .linked))
      return try #require(statistics).soundOverRealPauses(#require(spectrum), areSteady: false)
    }
    let loud = voice(seed: 17, pitch: 110, tilt: 6)
    let quiet = voice(seed: 18, pitch: 110, tilt: 6).map { $0 * 0.15 }
    // Each clip sounds where the other pauses.
    let second = Int(rate)
    let mixed = loud.indices.map { index in loud[index] + (index < 2 * second ? 0 : quiet[index - 2 * second])
    }
    #expect(try overPauses(mixed) == nil)
    let noisy = try #require(try overPauses(voice(seed: 17, pitch: 110, tilt: 6, noise: -45)))
    #expect((8.0...24).contains(noisy))
  }

  @Test func bandsWithoutSoundAreNotRaised() throws {
    let content = voice(seed: 5, pitch: 110, tilt: 6, top: 3400, noise: -75)
    let style = voice(seed: 6, pitch: 190, tilt: 3)
    let before = try spectrum(content).soundLevels
    let after = try spectrum(restyled(content, towards: style) { $0.loudness = .off }.result).soundLevels
    let top = ThirdOctaves.frequencies.indices.filter { ThirdOctaves.frequencies[$0] > 5000 }
    // The voice itself may become louder or softer by some dB, and its noise with it.
    for band in top where ThirdOctaves.upperEdge(band) < rate / 2 {
      #expect(after[band] - before[band] < 6, "\(ThirdOctaves.frequencies[band]) Hz")
    }
  }

  @Test func equipmentLeavesTheVoiceAlone() throws {
    let content = voice(seed: 7, pitch: 110, tilt: 9)
    let style = voice(seed: 8, pitch: 190, tilt: 4)
    let byStyle = try restyled(content, towards: style).restyling
    let byEquipment = try restyled(content, towards: style) { $0.aim = .equipment }.restyling
    #expect(byEquipment.loudness == nil)
    #expect(byStyle != byEquipment)
  }

  @Test func aSavedRestylingWithRidingGivesTheSameSamples() throws {
    let content = voice(seed: 9, pitch: 110, tilt: 6, noise: -62, depth: 12)
    let style = voice(seed: 10, pitch: 190, tilt: 5, depth: 2)
    let (result, restyling) = try restyled(content, towards: style)
    #expect(restyling.loudness != nil)
    let read = try Restyling(decoding: restyling.encoded(), name: "saved")
    #expect(read == restyling)
    let again = try Restyler().restyle(TestClips.source([content], rate: rate, name: "content"), by: read)
    #expect(again.channels == [result])
  }

  @Test func noiseThatComesNearerIsTold() throws {
    let content = voice(seed: 13, pitch: 110, tilt: 6, noise: -80)
    let style = voice(seed: 14, pitch: 190, tilt: 5, noise: -50, depth: 2)
    var made = try restyled(content, towards: style).restyling
    let pauses = try #require(made.facts.pauses)
    #expect(pauses.content > pauses.styles + 10 && pauses.least == pauses.styles)
    func warning(_ restyling: Restyling) throws -> RestyleWarning? {
      try Restyler().restyle(TestClips.source([content], rate: rate, name: "content"), by: restyling).report
        .warnings.first {
          if case .pausesRaised = $0 { true } else { false }
        }
    }
    #expect(try warning(made) == nil)
    // Pauses that are raised as soft sound is, beside a style whose own are said to lie as low as the content's.
    made.loudness?.pauseGain = 20
    made.loudness?.pauseDepth = 0
    made.facts.pauses = RestylingFacts.Pauses(content: pauses.content, styles: pauses.content)
    let expected = try warning(made)
    guard case .pausesRaised(let own, let result, let least, let byDynamics) = expected else {
      Issue.record("expected a warning, found \(String(describing: expected))")
      return
    }
    #expect(abs(own - pauses.content) < 0.2 && least == own && result < least - 1.5 && byDynamics)
  }

  /// The parts of a long clip that a trial hears are asked for their part of the style's range.
  @Test func excerptsAreAskedForTheirPartOfTheStylesRange() {
    var aim = LoudnessAim(
      styles: [([], 1)], range: 6, usesShortTerms: true, contentRange: 10, leastSoundOverPauses: -.infinity)
    #expect(aim.wantedRange(own: 5, isExcerpt: true) == 3)
    #expect(aim.wantedRange(own: 5, isExcerpt: false) == 6)
    // Parts that happen to have a larger range than the whole are asked for the style's own.
    #expect(aim.wantedRange(own: 12, isExcerpt: true) == 6)
    aim.contentRange = nil
    #expect(aim.wantedRange(own: 5, isExcerpt: true) == 6)
    // Half of the style: half of its range by then in ``LoudnessAim/range``, and half of one's own.
    aim = LoudnessAim(styles: [([], 0.5)], range: 3, contentRange: 10, leastSoundOverPauses: -.infinity)
    #expect(aim.wantedRange(own: 5, isExcerpt: true) == 1.5 + 2.5)
    // Twice a style of small range is no range below 0.
    aim = LoudnessAim(styles: [([], 2)], range: 1, contentRange: 10, leastSoundOverPauses: -.infinity)
    #expect(aim.wantedRange(own: 5, isExcerpt: false) == 0)
  }

  @Test func syllablesDifferAsMuchAsTheStyles() throws {
    let content = voice(seed: 11, pitch: 110, tilt: 6, depth: 12)
    let style = voice(seed: 12, pitch: 190, tilt: 5, depth: 2)
    func range(_ clip: [Float]) throws -> Double {
      let profile = try ProfileLearner().learn(TestClips.source([clip], rate: rate))
      return try #require(profile.momentary?.sound()?.range)
    }
    let (own, wanted) = (try range(content), try range(style))
    let reached = try range(restyled(content, towards: style).result)
    #expect(own > wanted + 2)
    #expect(reached - wanted < (own - wanted) / 2)
  }
}

/// The gain that follows the momentary loudness.
@Suite struct LoudnessRiderTests {
  private let rate = 24000.0

  private func restyling() throws -> LoudnessRestyling {
    var heard = MomentaryLoudness()
    for value in -120...60 { heard.add(Double(value) / 10, count: Int64(200 - abs(value))) }
    let quantiles = (0..<MomentaryLoudness.shares.count).map { Double($0 - 8) * 0.3 }
    let aim = LoudnessAim(styles: [(quantiles, 1)], range: 2, leastSoundOverPauses: 20)
    return try #require(LoudnessRestyling(heard, towards: aim, anchor: -23, range: 6))
  }

  private func ridden(
    _ restyling: LoudnessRestyling?, within band: ClosedRange<Double>? = nil, _ clip: [[Float]], chunks: [Int]
  ) throws -> [[Float]] {
    var rider = LoudnessRider(restyling, within: band, source: TestClips.source(clip, rate: rate))
    var result = [[Float]](repeating: [], count: clip.count)
    func take(_ buffer: FrameBuffer) {
      for channel in clip.indices {
        buffer.withChannel(channel) { samples in
          for index in samples.indices { result[channel].append(samples[index]) }
        }
      }
    }
    for buffer in TestClips.buffers(clip, chunks: chunks) { take(try rider.process(buffer)) }
    if let rest = try rider.finish() { take(rest) }
    return result
  }

  @Test(arguments: [nil, 300...3400.0]) func theResultDoesNotDependOnTheCut(band: ClosedRange<Double>?) throws
  {
    let clip = TestClips.stereo(seed: 1, count: 60_001, rate: rate)
    let restyling = try restyling()
    let whole = try ridden(restyling, within: band, clip, chunks: [60_001])
    let cut = try ridden(restyling, within: band, clip, chunks: [1, 777, 4096, 20_000])
    #expect(whole.map(\.count) == [60_001, 60_001])
    #expect(whole == cut)
    #expect(whole != clip)
  }

  @Test func listeningPassesSamplesOn() throws {
    let clip = TestClips.stereo(seed: 2, count: 30_000, rate: rate)
    #expect(try ridden(nil, clip, chunks: [1000]) == clip)
  }

  /// The gain acts between two frequencies alone: a tone outside of them keeps its level, one inside does not.
  @Test func aBandLeavesTheRest() throws {
    func tone(_ frequency: Double) -> [Float] {
      (0..<72_000).map { Float(0.2 * sin(2 * .pi * frequency * Double($0) / rate)) }
    }
    let restyling = try restyling()
    func change(_ frequency: Double) throws -> Double {
      let clip = tone(frequency)
      let result = try ridden(restyling, within: 1000...3000, [clip], chunks: [8192])[0]
      let kept = 24_000..<48_000
      let (a, b) = (kept.reduce(0) { $0 + pow(clip[$1], 2) }, kept.reduce(0) { $0 + pow(result[$1], 2) })
      return 10 * log10(Double(b / a))
    }
    #expect(abs(try change(200)) < 0.05)
    #expect(abs(try change(8000)) < 0.05)
    #expect(abs(try change(1800)) > 1)
  }
}

/// Long-term spectra and momentary loudness merge exactly and are kept in profiles.
@Suite struct LongTermSpectrumTests {
  private let rate = 22050.0

  private func profile(_ seeds: [UInt64]) throws -> StyleProfile {
    try ProfileLearner().learn(
      seeds.map {
        TestClips.source(
          [TestClips.wandering(seed: $0, count: 80_000, rate: rate, depth: 12)], rate: rate, name: "clip\($0)"
        )
      })
  }

  @Test func mergingIsExactInAnyOrder() throws {
    let profiles = try [1, 2, 3].map { try profile([$0]) }
    let spectra = try profiles.map { try #require($0.longTermSpectrum(of: .linked)) }
    let loudness = try profiles.map { try #require($0.momentary) }
    let forwards = spectra[0].merged(with: spectra[1]).merged(with: spectra[2])
    #expect(forwards == spectra[2].merged(with: spectra[0].merged(with: spectra[1])))
    #expect(forwards.sound.count == spectra.reduce(0) { $0 + $1.sound.count })
    let together = loudness[0].merged(with: loudness[1]).merged(with: loudness[2])
    #expect(together == loudness[2].merged(with: loudness[1]).merged(with: loudness[0]))
    let learned = try profile([1, 2, 3])
    #expect(learned.momentary == together)
  }

  @Test func filesKeepThem() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let profile = try profile([4, 5])
    try profile.write(to: url)
    let read = try StyleProfile(contentsOf: url)
    #expect(read.longTermSpectra == profile.longTermSpectra)
    #expect(read.momentary == profile.momentary)
    #expect(!read.longTermSpectra.isEmpty && read.momentary != nil)
  }

  @Test func aDamagedFileIsRefused() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try profile([6]).write(to: url)
    let good = try SafetensorsFile(contentsOf: url)
    for key in ["linked/\(LongTermSpectrum.key)", MomentaryLoudness.keys[1]] {
      var file = good
      let numbers: [Int64] = try file.integers(key)
      file[key] = try StoredArray(integers: numbers.map { -$0 - 1 })
      try file.write(to: url)
      #expect(throws: RestyleError.self) { try StyleProfile(contentsOf: url) }
    }
  }

  /// White noise has 3 dB more in each octave than in the one before, whatever the transform.
  @Test func whiteNoiseRisesByThreeDecibelsPerOctave() throws {
    var random = SplitMix64(state: 7)
    let noise = (0..<400_000).map { _ in 0.1 * random.sample() }
    let learned = try ProfileLearner().learn(TestClips.source([noise], rate: 44100))
    let levels = try #require(learned.longTermSpectrum(of: .linked)).soundLevels
    for band in ThirdOctaves.frequencies.indices.dropFirst(6).dropLast(4) {
      #expect(abs(levels[band + 3] - levels[band] - 10 * log10(2)) < 0.5)
    }
  }
}
