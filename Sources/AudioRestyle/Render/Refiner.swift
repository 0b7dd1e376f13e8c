import AdaIN
import AudioFeatures
import Foundation

/// Moves a plan's maps so that the result, measured again, has the statistics that were asked for.
///
/// One application leaves a residual: bands overlap, frames overlap, and gains are interpolated. Each round compares
/// the mean and spread of the rendered levels over the content's active frames with those requested,
/// and moves offset and slope by the difference.
enum Refiner {
  /// How far one round may scale a slope.
  private static let slopeStep = 0.5...2.0
  /// The bounds of a refined slope, strength included.
  private static let slopes = 0.1...8.0
  /// Where the gain limits bind in more than this share of the frames, pushing further would only bind more.
  private static let largestLimitedShare = 0.25

  /// One round.
  ///
  /// - Parameters:
  ///   - plan: The plan to move.
  ///   - requested: The mean and spread of each channel of each view, from the plan before any refinement.
  ///   - result: The levels of the rendered clip, and where the gain limits bound.
  static func refine(
    _ plan: inout RestylePlan, requested: [(mean: [Double], spread: [Double])], result: RenderResult
  ) {
    let strength = plan.options.strength
    let levels = result.levels
    // The power of bands before and after.
    var (before, after) = (0.0, 0.0)
    for view in plan.views.indices where !plan.views[view].isIdentity && levels[view][0, 0].count > 0 {
      let (counts, activeCount) = result.limited[view]
      // Only channels that all styles share: the others follow their neighbours.
      let channels = plan.views[view].sharedChannels.filter {
        Double(counts[$0]) <= Self.largestLimitedShare * Double(activeCount)
      }
      for index in plan.views[view].maps.indices {
        for channel in channels {
          let meanError = requested[view].mean[channel] - levels[view][0, channel].mean
          plan.views[view].maps[index].map.offset[channel] += meanError / strength
          if index == 0 {
            let power = pow(10, levels[view][0, channel].mean / 10)
            before += power
            after += power * pow(10, meanError / 10)
          }
          guard ![.mean, .match].contains(plan.options.method) else { continue }
          let spread = levels[view][0, channel].variance().squareRoot()
          let target = requested[view].spread[channel]
          guard spread > 0, target > 0 else { continue }
          let factor = slopeStep.nearest(to: target / spread)
          // The whole ratio, strength included, is 1 + α·(slope·r − 1), where r is what the method's own map makes of
          // the content's spread; the whole is what gets the factor.
          let map = plan.views[view].maps[index].map
          let own = plan.views[view].contentSpread[channel]
          let ratio = own > 0 && map.spread[channel] > 0 ? map.spread[channel] / own : 1
          let whole = 1 + strength * (map.slope[channel] * ratio - 1)
          let moved = slopes.nearest(to: whole * factor)
          plan.views[view].maps[index].map.slope[channel] = (1 + (moved - 1) / strength) / ratio
        }
      }
    }
    // What goes by the level of samples goes on at the same places.
    let change = before > 0 ? 10 * log10(after / before) : 0
    plan.envelopeGain?.follow(change)
    plan.peakThreshold = plan.peakThreshold.map { $0 * Float(pow(10, change / 20)) }
  }
}
