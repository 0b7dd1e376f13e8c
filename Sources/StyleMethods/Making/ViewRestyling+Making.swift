import AdaIN
import AudioFeatures
import Foundation
package import Restylings
package import StyleProfiles

extension ViewRestyling {
  /// Creates a view that stays as it is.
  package init(
    untouched view: StereoView, _ state: State, moments: (mean: [Double], spread: [Double])?, bandCount: Int,
    gate: ActivityGate
  ) {
    let zeros = [Double](repeating: 0, count: bandCount)
    let (mean, spread) = moments ?? (zeros, zeros)
    self.init(
      view: view, state: state, content: FeatureMoments(mean: mean, spread: spread),
      style: FeatureMoments(mean: mean, spread: spread), gainSource: Array(mean.indices), gate: gate,
      bands: BandStatistics(
        contentMean: mean, contentSpread: spread, requestedMean: mean, requestedSpread: spread, shared: []))
  }

  /// Blends the targets of several styles, by shares that sum to 1.
  ///
  /// Means, ratios of spreads, maps and tone curves blend linearly, as AdaIN is linear in μs and σs. Several maps of
  /// the broadband level blend knot by knot, that is rank by rank. For a band that a style does not share, that style's
  /// part of the blend keeps the spread.
  init(_ own: MeasuredView, _ targets: [(target: StyleTarget, share: Double)], gate: ActivityGate) {
    let (mean, spread) = own.statistics.moments
    self.init(
      untouched: own.view, .restyled, moments: (mean, spread), bandCount: mean.count, gate: gate)
    let shared = targets.map { Set($0.target.shared) }
    let any = shared.reduce(into: Set<Int>()) { $0.formUnion($1) }
    gainSource = StyleTarget.gainSource(bandCount: mean.count, shared: any.sorted())
    bands.shared = shared.dropFirst().reduce(shared.first ?? []) { $0.intersection($1) }.sorted()
    for (target, share) in targets {
      for band in mean.indices { style.mean[band] += share * target.shift[band] }
    }
    bands.requestedMean = style.mean
    for band in mean.indices {
      let change = targets.reduce(0) { $0 + $1.share * ($1.target.ratio[band] - 1) }
      style.spread[band] = spread[band] * (1 + change)
    }
    bands.requestedSpread = style.spread.map(abs)
    reshape(own, targets)
    if let tone = FineTone(blending: targets) { takeFineTone(tone, own.frequencies) }
    pauseAllowance = targets.compactMap(\.target.pauseAllowance).min()
  }

  /// Gives the equaliser the difference between the tone in third octaves and that of the bands.
  private mutating func takeFineTone(_ fine: FineTone, _ frequencies: [Double]) {
    let shapes = zip(style.mean, content.mean).prefix(frequencies.count).map { $0 - $1 }
    let known = bands.shared.isEmpty ? Array(shapes.indices) : bands.shared
    let coarse = ToneCurves.values(
      of: known.map { shapes[$0] }, at: known.map { frequencies[$0] }, for: ThirdOctaves.frequencies)
    let rest = zip(fine.gains, coarse).map { $0 - $1 }
    equaliser = rest.contains { abs($0) > 1e-9 } ? rest : nil
  }

  /// Blends the targets' maps, where there are any.
  private mutating func reshape(_ own: MeasuredView, _ targets: [(target: StyleTarget, share: Double)]) {
    let maps = targets.compactMap { target, share in target.map.map { (map: $0, share: share) } }
    switch maps.first?.map {
    case nil: return
    case .bands: takeBands(Self.blended(maps, bandCount: content.mean.count), own)
    case .frames(let first):
      var matrix = [Double](repeating: 0, count: first.count)
      for band in content.mean.indices { matrix[band * (content.mean.count + 1)] = 1 }
      let identity = matrix
      for case (.frames(let part), let share) in maps {
        for index in matrix.indices { matrix[index] += share * (part[index] - identity[index]) }
      }
      takeFrames(matrix, own)
    case .level: takeLevel(maps, own)
    }
  }

  /// The blend of the curves for each band by shares; styles without a curve keep the level as it is.
  private static func blended(
    _ maps: [(map: StyleTarget.TotalMap, share: Double)], bandCount: Int
  ) -> [LevelCurve] {
    (0..<bandCount).map { band in
      let curves = maps.compactMap { part -> (curve: LevelCurve, share: Double)? in
        guard case .bands(let curves) = part.map, !curves[band].inputs.isEmpty else { return nil }
        return (curves[band], part.share)
      }
      // All curves have the same inputs: the content's levels.
      let inputs = curves.first?.curve.inputs ?? []
      return LevelCurve(
        inputs: inputs,
        outputs: inputs.indices.map { index in
          curves.reduce(inputs[index]) { $0 + $1.share * ($1.curve.outputs[index] - inputs[index]) }
        }, endSlope: 1)
    }
  }

