import AdaIN
import Restylings
import StyleProfiles

/// `efdm`: distribution matching of every band: each level becomes the style's level of the same rank, `y = Qs(Fc(x))`.
struct DistributionMethod: StyleMethod {
  var needs: ProfileNeeds { .distributions }
  /// An extrapolated map, of a strength beyond 1 or below 0, would not keep the order of levels.
  var reach: ClosedRange<Double> { 0...1 }

  func target(
    from content: MeasuredView, to style: MeasuredView, _ request: TargetRequest
  ) throws -> StyleTarget {
    let bandCount = content.statistics.presentChannels.count
    var target = StyleTarget(unchanged: bandCount, shared: request.shared)
    let source = request.dynamics ?? style
    guard let own = content.distribution, let toned = style.distribution, let other = source.distribution,
      own != toned || own != other
    else { return target }
    let (from, to) = (own.covariance.mean, toned.covariance.mean)
    let map = try LevelQuantileTransfer().map(from: own.histograms, to: other.histograms)
    let trust = content.trust(with: source, request.numbers.spreads)
    let share = request.knobs.part(request.knobs.exponent(trust: trust))
    let isShared = Set(request.bandsOfDynamics(of: content))
    target.map = .bands(
      map.channels.enumerated().map { band, line in
        guard isShared.contains(band) else { return LevelCurve(inputs: [], outputs: [], endSlope: 1) }
        return LevelCurve(
          inputs: line.xs, outputs: zip(line.xs, line.ys).map { $0 + share * ($1 - $0) }, endSlope: 1)
      })
    for band in request.shared { target.shift[band] = request.knobs.shift(to[band] - from[band]) }
    target.extendShift()
    return target
  }
}
