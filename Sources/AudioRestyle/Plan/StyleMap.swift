import AdaIN
import Foundation

/// The map of a view's levels towards one style.
///
/// At equal loudness, a level x of the content becomes `y = m + offset + slope · (T(x) − m)`, where T is what the method
/// makes of whole distributions, and m the mean of T(x) over the content's active frames. For `mean` and `adain` T(x)
/// is x: adaptive instance normalisation with the style mean `μc + offset` and the style spread `slope · σc`.
struct StyleMap: Sendable {
  /// T; nil where it leaves levels as they are.
  let shape: ShapeMap?
  /// The mean and the spread of T(x) over the content's active frames.
  let centre: [Double]
  let spread: [Double]
  /// By how many dB the mean of each channel moves beyond ``centre``.
  var offset: [Double]
  /// The factor of deviations from the mean, for each channel.
  var slope: [Double]
  /// The channel whose gain each channel takes: itself where content and style share it, else the nearest shared one.
  let gainSource: [Int]
  /// The channels that content and style share.
  let sharedChannels: [Int]
  /// How many ratios of spreads (of shared channels, or of directions for `transport`) were limited.
  let limitedSlopes: Int

  /// Whether the map leaves every level as it is.
  var isIdentity: Bool {
    shape == nil && offset.allSatisfy { $0 == 0 } && slope.allSatisfy { $0 == 1 }
  }

  /// With fewer independent frames than this on either side, spreads mean nothing: only means are transferred.
  static let fewestIndependentFrames = 8.0

  /// The number of frames n₀ in the shrinkage n/(n + n₀) of what the style's dynamics change.
  ///
  /// A spread estimated from n independent frames has a relative error of about 1/√(2n); with n₀ = 2 the ratio of a
  /// one-second clip (23 frames) keeps 92 % of its logarithm, that of ten seconds 99 %.
  static let shrinkage = 2.0

  /// A side of the transfer: gated statistics, and beside them the distribution for `efdm` and `transport`, and the sample
  /// of frames for `match`; without one, `match` does what `adain` does.
  struct Side {
    var statistics: ViewStatistics
    var distribution: FrameDistribution?
    var frames: FrameSample?
    var fineSpectrum: FineSpectrum?

    /// How far the lines of the fine spectra agree; `nil` where one of the two has none.
    func lines(with other: Side) -> LineCorrelation? {
      guard let mine = fineSpectrum, let theirs = other.fineSpectrum else { return nil }
      return mine.correlation(with: theirs, nyquist: min(statistics.nyquist, other.statistics.nyquist))
    }
  }

  /// Computes the map.
  ///
  /// - Precondition: For `efdm` and `transport` both sides have their distribution.
  /// - Throws: `StyleError` where content and style differ in channels.
  init(
    content: Side, style: Side, options: RestyleOptions, usesEnvelopes: Bool = false,
    team: ThreadTeam = ThreadTeam(1)
  ) throws {
    let (mean, spread) = content.statistics.moments
    let channels = mean.indices
    let shared = channels.filter { content.statistics.shares($0, with: style.statistics) }
    let frames = min(content.statistics.independentFrameCount, style.statistics.independentFrameCount)
    // Channels that are not shared follow the nearest shared one below, or the lowest one.
    let source = channels.map { channel in shared.last { $0 <= channel } ?? shared.first ?? channel }
    if shared.isEmpty {
      self.init(unchanged: (mean, spread), gainSource: source, sharedChannels: shared)
      return
    }
    guard frames >= Self.fewestIndependentFrames, options.method != .mean else {
      self.init(unchanged: (mean, spread), gainSource: source, sharedChannels: shared)
      let target = style.statistics.moments.mean
      for channel in shared { offset[channel] = options.tone * (target[channel] - mean[channel]) }
      return
    }
    let weight = options.dynamics * frames / (frames + Self.shrinkage)
    if let own = content.frames, let other = style.frames {
      guard own != other,
        let made = try MatchedMap.map(
          from: own, to: other, lines: content.lines(with: style), channels: shared,
          nyquist: min(content.statistics.nyquist, style.statistics.nyquist), tone: options.tone,
          dynamics: weight, strength: options.strength, usesEnvelopes: usesEnvelopes, team: team)
      else {
        self.init(unchanged: (mean, spread), gainSource: source, sharedChannels: shared)
        return
      }
      let shape = ShapeMap.matched(made)
      let response = shape.response(of: content)
      self.init(
        shape: shape, centre: response.mean, spread: response.spread,
        offset: [Double](repeating: 0, count: channels.count),
        slope: [Double](repeating: 1, count: channels.count), gainSource: source, sharedChannels: shared,
        limitedSlopes: made.levelMap.limitedCount)
      return
    }
    guard options.method.needsDistributions, let own = content.distribution, let other = style.distribution
    else {
      self.init(
        affineFrom: (mean, spread), to: style.statistics.moments, gainSource: source, sharedChannels: shared,
        dynamics: weight, options: options)
      return
    }
    if own == other {
      self.init(unchanged: (mean, spread), gainSource: source, sharedChannels: shared)
      return
    }
    let made =
      options.method == .efdm
      ? try ShapeMap.quantiles(from: own, to: other, share: weight)
      : try ShapeMap.transport(
        from: own, to: other, channels: shared, exponent: weight, strength: options.strength)
    let shape = made.map
    let response = shape.response(of: content)
    let (from, to) = (own.covariance.mean, other.covariance.mean)
    var offset = [Double](repeating: 0, count: channels.count)
    for channel in shared {
      let target = mean[channel] + options.tone * (to[channel] - from[channel])
      offset[channel] = target - response.mean[channel]
    }
    self.init(
      shape: shape, centre: response.mean, spread: response.spread, offset: offset,
      slope: [Double](repeating: 1, count: channels.count), gainSource: source, sharedChannels: shared,
      limitedSlopes: made.limitedCount)
  }

