import AudioFeatures
import Foundation
import Rendering
import StyleProfiles

/// A few equaliser filters and one gain that approximate a ``ToneCurve``.
///
///     p + Σᵢ Hᵢ(f) ≈ G(f)    Hᵢ: response of filter i in dB, p: gain in dB, G: tone curve in dB
///
/// The fit has the least weighted sum of squared errors over frequencies every 1/24 octave from 20 Hz to 20 kHz (at
/// most 0.45 of the sample rate). The weight is 1 from 50 Hz to 16 kHz and 0.1 elsewhere. Filters stay within ±30 dB,
/// and the squares of their gains add a small cost, so that they do not work against each other. Each peak starts at
/// the largest error that the filters before leave, and then all numbers move together (the method of Levenberg and
/// Marquardt). The fit is made with two shelves and with peaks alone, and the better one is taken.
public struct ParametricEqualizer: Hashable, Codable, Sendable {
  /// The filters, by frequency.
  public private(set) var filters: [ParametricFilter]
  /// The gain p in dB beside the filters.
  public private(set) var gain: Double
  /// The sample rate in Hz for which the filters are fitted; near its half, filters differ between rates.
  public let sampleRate: Double
  /// The root mean square of the error in dB from 50 Hz to 16 kHz, as far as the sample rate reaches.
  public private(set) var rmsError = 0.0
  /// The largest error in dB from 50 Hz to 16 kHz.
  public private(set) var largestError = 0.0
  /// The frequency in Hz of the largest error.
  public private(set) var largestErrorFrequency = 0.0

  /// The supported numbers of filters.
  public static let supportedCounts = 1...32
  /// The supported sample rates in Hz.
  public static let supportedSampleRates = 8_000.0...1_536_000.0
  /// The frequencies in Hz between which errors are stated.
  public static let statedRange = 50.0...16_000.0
  /// The highest frequency in Hz that the errors cover: 16 kHz, or 0.45 of a lower sample rate.
  public var statedTop: Double { min(Self.statedRange.upperBound, Self.reach * sampleRate) }
  /// The share of the sample rate up to which filters are fitted.
  private static let reach = 0.45

  /// Fits filters to a curve.
  ///
  /// - Parameters:
  ///   - curve: The tone.
  ///   - count: The number of filters, within ``supportedCounts``.
  ///   - sampleRate: The sample rate in Hz, within ``supportedSampleRates``.
  /// - Throws: ``RestyleError/invalidOption(_:)`` for another number or rate.
  public init(_ curve: ToneCurve, count: Int = 10, sampleRate: Double = 48_000) throws(RestyleError) {
    guard Self.supportedCounts.contains(count) else {
      throw .invalidOption("number of filters: expected \(Self.supportedCounts.words), found \(count)")
    }
    guard Self.supportedSampleRates.contains(sampleRate) else {
      throw .invalidOption("rate: expected 8000 Hz or more for filters, found \(sampleRate)")
    }
    self.sampleRate = sampleRate
    let top = min(20_000, Self.reach * sampleRate)
    let frequencies = ToneCurve.tableFrequencies(perOctave: 24).filter { $0 <= top }
    let target = frequencies.map { curve.decibels(at: $0) }
    let start = FilterFit(
      target: target, frequencies: frequencies,
      weights: frequencies.map { Self.statedRange.contains($0) ? 1 : 0.1 }, sampleRate: sampleRate)
    let fits = (count > 1 ? [true, false] : [false]).map { start.ran(count: count, hasShelves: $0) }
    let fit = fits.min { $0.totalCost < $1.totalCost } ?? start
    filters = fit.filters.map(\.rounded).sorted { $0.frequency < $1.frequency }
    gain = (100 * fit.gain).rounded() / 100
    state(target, frequencies)
  }

  /// The sum in dB of ``gain`` and the responses of all filters at a frequency in Hz.
  public func decibels(at frequency: Double) -> Double {
    filters.reduce(gain) { $0 + $1.decibels(at: frequency, sampleRate: sampleRate) }
  }

  /// The highest value of ``decibels(at:)`` in dB from 20 Hz to 20 kHz.
  public var highestGain: Double {
    ToneCurve.tableFrequencies(perOctave: 48).filter { $0 < sampleRate / 2 }.map { decibels(at: $0) }.max()
      ?? gain
  }