  /// Splits a map of each band into σs, the spread that it makes, and a reshaping that keeps mean and spread.
  private mutating func takeBands(_ curves: [LevelCurve], _ own: MeasuredView) {
    guard let distribution = own.distribution else { return }
    reshaping = .bands(
      curves: zip(curves.indices, zip(curves, distribution.histograms.channels)).map { band, pair in
        let (curve, histogram) = pair
        guard !curve.inputs.isEmpty else { return curve }
        let made = histogram.moments { curve($0) }
        let factor = content.spread[band] > 0 && made.spread > 0 ? content.spread[band] / made.spread : 1
        style.spread[band] = factor == 1 ? content.spread[band] : made.spread
        bands.requestedSpread[band] = made.spread
        return curve.scaled(by: factor, about: made.mean, to: content.mean[band])
      })
  }

  /// Splits a map of all bands into σs, the spreads that it makes, and a reshaping that keeps means and spreads.
  private mutating func takeFrames(_ matrix: [Double], _ own: MeasuredView) {
    guard let covariance = own.distribution?.covariance.covariance else { return }
    let size = content.mean.count
    var scaled = matrix
    for band in 0..<size {
      let row = band * size..<(band + 1) * size
      let made = covariance.spread(along: Array(matrix[row]))
      bands.requestedSpread[band] = made
      guard content.spread[band] > 0, made > 0 else { continue }
      style.spread[band] = made
      for index in row { scaled[index] *= content.spread[band] / made }
    }
    reshaping = .frames(matrix: scaled)
  }

  /// Blends maps of the broadband level; the features become C shapes and this level.
  private mutating func takeLevel(_ maps: [(map: StyleTarget.TotalMap, share: Double)], _ own: MeasuredView) {
    let size = content.mean.count
    let total = maps.reduce(0) { $0 + $1.share }
    var level = BroadbandLevel(weighting: [Double](repeating: 0, count: size), channels: bands.shared)
    var (inputs, outputs): ([Double], [Double]) = ([], [])
    for case (.level(let part, let from, let to), let share) in maps {
      if inputs.isEmpty { (inputs, outputs) = (from.map { _ in 0 }, from.map { _ in 0 }) }
      if level.channels.isEmpty { level.channels = part.channels }
      for band in 0..<size { level.weighting[band] += share / total * part.weighting[band] }
      for index in inputs.indices {
        inputs[index] += share / total * from[index]
        // A style without a map keeps the level as it is.
        outputs[index] += share / total * from[index] + share * (to[index] - from[index])
      }
    }
    let curve = LevelCurve(inputs: inputs, outputs: outputs, endSlope: 1)
    let rows = own.activeRows ?? FrameRows(width: size, values: [])
    let levels = level.levels(of: rows)
    let (before, after) = (levels.meanAndSpread, levels.map { curve($0) }.meanAndSpread)

    let toneOfBands = zip(style.mean, content.mean).map { $0 - $1 }
    let levelShift = after.mean - before.mean
    let spread = (0..<size).map { band in
      levels.indices.map { Double(rows[$0, band]) - levels[$0] }.meanAndSpread.spread
    }
    content = FeatureMoments(
      mean: content.mean.map { $0 - before.mean } + [before.mean], spread: spread + [before.spread])
    style = FeatureMoments(
      mean: (0..<size).map { content.mean[$0] + toneOfBands[$0] - levelShift } + [before.mean + levelShift],
      spread: spread + [after.spread])
    let factor = before.spread > 0 && after.spread > 0 ? before.spread / after.spread : 1
    if factor == 1 { style.spread[size] = before.spread }
    reshaping = .level(curve: curve.scaled(by: factor, about: after.mean, to: before.mean))
    self.level = level
    for band in bands.shared where !levels.isEmpty {
      let gains = levels.map { curve($0) - $0 }
      bands.requestedSpread[band] =
        gains.indices.map { Double(rows[$0, band]) + gains[$0] }.meanAndSpread.spread
    }
  }
}

extension [Double] {
  /// Mean and biased spread of the values; 0 without values.
  var meanAndSpread: (mean: Double, spread: Double) {
    let count = Double(Swift.max(1, self.count))
    let mean = reduce(0, +) / count
    return (mean, (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
  }

  /// The spread √(vᵀ S v) of a sum of channels with the factors v, where this array is the covariance S in row-major
  /// order.
  func spread(along factors: [Double]) -> Double {
    var sum = 0.0
    for (i, row) in factors.enumerated() {
      for (j, column) in factors.enumerated() { sum += row * column * self[i * factors.count + j] }
    }
    return Swift.max(0, sum).squareRoot()
  }
}

extension LevelHistogram {
  /// Mean and spread of a function of the values, taken at the middles of the bins; 0 without values.
  func moments(_ function: (Double) -> Double) -> (mean: Double, spread: Double) {
    guard count > 0 else { return (0, 0) }
    // Sorted, so that equal histograms always give the same bits.
    let values = bins.sorted { $0.key < $1.key }.map {
      (value: function(Double($0.key) * Self.binWidth), weight: Double($0.value))
    }
    let mean = values.reduce(0) { $0 + $1.weight * $1.value } / Double(count)
    let square = values.reduce(0) { $0 + $1.weight * ($1.value - mean) * ($1.value - mean) }
    return (mean, (square / Double(count)).squareRoot())
  }
}
