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

/// What is told of profiles, and how far two are apart.
@Suite struct ComparisonTests {
  private static let rate = 44100.0

  private static func profile(_ channels: [[Float]]) throws -> StyleProfile {
    try ProfileLearner(measuresDistributions: false).learn(TestClips.source(channels, rate: rate))
  }

  private static func tone(_ frequency: Double, _ amplitude: Double) -> [Float] {
    (0..<Int(3 * rate)).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / rate)) }
  }

  /// Two tones at octave middles, 12 dB apart, have their levels in their octaves.
  @Test func octavesHaveTheLevelsOfTones() throws {
    let clip = zip(Self.tone(250, 0.4), Self.tone(4000, 0.1)).map { $0 + $1 }
    let summary = try ProfileSummary(Self.profile([clip]))
    #expect(
      summary.octaves.map { $0.frequency.rounded() } == [
        31, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000,
      ])
    let levels = Dictionary(uniqueKeysWithValues: summary.octaves.map { (Int($0.frequency), $0.level) })
    let (low, high) = (try #require(levels[250]), try #require(levels[4000]))
    #expect(abs(low - high - 12.04) < 0.1 && low > -0.5)
    #expect(summary.width == nil && summary.soundOverPauses == nil)
    #expect(try #require(summary.bandwidth) < 6000)
  }

  /// The side over the middle: equal channels have none, the side at half the amplitude 6 dB less.
  @Test func widthIsTheSideOverTheMiddle() throws {
    let mid = TestClips.wandering(seed: 1, count: 200_000, rate: Self.rate)
    let side = TestClips.wandering(seed: 1, count: 200_000, rate: Self.rate).map { -$0 }
    let same = try #require(try ProfileSummary(Self.profile([mid, mid])).width)
    #expect(same < -100)
    let left = zip(mid, side).map { $0 + 0.5 * $1 }
    let right = zip(mid, side).map { $0 - 0.5 * $1 }
    let width = try #require(try ProfileSummary(Self.profile([left, right])).width)
    #expect(abs(width + 6.02) < 0.1, "\(width)")
  }

  @Test func aClipIsNotApartFromItself() throws {
    let profile = try Self.profile(TestClips.stereo(seed: 5, count: 200_000, rate: Self.rate))
    let comparison = ProfileComparison(profile, profile)
    #expect(comparison.spectralDistance == 0 && comparison.spreadDistance == 0)
    #expect(comparison.loudness == 0 && comparison.peakToLoudness == 0 && comparison.momentaryRange == 0)
  }

  /// A gain counts for the loudness alone; a tone of ±3 dB for the spectrum.
  @Test func gainsAndTonesAreToldApart() throws {
    let clip = TestClips.wandering(seed: 6, count: 300_000, rate: Self.rate)
    let louder = ProfileComparison(try Self.profile([clip]), try Self.profile([clip.map { $0 * 2 }]))
    #expect(abs(try #require(louder.loudness) - 6.02) < 0.01)
    #expect(try #require(louder.spectralDistance) < 0.02)
    // The same clip through a high shelf.
    let filter = ParametricFilter(.highShelf, frequency: 1000, gain: 6, q: 0.7).coefficients(
      sampleRate: Self.rate)
    var (x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0)
    let bright = clip.map { sample -> Float in
      let x = Double(sample)
      let y = filter.b0 * x + filter.b1 * x1 + filter.b2 * x2 - filter.a1 * y1 - filter.a2 * y2
      (x2, x1, y2, y1) = (x1, x, y1, y)
      return Float(y)
    }
    let toned = ProfileComparison(try Self.profile([clip]), try Self.profile([bright]))
    let high = try #require(toned.bands.last { $0.frequency < 12_000 }).difference
    let low = try #require(toned.bands.first { $0.frequency > 60 }).difference
    #expect(abs(high - low - 6) < 0.5, "\(high), \(low)")
    let spread = toned.bands.map(\.difference)
    let rms = (spread.reduce(0) { $0 + $1 * $1 } / Double(spread.count)).squareRoot()
    #expect(try #require(toned.spectralDistance) == rms && abs(spread.reduce(0, +)) < 1e-9)
  }

  /// A difference that one of the two does not have is none.
  @Test func whatOneDoesNotHaveIsNotCompared() throws {
    let clip = TestClips.wandering(seed: 7, count: 100_000, rate: Self.rate)
    let comparison = ProfileComparison(
      try Self.profile([clip]), try Self.profile([[Float](repeating: 0, count: 100_000)]))
    #expect(comparison.loudness == nil && comparison.spectralDistance == nil && comparison.width == nil)
  }
}