  private init(
    shape: ShapeMap?, centre: [Double], spread: [Double], offset: [Double], slope: [Double],
    gainSource: [Int],
    sharedChannels: [Int], limitedSlopes: Int
  ) {
    self.shape = shape
    self.centre = centre
    self.spread = spread
    self.offset = offset
    self.slope = slope
    self.gainSource = gainSource
    self.sharedChannels = sharedChannels
    self.limitedSlopes = limitedSlopes
  }

  /// The map that leaves levels of these moments as they are.
  private init(
    unchanged moments: (mean: [Double], spread: [Double]), gainSource: [Int], sharedChannels: [Int]
  ) {
    self.init(
      shape: nil, centre: moments.mean, spread: moments.spread,
      offset: [Double](repeating: 0, count: moments.mean.count),
      slope: [Double](repeating: 1, count: moments.mean.count), gainSource: gainSource,
      sharedChannels: sharedChannels, limitedSlopes: 0)
  }

  /// Adaptive instance normalisation of the shared channels.
  private init(
    affineFrom content: (mean: [Double], spread: [Double]), to style: (mean: [Double], spread: [Double]),
    gainSource: [Int], sharedChannels: [Int], dynamics: Double, options: RestyleOptions
  ) {
    var limited = 0
    let limits = RestyleOptions.spreadLimits
    var offset = [Double](repeating: 0, count: content.mean.count)
    var slope = [Double](repeating: 1, count: content.mean.count)
    for channel in sharedChannels {
      offset[channel] = options.tone * (style.mean[channel] - content.mean[channel])
      guard content.spread[channel] > 0, content.spread[channel] != style.spread[channel] else { continue }
      let ratio = style.spread[channel] / content.spread[channel]
      let bounded = limits.nearest(to: ratio)
      if bounded != ratio { limited += 1 }
      slope[channel] = limits.slope(pow(bounded, dynamics), strength: options.strength)
    }
    self.init(
      shape: nil, centre: content.mean, spread: content.spread, offset: offset, slope: slope,
      gainSource: gainSource, sharedChannels: sharedChannels, limitedSlopes: limited)
  }

  /// The map as one of feature sequences (1, C, L).
  func featureMap() throws -> any FeatureMap {
    let isShift = slope.allSatisfy { $0 == 1 }
    if shape == nil && isShift { return ShiftMap(shift: offset) }
    // A channel without spread has no ratio; any equal pair of spreads leaves its deviations as they are.
    let spread = spread.map { $0 > 0 ? $0 : 1 }
    let correction = try AffineMap(
      content: StyleStatistics(mean: centre, standardDeviation: spread),
      style: StyleMoments(
        mean: zip(centre, offset).map { $0 + $1 }, standardDeviation: zip(spread, slope).map { $0 * $1 }))
    switch shape {
    case nil: return correction
    case .quantiles(let map, let share):
      return try ComposedMap(PartialMap(map, share: share), then: correction)
    case .linear(let map): return try ComposedMap(map, then: correction)
    case .matched(let map): return try ComposedMap(map, then: ShiftMap(shift: offset))
    }
  }
}

extension ClosedRange<Double> {
  /// The number of the range that is nearest to a number.
  func nearest(to value: Double) -> Double { Swift.min(Swift.max(value, lowerBound), upperBound) }

  /// How far a number stands in the range, from 0 to 1.
  func part(of value: Double) -> Double { (nearest(to: value) - lowerBound) / (upperBound - lowerBound) }

  /// A slope such that with a strength α the whole slope 1 + α · (slope − 1) stays within this range.
  ///
  /// A strength beyond 1 would otherwise turn dynamics upside down.
  func slope(_ slope: Double, strength: Double) -> Double {
    let whole = 1 + strength * (slope - 1)
    let kept = nearest(to: whole)
    return kept == whole ? slope : 1 + (kept - 1) / strength
  }
}