  private mutating func state(_ target: [Double], _ frequencies: [Double]) {
    let errors = zip(frequencies, target).filter { Self.statedRange.contains($0.0) }.map {
      (frequency: $0, error: decibels(at: $0) - $1)
    }
    rmsError = (errors.reduce(0) { $0 + $1.error * $1.error } / Double(max(1, errors.count))).squareRoot()
    if let worst = errors.max(by: { abs($0.error) < abs($1.error) }) {
      (largestError, largestErrorFrequency) = (abs(worst.error), worst.frequency)
    }
  }
}

extension ClosedRange<Int> {
  /// The range in words for messages.
  fileprivate var words: String { "\(lowerBound) to \(upperBound)" }
}

extension ParametricFilter {
  /// The filter rounded to the digits of the text formats: 0.1 Hz, 0.01 dB, and 0.001 of Q.
  fileprivate var rounded: ParametricFilter {
    ParametricFilter(
      shape, frequency: (10 * frequency).rounded() / 10, gain: (100 * gain).rounded() / 100,
      q: (1000 * q).rounded() / 1000)
  }
}

/// The search for the filters of a ``ParametricEqualizer``.
///
/// The unknowns are the gain, and for each filter log₂ f, its gain in dB, and log₂ Q.
private struct FilterFit {
  let target: [Double]
  let frequencies: [Double]
  let weights: [Double]
  let sampleRate: Double
  private(set) var filters: [ParametricFilter] = []
  private(set) var gain = 0.0
  /// The response of each filter in dB at each frequency.
  private var responses: [[Double]] = []

  /// The range of Q of peaks; `shelfQ` is that of shelves.
  private static let peakQ = 0.1...10.0
  private static let shelfQ = 0.3...1.2
  private static let gains = -30.0...30.0
  /// The cost of 1 dB² of a filter's gain, so that filters do not work against each other.
  private static let price = 0.003

  init(target: [Double], frequencies: [Double], weights: [Double], sampleRate: Double) {
    (self.target, self.frequencies) = (target, frequencies)
    (self.weights, self.sampleRate) = (weights, sampleRate)
  }

  /// The cost that the fit minimises.
  var totalCost: Double { cost(errors(responses, gain), filters) }

  /// The fit with a number of filters, the first two of them shelves or all of them peaks.
  func ran(count: Int, hasShelves: Bool) -> FilterFit {
    var fit = self
    fit.run(count: count, hasShelves: hasShelves)
    return fit
  }

