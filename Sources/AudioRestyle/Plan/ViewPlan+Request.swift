import AdaIN

extension ViewPlan {
  /// The mean and spread of each channel that the maps ask for, before gain limits.
  ///
  /// A channel that a style does not share moves with that style's nearest shared one; what that does to its own spread
  /// depends on how the two move together, so its spread is stated as the content's. For the same reason the spread of
  /// levels from outside is exact at the strengths 0 and 1 only.
  func requested(strength: Double) -> (mean: [Double], spread: [Double]) {
    if let levels {
      func partly(_ own: [Double], _ wanted: [Double]) -> [Double] {
        zip(own, wanted).map { $0 + strength * ($1 - $0) }
      }
      return (partly(contentMean, levels.mean), partly(contentSpread, levels.spread))
    }
    var mean = contentMean
    for channel in contentMean.indices {
      for (map, weight) in maps {
        let source = map.gainSource[channel]
        mean[channel] += strength * weight * (map.offset[source] + (map.centre[source] - contentMean[source]))
      }
    }
    return (mean, requestedSpread(strength: strength))
  }

  private func requestedSpread(strength: Double) -> [Double] {
    let shapes = maps.compactMap(\.map.shape)
    guard let distribution = contentDistribution, !shapes.isEmpty else {
      return contentSpread.indices.map { channel in
        let slope = maps.reduce(0) { sum, style in
          let isShared = style.map.gainSource[channel] == channel
          let own = contentSpread[channel]
          let ratio = own > 0 && style.map.spread[channel] > 0 ? style.map.spread[channel] / own : 1
          return sum + (isShared ? style.weight * (style.map.slope[channel] * ratio - 1) : 0)
        }
        return abs(contentSpread[channel] * (1 + strength * slope))
      }
    }
    if shapes.contains(where: \.isLinear) {
      let covariance = distribution.covariance.covariance
      return contentSpread.indices.map { channel in
        covariance.spread(along: factors(of: channel, strength: strength))
      }
    }
    return distribution.histograms.channels.enumerated().map { channel, histogram in
      let styles = maps.filter { $0.map.gainSource[channel] == channel }
      return histogram.moments { level in
        styles.reduce(level) { sum, style in
          let mapped = style.map.shape?.value(level, channel: channel) ?? level
          let slope = style.map.slope[channel]
          return sum + strength * style.weight * (slope * (mapped - style.map.centre[channel]) - level)
        }
      }.spread
    }
  }

  /// By what factors the deviations of all channels add up to that of one, where maps are linear.
  private func factors(of channel: Int, strength: Double) -> [Double] {
    var factors = [Double](repeating: 0, count: contentMean.count)
    factors[channel] = 1
    for (map, weight) in maps where map.gainSource[channel] == channel {
      for other in factors.indices {
        let own = other == channel ? 1.0 : 0
        let factor = map.shape?.factor(of: other, in: channel) ?? own
        factors[other] += strength * weight * (map.slope[channel] * factor - own)
      }
    }
    return factors
  }
}

extension ShapeMap {
  /// Whether the map takes all channels together.
  fileprivate var isLinear: Bool {
    if case .linear = self { true } else { false }
  }

  /// T(x) of one channel by itself; x for maps of all channels together.
  fileprivate func value(_ level: Double, channel: Int) -> Double {
    guard case .quantiles(let map, let share) = self else { return level }
    return level + share * (map(level, channel: channel) - level)
  }

  /// The entry of a linear map's matrix.
  fileprivate func factor(of other: Int, in channel: Int) -> Double? {
    guard case .linear(let map) = self else { return nil }
    return map.matrix[channel * map.numFeatures + other]
  }
}
