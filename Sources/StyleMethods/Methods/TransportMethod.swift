import AdaIN
import AudioFeatures
import Foundation
import StyleProfiles

/// `transport`: Gaussian optimal transport of all bands together, `y = μs + A (x − μc)`.
///
/// A is such that y has the style's covariance. Its eigenvalues have the limits of AdaIN's ratios of spreads.
struct TransportMethod: StyleMethod {
  var needs: ProfileNeeds { .distributions }

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
    for band in request.shared { target.shift[band] = request.knobs.shift(to[band] - from[band]) }
    target.extendShift()
    let bands = request.bandsOfDynamics(of: content)
    guard !bands.isEmpty else { return target }
    let map = try GaussianTransport().map(from: own.statistics(of: bands), to: other.statistics(of: bands))
    let exponent = request.knobs.exponent(trust: content.trust(with: source, request.numbers.spreads))
    let limits = request.numbers.spreads.limits
    var limited = 0
    let bounded = map.mappingEigenvalues { ratio in
      let kept = limits.nearest(to: ratio)
      if kept != ratio { limited += 1 }
      return request.knobs.slope(pow(kept, exponent), within: limits)
    }
    target.limitedCount = limited
    target.map = .frames(bounded.embedded(in: bandCount, at: bands).matrix)
    return target
  }
}