  private mutating func run(count: Int, hasShelves: Bool) {
    let total = weights.reduce(0, +)
    gain = zip(target, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    if hasShelves {
      let top = frequencies.last ?? 20_000
      add(ParametricFilter(.lowShelf, frequency: 100, gain: 0, q: 0.7))
      add(ParametricFilter(.highShelf, frequency: min(8000, top / 2), gain: 0, q: 0.7))
      improve(rounds: 40)
    }
    while filters.count < count {
      add(peak())
      improve(rounds: 40)
    }
    improve(rounds: 400)
    // Early filters may have become redundant: a new peak at the largest error replaces the least useful one.
    for _ in 0..<Self.exchanges {
      guard let other = exchanged(), other.totalCost < Self.leastGain * totalCost else { return }
      self = other
    }
  }

  /// The most exchanges of a filter, and the largest ratio of the new to the old cost that justifies one.
  private static let (exchanges, leastGain) = (4, 0.99)

  /// The fit with its least useful peak replaced; `nil` without peaks.
  private func exchanged() -> FilterFit? {
    let kept = filters.indices.filter { filters[$0].shape == .peaking }.map { removed -> FilterFit in
      var fit = self
      fit.filters.remove(at: removed)
      fit.responses.remove(at: removed)
      return fit
    }
    guard var fit = kept.min(by: { $0.totalCost < $1.totalCost }) else { return nil }
    fit.improve(rounds: 40)
    fit.add(fit.peak())
    fit.improve(rounds: 200)
    return fit
  }

  private mutating func add(_ filter: ParametricFilter) {
    filters.append(filter)
    responses.append(response(of: filter))
  }

  private func response(of filter: ParametricFilter) -> [Double] {
    let coefficients = filter.coefficients(sampleRate: sampleRate)
    return frequencies.map { 10 * log10(coefficients.powerGain(at: $0, sampleRate: sampleRate)) }
  }

  private func errors(_ responses: [[Double]], _ gain: Double) -> [Double] {
    var result = target.map { $0 - gain }
    for response in responses { for index in result.indices { result[index] -= response[index] } }
    return result
  }

  private func cost(_ errors: [Double], _ filters: [ParametricFilter]) -> Double {
    zip(errors, weights).reduce(0) { $0 + $1.1 * $1.0 * $1.0 }
      + filters.reduce(0) { $0 + Self.price * $1.gain * $1.gain }
  }

  /// A peak at the largest weighted error, smoothed over about a third octave.
  private func peak() -> ParametricFilter {
    let errors = errors(responses, gain)
    let reach = 4
    let smooth = errors.indices.map { index in
      let near = max(0, index - reach)...min(errors.count - 1, index + reach)
      return weights[index] * near.reduce(0) { $0 + errors[$1] } / Double(near.count)
    }
    let place = smooth.indices.max { abs(smooth[$0]) < abs(smooth[$1]) } ?? 0
    // The width is that of the error at half its height.
    var (low, high) = (place, place)
    while low > 0, smooth[low] / smooth[place] > 0.5 { low -= 1 }
    while high < smooth.count - 1, smooth[high] / smooth[place] > 0.5 { high += 1 }
    let width = max(frequencies[high] - frequencies[low], 1)
    return ParametricFilter(
      .peaking, frequency: frequencies[place], gain: smooth[place],
      q: (0.3...6).nearest(to: frequencies[place] / width))
  }

  /// The filter with one of its three unknowns moved, within bounds.
  private func moved(_ filter: ParametricFilter, _ unknown: Int, by change: Double) -> ParametricFilter {
    var result = filter
    switch unknown {
    case 0:
      let bounds = (frequencies.first ?? 20)...(frequencies.last ?? 20_000)
      result.frequency = bounds.nearest(to: filter.frequency * exp2(change))
    case 1: result.gain = Self.gains.nearest(to: filter.gain + change)
    default:
      let bounds = filter.shape == .peaking ? Self.peakQ : Self.shelfQ
      result.q = bounds.nearest(to: filter.q * exp2(change))
    }
    return result
  }

  /// Moves all unknowns together as long as this lowers the cost, for at most `rounds` rounds.
  private mutating func improve(rounds: Int) {
    var damping = 1e-3
    var current = errors(responses, gain)
    var best = cost(current, filters)
    let size = 3 * filters.count + 1
    for _ in 0..<rounds {
      let slopes = slopes()
      var normal = [Double](repeating: 0, count: size * size)
      var right = [Double](repeating: 0, count: size)
      for row in 0..<size {
        for index in current.indices { right[row] += weights[index] * slopes[row][index] * current[index] }
        for column in 0...row {
          var sum = 0.0
          for index in current.indices { sum += weights[index] * slopes[row][index] * slopes[column][index] }
          normal[row * size + column] = sum
          normal[column * size + row] = sum
        }
      }
      for (index, filter) in filters.enumerated() {
        let row = 2 + 3 * index
        normal[row * size + row] += Self.price
        right[row] -= Self.price * filter.gain
      }
      var isBetter = false
      while damping < 1e6, !isBetter {
        guard let step = Self.solve(normal, right, size: size, damping: damping) else {
          damping *= 10
          continue
        }
        let (filters, gain, responses) = after(step)
        let errors = errors(responses, gain)
        let found = cost(errors, filters)
        isBetter = found < best
        damping = isBetter ? max(1e-9, damping / 5) : damping * 4
        guard isBetter else { continue }
        let gained = best - found
        (self.filters, self.gain, self.responses, current, best) = (filters, gain, responses, errors, found)
        if gained < 1e-7 * best { return }
      }
      guard isBetter else { return }
    }
  }

  /// The change of the response in dB for each unknown, at each frequency.
  private func slopes() -> [[Double]] {
    let step = 1e-4
    var result = [[Double](repeating: 1, count: frequencies.count)]
    for (index, filter) in filters.enumerated() {
      for unknown in 0..<3 {
        // At an upper bound the slope is taken downwards.
        var (next, size) = (moved(filter, unknown, by: step), step)
        if next == filter { (next, size) = (moved(filter, unknown, by: -step), -step) }
        result.append(zip(response(of: next), responses[index]).map { ($0 - $1) / size })
      }
    }
    return result
  }

  private func after(_ step: [Double]) -> ([ParametricFilter], Double, [[Double]]) {
    let moved = filters.enumerated().map { index, filter in
      (0..<3).reduce(filter) { result, unknown in
        // No unknown moves by more than an octave or 12 dB at once.
        let largest = unknown == 1 ? 12.0 : 1.0
        return self.moved(
          result, unknown, by: (-largest...largest).nearest(to: step[1 + 3 * index + unknown]))
      }
    }
    return (moved, gain + step[0], moved.map { response(of: $0) })
  }

  /// Solves (N + λ·diag N) x = r by Cholesky's method; `nil` where N is not positive definite.
  private static func solve(_ normal: [Double], _ right: [Double], size: Int, damping: Double) -> [Double]? {
    var lower = normal
    for row in 0..<size { lower[row * size + row] += damping * normal[row * size + row] + 1e-9 }
    var result = right
    for row in 0..<size {
      for column in 0...row {
        var sum = lower[row * size + column]
        for k in 0..<column { sum -= lower[row * size + k] * lower[column * size + k] }
        if row == column {
          guard sum > 0 else { return nil }
          lower[row * size + row] = sum.squareRoot()
        } else {
          lower[row * size + column] = sum / lower[column * size + column]
        }
      }
      for k in 0..<row { result[row] -= lower[row * size + k] * result[k] }
      result[row] /= lower[row * size + row]
    }
    for row in (0..<size).reversed() {
      for k in row + 1..<size { result[row] -= lower[k * size + row] * result[k] }
      result[row] /= lower[row * size + row]
    }
    return result
  }
}

/// A filter of a parametric equaliser.
///
/// Its coefficients are those of R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (the
/// RBJ Audio EQ Cookbook), which Equalizer APO, REW, CamillaDSP and most others follow. With A = 10^(gain/40), ω =
/// 2π·f/rate and α = sin ω/(2·Q):
///
///     peaking:    b = 1 + αA,  −2 cos ω,  1 − αA          a = 1 + α/A,  −2 cos ω,  1 − α/A
///     low shelf:  b0 = A((A+1) − (A−1) cos ω + 2√A α)     a0 = (A+1) + (A−1) cos ω + 2√A α
///                 b1 = 2A((A−1) − (A+1) cos ω)            a1 = −2((A−1) + (A+1) cos ω)
///                 b2 = A((A+1) − (A−1) cos ω − 2√A α)     a2 = (A+1) + (A−1) cos ω − 2√A α
///
/// A high shelf is a low shelf with −cos ω for cos ω, and with b1 and a1 negated.
public struct ParametricFilter: Hashable, Codable, Sendable {
  /// The shapes of a filter's response.
  public enum Shape: String, Hashable, Codable, Sendable {
    /// A bell about the frequency.
    case peaking
    /// A shelf: the gain below the frequency, and half of it in dB at the frequency.
    case lowShelf
    /// A shelf: the gain above the frequency, and half of it in dB at the frequency.
    case highShelf
  }

