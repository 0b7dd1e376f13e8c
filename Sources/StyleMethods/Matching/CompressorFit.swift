import AudioFeatures
import Foundation
import Restylings
import StyleProfiles

/// Estimates the gain of a compressor that gives a content the level distribution of a style.
///
/// The candidates are 64 compressors (two pairs of attack and release times, eight thresholds, four ratios) and no
/// compressor. Each is applied to the content's envelopes (``EnvelopeMeter``). A candidate's weight is
///
///     w ∝ p · exp(−k · Σ ((qᵢ − sᵢ)/eᵢ)²)
///
/// p: prior; k: evidence; q, s: quantiles of the resulting levels over 40 ms and of the style's levels, in dB; e: their
/// differences between two halves of one recording. The gain is the weighted mean of all gains (a posterior mean). A
/// map of quantiles alone has no attack and release, and follows every accident of a few seconds.
struct CompressorFit {
  /// The candidates with the quantiles of the levels that each leads to; the first is no compressor.
  private let candidates: [(compressor: Compressor?, quantiles: [Double])]
  /// The 98th percentile of the faster envelope in dB.
  private let top: Double
  /// The amplitudes of both envelopes at the active points.
  private let active: [SIMD2<Float>]
  private let numbers: MatchNumbers

  /// Tries all candidates; `nil` for fewer windows than ``MatchNumbers/Envelopes/fewestWindows``.
  init?(_ sample: EnvelopeSample, numbers: MatchNumbers = .standard) {
    self.numbers = numbers
    let windows = sample.windows
    guard windows.count >= numbers.envelopes.fewestWindows else { return nil }
    let points = windows.flatMap(\.points)
    let envelopes = EnvelopeMeter.times.indices.map { index in
      points.map { 20 * log10(max($0.envelopes[index], 1e-10)) }
    }
    let top = envelopes[0].sorted()[(points.count - 1) * 98 / 100]
    let powers = points.map(\.power)
    self.top = Double(top)
    let lowest = top - numbers.envelopes.activeRange
    active = points.indices.filter { envelopes[0][$0] >= lowest }.map { points[$0].envelopes }
    candidates = Self.compressors(top, numbers.envelopes).map { compressor in
      guard let compressor else { return (nil, Self.quantiles(of: powers, numbers.envelopes)) }
      var factors = envelopes[compressor.envelope].map { compressor.gain(atLevel: $0) }
      Decibels.powers(inPlace: &factors)
      for index in factors.indices { factors[index] *= powers[index] }
      return (compressor, Self.quantiles(of: factors, numbers.envelopes))
    }
  }

  /// The gain towards styles; its mean in dB over the active points is 0, so that the levels of bands keep their means.
  ///
  /// - Parameters:
  ///   - styles: The quantiles of each style and its share.
  ///   - factor: A factor of the gain: the strength.
  ///   - limits: The bounds of the gain in dB.
  func gain(
    towards styles: [EnvelopeAim], factor: Double, limits: ClosedRange<Double>
  ) -> EnvelopeGain {
    // Levels below the active range get the gain at its lower end.
    var gain = EnvelopeGain(levels: top - Double(numbers.envelopes.activeRange)...top + 40)
    for style in styles {
      for (candidate, weight) in zip(candidates, weights(style.quantiles)) {
        if let compressor = candidate.compressor { gain.add(compressor, share: style.share * weight) }
      }
    }
    gain = gain.scaled(by: factor, slopes: numbers.dynamics.slopes)
    gain.add(-active.reduce(0) { $0 + gain($1) } / Double(active.count))
    gain.limits = limits
    let gains = active.map { gain($0) }
    gain.range = (gains.min() ?? 0)...(gains.max() ?? 0)
    return gain
  }

  private func weights(_ style: [Double]) -> [Double] {
    let numbers = numbers.envelopes
    let share = (1 - numbers.uncompressedShare) / Double(candidates.count - 1)
    let logarithms = candidates.map { candidate in
      var distance = 0.0
      for (index, difference) in numbers.differences.enumerated() {
        let error = (candidate.quantiles[index] - style[index]) / difference
        distance += error * error
      }
      let expected = candidate.compressor == nil ? numbers.uncompressedShare : share
      return log(expected) - numbers.evidence * distance
    }
    let largest = logarithms.max() ?? 0
    let weights = logarithms.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  private static func compressors(_ top: Float, _ numbers: MatchNumbers.Envelopes) -> [Compressor?] {
    var all: [Compressor?] = [nil]
    for envelope in EnvelopeMeter.times.indices {
      for threshold in numbers.thresholds {
        for ratio in numbers.ratios {
          all.append(Compressor(envelope: envelope, threshold: top + threshold, ratio: ratio))
        }
      }
    }
    return all
  }

  /// The quantiles in dB of the levels of windows of 40 ms, relative to their mean power.
  private static func quantiles(of powers: [Float], _ numbers: MatchNumbers.Envelopes) -> [Double] {
    let length = EnvelopeSample.windowLength
    let levels = stride(from: 0, to: powers.count, by: length).map { start in
      powers[start..<start + length].reduce(0, +) / Float(length)
    }
    return quantiles(levels, numbers) { 10 * log10(max(Double($0), .leastNormalMagnitude)) }
  }

  /// The quantiles in dB of a style's levels, relative to their mean power.
  static func quantiles(
    ofLevels levels: [Double], numbers: MatchNumbers.Envelopes = MatchNumbers.standard.envelopes
  ) -> [Double] {
    quantiles(levels, numbers) { $0 }
  }

  /// The quantiles in dB of the values within the range, relative to their mean power; `level` gives a value's level in
  /// dB.
  private static func quantiles<Value: Comparable>(
    _ values: [Value], _ numbers: MatchNumbers.Envelopes, _ level: (Value) -> Double
  ) -> [Double] {
    let sorted = values.sorted()
    let top = level(sorted[(sorted.count - 1) * 98 / 100])
    let levels = sorted[(sorted.firstIndex { level($0) >= top - numbers.range } ?? 0)...].map(level)
    let mean = levels.reduce(0) { $0 + pow(10, $1 / 10) } / Double(levels.count)
    let reference = 10 * log10(mean)
    return numbers.shares.map { share in
      let place = share * Double(levels.count - 1)
      let lower = Int(place)
      let (low, high) = (levels[lower], levels[min(lower + 1, levels.count - 1)])
      return low + (place - Double(lower)) * (high - low) - reference
    }
  }
}
