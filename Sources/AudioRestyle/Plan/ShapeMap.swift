import AdaIN
import Foundation

/// What a method makes of the distribution of a view's levels, before means and spreads are corrected.
enum ShapeMap: Sendable {
  /// Each channel by itself: a share of the way to the style's values of the same ranks.
  case quantiles(QuantileMap, share: Double)
  /// All channels together: a linear map about the mean.
  case linear(LinearMap)
  /// A tone curve, and one gain for all channels.
  case matched(MatchedMap)

  /// The map of matched frames, where it is one.
  var matched: MatchedMap? {
    if case .matched(let map) = self { map } else { nil }
  }

  /// A map, and how many of its ratios were limited.
  typealias Made = (map: ShapeMap, limitedCount: Int)

  /// Exact distribution matching of every channel (`LevelQuantileTransfer`).
  static func quantiles(
    from content: FrameDistribution, to style: FrameDistribution, share: Double
  ) throws -> Made {
    let map = try LevelQuantileTransfer().map(from: content.histograms, to: style.histograms)
    return (.quantiles(map, share: share), 0)
  }

  /// Gaussian optimal transport of some channels (`GaussianTransport`), with the limits of AdaIN's ratios of spreads for
  /// the ratios along the map's own directions.
  static func transport(
    from content: FrameDistribution, to style: FrameDistribution, channels: [Int], exponent: Double,
    strength: Double
  ) throws -> Made {
    let map = try GaussianTransport().map(
      from: content.statistics(of: channels), to: style.statistics(of: channels))
    let limits = RestyleOptions.spreadLimits
    var limited = 0
    let bounded = map.mappingEigenvalues { ratio in
      let kept = limits.nearest(to: ratio)
      if kept != ratio { limited += 1 }
      return limits.slope(pow(kept, exponent), strength: strength)
    }
    return (.linear(bounded.embedded(in: content.histograms.numFeatures, at: channels)), limited)
  }

  /// The mean and the spread of each channel of T(x) over the content's active frames.
  ///
  /// - Precondition: The content has what the map was made from.
  func response(of side: StyleMap.Side) -> (mean: [Double], spread: [Double]) {
    if case .matched(let map) = self, let frames = side.frames {
      let rows = frames.levels(of: Array(0..<map.numFeatures))
      return map.response(of: rows.above(side.statistics.gate.lowestActiveLevel ?? .infinity))
    }
    guard let content = side.distribution else { preconditionFailure("no distribution of the content") }
    switch self {
    case .matched: preconditionFailure("no frames of the content")
    case .quantiles(let map, let share):
      let moments = content.histograms.channels.enumerated().map { channel, histogram in
        histogram.moments { $0 + share * (map($0, channel: channel) - $0) }
      }
      return (moments.map(\.mean), moments.map(\.spread))
    case .linear(let map):
      let size = map.numFeatures
      let covariance = content.covariance.covariance
      let spread = (0..<size).map { row in
        covariance.spread(along: Array(map.matrix[row * size..<(row + 1) * size]))
      }
      // The mean of the content becomes the style's; channels that are left alone keep theirs.
      let mean = zip(content.covariance.mean, zip(map.contentMean, map.styleMean)).map { $0 + ($1.1 - $1.0) }
      return (mean, spread)
    }
  }
}

extension LevelHistogram {
  /// Mean and spread of a function of the values, taken at the middles of the bins; 0 without values.
  func moments(_ function: (Double) -> Double) -> (mean: Double, spread: Double) {
    guard count > 0 else { return (0, 0) }
    // In a fixed order, so that the same histogram always gives the same bits.
    let values = bins.sorted { $0.key < $1.key }.map {
      (value: function(Double($0.key) * Self.binWidth), weight: Double($0.value))
    }
    let mean = values.reduce(0) { $0 + $1.weight * $1.value } / Double(count)
    let square = values.reduce(0) { $0 + $1.weight * ($1.value - mean) * ($1.value - mean) }
    return (mean, (square / Double(count)).squareRoot())
  }
}

extension [Double] {
  /// √(vᵀ S v) of this covariance S in row-major order: the spread of the sum of channels with the factors v.
  func spread(along factors: [Double]) -> Double {
    var sum = 0.0
    for (i, row) in factors.enumerated() {
      for (j, column) in factors.enumerated() { sum += row * column * self[i * factors.count + j] }
    }
    return Swift.max(0, sum).squareRoot()
  }
}