  /// The shape of the response.
  public var shape: Shape
  /// The centre frequency in Hz.
  public var frequency: Double
  /// The gain in dB.
  public var gain: Double
  /// The quality Q: a bell is f/Q wide between the frequencies of half its gain in dB.
  public var q: Double

  /// Creates a filter.
  public init(_ shape: Shape, frequency: Double, gain: Double, q: Double) {
    (self.shape, self.frequency, self.gain, self.q) = (shape, frequency, gain, q)
  }

  /// The coefficients at a sample rate in Hz, with a0 = 1.
  func coefficients(sampleRate: Double) -> BiquadCoefficients {
    let a = pow(10, gain / 40)
    let w = 2 * Double.pi * frequency / sampleRate
    let alpha = sin(w) / (2 * q)
    guard shape != .peaking else {
      let a0 = 1 + alpha / a
      return BiquadCoefficients(
        b0: (1 + alpha * a) / a0, b1: -2 * cos(w) / a0, b2: (1 - alpha * a) / a0, a1: -2 * cos(w) / a0,
        a2: (1 - alpha / a) / a0)
    }
    // A high shelf is a low shelf over the mirrored frequency.
    let sign: Double = shape == .lowShelf ? 1 : -1
    let c = sign * cos(w)
    let (sum, difference, width) = (a + 1, a - 1, 2 * a.squareRoot() * alpha)
    let a0 = sum + difference * c + width
    return BiquadCoefficients(
      b0: a * (sum - difference * c + width) / a0, b1: sign * 2 * a * (difference - sum * c) / a0,
      b2: a * (sum - difference * c - width) / a0, a1: sign * -2 * (difference + sum * c) / a0,
      a2: (sum + difference * c - width) / a0)
  }

  /// The filter's gain in dB at a frequency in Hz.
  public func decibels(at frequency: Double, sampleRate: Double) -> Double {
    10 * log10(coefficients(sampleRate: sampleRate).powerGain(at: frequency, sampleRate: sampleRate))
  }
}
