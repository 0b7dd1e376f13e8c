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

/// The fit of compressors, against compressors that are known.
@Suite struct CompressorFitTests {
  private static let rate = 16000.0
  /// No frames' gains.
  private static let none = [Float](repeating: 0, count: 4)

  /// Noise in syllables of several levels, with pauses.
  private static func syllables(seed: UInt64, seconds: Double = 6) -> [Float] {
    var random = SplitMix64(state: seed)
    let count = Int(seconds * rate)
    var levels = [Float](repeating: 0, count: count)
    var start = 0
    while start < count {
      let length = Int((0.06 + 0.2 * random.unit()) * rate)
      let level = random.unit() < 0.2 ? -45 : -24 + 18 * random.unit()
      for i in start..<min(count, start + length) {
        levels[i] = Float(pow(10, level / 20) * sin(.pi * (Double(i - start) + 0.5) / Double(length)))
      }
      start += length
    }
    return levels.map { $0 * random.sample() }
  }

  private static func run(_ samples: [Float], _ gain: EnvelopeGain?) -> (samples: [Float], EnvelopeSample) {
    var compressor = EnvelopeCompressor(
      gain: gain, channelCount: 1, measured: [0], sampleRate: rate, hopLength: 170)
    var result: [Float] = []
    for buffer in TestClips.buffers([samples], chunks: [3000]) {
      result += compressor.process(buffer, frameGains: none).channel(0)
    }
    if let rest = compressor.finish() { result += rest.channel(0) }
    return (result, compressor.sample)
  }

  /// The quantiles of the levels of frames of 43 ms, 10 ms apart.
  private static func quantiles(_ samples: [Float]) -> [Double] {
    let levels = stride(from: 0, to: samples.count - 688, by: 160).map { start in
      10 * log10(samples[start..<start + 688].reduce(1e-12) { $0 + Double($1 * $1) } / 688)
    }
    return CompressorFit.quantiles(ofLevels: levels)
  }

  private static func gain(_ compressor: Compressor) -> EnvelopeGain {
    var gain = EnvelopeGain(levels: -100...20)
    gain.add(compressor, share: 1)
    return gain
  }

  @Test(arguments: [
    Compressor(envelope: 0, threshold: -30, ratio: 4), Compressor(envelope: 1, threshold: -38, ratio: 2.5),
    Compressor(envelope: 0, threshold: -34, ratio: 8),
  ])
  func theGainOfAKnownCompressorIsFound(_ compressor: Compressor) throws {
    // Other syllables of the same kind went through it.
    let (content, style) = (Self.syllables(seed: 1), Self.syllables(seed: 2))
    let compressed = Self.run(style, Self.gain(compressor)).samples
    let sample = Self.run(content, nil).1
    let fit = try #require(CompressorFit(sample))
    let found = fit.gain(
      towards: [EnvelopeAim(quantiles: Self.quantiles(compressed), share: 1)], factor: 1, limits: -48...36)
    let loud = sample.windows.flatMap(\.points).filter { $0.envelopes[0] > 1e-3 }
    let pairs = loud.map { (Self.gain(compressor)($0.envelopes), found($0.envelopes)) }
    let shift = pairs.reduce(0) { $0 + $1.1 - $1.0 } / Double(pairs.count)
    func spread(_ errors: [Double]) -> Double {
      (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    }
    let truth = pairs.map(\.0)
    let mean = truth.reduce(0, +) / Double(truth.count)
    let error = spread(pairs.map { $0.1 - $0.0 - shift })
    #expect(error < 0.4 * spread(truth.map { $0 - mean }), "\(error) dB")
  }

  @Test func noCompressorIsFoundWhereThereWasNone() throws {
    let (content, style) = (Self.syllables(seed: 1, seconds: 20), Self.syllables(seed: 2, seconds: 20))
    let fit = try #require(CompressorFit(Self.run(content, nil).1))
    let gain = fit.gain(
      towards: [EnvelopeAim(quantiles: Self.quantiles(style), share: 1)], factor: 1, limits: -48...36)
    let range = try #require(gain.range)
    #expect(range.upperBound - range.lowerBound < 2, "\(range)")
  }

  /// How long pauses are, and what noise they hold, says nothing of dynamics.
  @Test(arguments: [1e-2, 1e-3, 1e-4]) func pausesAreNoDynamics(noise: Double) throws {
    let style = Self.syllables(seed: 1)
    var random = SplitMix64(state: 9)
    let pause = [Float](repeating: 0, count: style.count)
    let content = (style + pause).map { $0 + Float(noise) * 0.03 * random.sample() }
    let fit = try #require(CompressorFit(Self.run(content, nil).1))
    let range = try #require(
      fit.gain(
        towards: [EnvelopeAim(quantiles: Self.quantiles(style), share: 1)], factor: 1, limits: -48...36
      ).range)
    #expect(range.upperBound - range.lowerBound < 2, "\(range)")
  }

  @Test func strengthsAndLimitsHold() throws {
    let content = Self.run(Self.syllables(seed: 1), nil).1
    let compressed = Self.run(
      Self.syllables(seed: 2), Self.gain(Compressor(envelope: 0, threshold: -40, ratio: 8)))
    let fit = try #require(CompressorFit(content))
    let aims = [EnvelopeAim(quantiles: Self.quantiles(compressed.samples), share: 1)]
    func range(_ strength: Double, _ limits: ClosedRange<Double> = -48...36) throws -> ClosedRange<Double> {
      try #require(fit.gain(towards: aims, factor: strength, limits: limits).range)
    }
    let (half, whole) = (try range(0.5), try range(1))
    #expect(abs(whole.lowerBound - 2 * half.lowerBound) < 1e-9 && whole.lowerBound < -3)
    let limited = try range(1, -3...2)
    #expect(limited == -3...2)
    // However strong, a louder envelope leads to a louder result.
    for strength in [3.0, 10] {
      let gain = fit.gain(towards: aims, factor: strength, limits: -120...60)
      let results = (-60...0).map { level in
        let amplitude = Float(pow(10, Double(level) / 20))
        return Double(level) + gain([amplitude, amplitude])
      }
      #expect(zip(results, results.dropFirst()).allSatisfy { $0 < $1 })
    }
    #expect(try range(-1).lowerBound < 0)
  }

  @Test func tooLittleSoundTellsNothing() {
    #expect(CompressorFit(EnvelopeSample()) == nil)
    #expect(CompressorFit(Self.run([Float](repeating: 0, count: 16000), nil).1) == nil)
    #expect(CompressorFit(Self.run(Self.syllables(seed: 1, seconds: 0.2), nil).1) == nil)
  }
}
