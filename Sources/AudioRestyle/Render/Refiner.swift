import AudioFeatures

/// Moves a plan's maps so that the result, measured again, has the statistics that were asked for.
///
/// One application leaves a residual: bands overlap, frames overlap, and gains are interpolated. Each round compares
/// the mean and spread of the rendered levels over the content's active frames with those requested,
/// and moves offset and slope by the difference.
enum Refiner {
  /// How far one round may scale a slope.
  private static let slopeStep = 0.5...2.0
  /// The bounds of a refined slope.
  private static let slopes = 0.1...8.0

  /// One round.
  ///
  /// - Parameters:
  ///   - plan: The plan to move.
  ///   - requested: The mean and spread of each channel of each view, from the plan before any refinement.
  ///   - levels: The level sums of each view of the rendered clip.
  static func refine(
    _ plan: inout RestylePlan, requested: [(mean: [Double], spread: [Double])], levels: [LevelSums]
  ) {
    let strength = plan.options.strength
    for view in plan.views.indices where !plan.views[view].isIdentity && levels[view].count > 0 {
      for index in plan.views[view].maps.indices {
        for channel in plan.views[view].maps[index].map.sharedChannels {
          let meanError = requested[view].mean[channel] - levels[view].mean(channel)
          plan.views[view].maps[index].map.offset[channel] += meanError / strength
          guard plan.options.method != .mean else { continue }
          let spread = levels[view].variance(channel).squareRoot()
          let target = requested[view].spread[channel]
          guard spread > 0, target > 0 else { continue }
          let factor = min(max(target / spread, slopeStep.lowerBound), slopeStep.upperBound)
          // The whole map, strength included, is 1 + α·(slope − 1); that is what gets the factor.
          let slope = plan.views[view].maps[index].map.slope[channel]
          let whole = 1 + strength * (slope - 1)
          let moved = 1 + (whole * factor - 1) / strength
          plan.views[view].maps[index].map.slope[channel] =
            min(max(moved, slopes.lowerBound), slopes.upperBound)
        }
      }
    }
  }
}
