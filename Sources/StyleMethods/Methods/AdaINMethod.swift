import AudioFeatures
import StyleProfiles
import Foundation

/// `adain`: mean and spread of every band are the style's.
///
///     σs/σc = (σ/σc)^(d · n/(n + 2))    σ: the style's spread, d: dynamics, n: independent frames
///
/// This is for a strength of 1. The ratio is held within ``SpreadNumbers/limits``.
struct AdaINMethod: StyleMethod {
  func target(
    from content: MeasuredView, to style: MeasuredView, _ request: TargetRequest
  ) -> StyleTarget {
    var target = MeanMethod().target(from: content, to: style, request)
    let source = request.dynamics ?? style
    let (own, other) = (content.statistics.moments.spread, source.statistics.moments.spread)
    let exponent = request.knobs.exponent(trust: content.trust(with: source, request.numbers.spreads))
    let limits = request.numbers.spreads.limits
    for band in request.bandsOfDynamics(of: content) where own[band] > 0 && own[band] != other[band] {
      let ratio = other[band] / own[band]
      let bounded = limits.nearest(to: ratio)
      if bounded != ratio { target.limitedCount += 1 }
      target.ratio[band] = request.knobs.slope(pow(bounded, exponent), within: limits)
    }
    return target
  }
}
