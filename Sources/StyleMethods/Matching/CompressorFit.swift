import AudioFeatures
import Foundation
import Restylings
import StyleProfiles

/// Finds the gain of a compressor that would give a content the levels of a style.
///
/// No single compressor is chosen: 64 of them, with two pairs of attack and release times, eight thresholds and four ratios,
/// and none at all are each tried on what an ``EnvelopeMeter`` saw of the content. The more alike the quantiles of the
/// resulting levels over 40 ms are to the style's, beside what two parts of one recording differ by, the larger a candidate's
/// weight; the gain is the weighted mean of all gains (a posterior mean). A map of quantiles alone knows no attack and no
/// release, and bends with every accident of a few seconds.
struct CompressorFit {
  /// The candidates, none first, with the quantiles that each leads to.
  private let candidates: [(compressor: Compressor?, quantiles: [Double])]
  /// The 98th percentile of the faster envelope in dB.
  private let top: Double
  /// The envelopes of what is loud enough to count as active.
  private let active: [SIMD2<Float>]
  private let numbers: MatchNumbers

  /// Tries all candidates; nil where there is too little sound to tell anything.
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

  /// The gain towards styles with these quantiles, each with its share; the shares of all are at most 1 together.
  ///
  /// Its mean in dB over what is active is 0, so that the levels of bands keep their means.
  func gain(
    towards styles: [EnvelopeAim], factor: Double, limits: ClosedRange<Double>
  ) -> EnvelopeGain {
    // What is not active gets the gain of what is hardly active.
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

  /// The quantiles of the levels of windows, relative to their mean power.
  private static func quantiles(of powers: [Float], _ numbers: MatchNumbers.Envelopes) -> [Double] {
    let length = EnvelopeSample.windowLength
    let levels = stride(from: 0, to: powers.count, by: length).map { start in
      powers[start..<start + length].reduce(0, +) / Float(length)
    }
    return quantiles(levels, numbers) { 10 * log10(max(Double($0), .leastNormalMagnitude)) }
  }

  /// The quantiles of a style's levels in dB, relative to their mean power.
  static func quantiles(
    ofLevels levels: [Double], numbers: MatchNumbers.Envelopes = MatchNumbers.standard.envelopes
  ) -> [Double] {
    quantiles(levels, numbers) { $0 }
  }

  /// The quantiles of what lies in the range, where a function gives the level in dB of a value.
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
