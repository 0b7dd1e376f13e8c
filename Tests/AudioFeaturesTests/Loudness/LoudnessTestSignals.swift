import AudioFeatures
import Foundation

/// Signals of the EBU test material, and ways to feed them.
enum LoudnessTestSignals {
  /// A sine whose peak is `level` dBFS.
  static func sine(
    _ frequency: Double = 1000, level: Double, seconds: Double, sampleRate: Double = 48_000
  ) -> [Float] {
    let amplitude = pow(10, level / 20)
    let count = Int((seconds * sampleRate).rounded())
    return (0..<count).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / sampleRate)) }
  }

  /// Sines of 1 kHz at a sample rate of 48 kHz, one after the other.
  static func steps(_ parts: [(level: Double, seconds: Double)]) -> [Float] {
    parts.flatMap { sine(level: $0.level, seconds: $0.seconds) }
  }

  /// Noise in ±1 from a linear congruential generator.
  static func noise(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
    }
  }
}

extension LoudnessMeter {
  /// The meter of a whole clip.
  static func measuring(
    _ channels: [[Float]], sampleRate: Double = 48_000, weights: [Double]? = nil, dualMono: Bool = true
  ) -> LoudnessMeter {
    var meter = LoudnessMeter(
      sampleRate: sampleRate,
      channelWeights: weights ?? standardChannelWeights(channelCount: channels.count),
      measuresMonoAsDualMono: dualMono)
    for (index, samples) in channels.enumerated() { meter.process(samples.span, channel: index) }
    return meter
  }
}

extension TruePeakMeter {
  /// The finished meter of a whole clip.
  static func measuring(_ channels: [[Float]], sampleRate: Double = 48_000) -> TruePeakMeter {
    var meter = TruePeakMeter(sampleRate: sampleRate, channelCount: channels.count)
    for (index, samples) in channels.enumerated() { meter.process(samples.span, channel: index) }
    meter.finish()
    return meter
  }
}

/// Whether an optional level lies within a tolerance of the expected one.
func isNear(_ value: Double?, _ expected: Double, within tolerance: Double) -> Bool {
  guard let value else { return false }
  return abs(value - expected) <= tolerance
}

/// The sine of an angle in turns.
func sine(turns: Double) -> Double { sin(2 * .pi * turns) }
