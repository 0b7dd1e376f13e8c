/// The search for the largest interpolated value, group by group of 32 samples, and the peaks found so far.
///
/// Groups whose samples, with those of the two groups before, and whose steps from sample to sample are too small to raise
/// the peak are left out; that changes nothing in the result.
struct TruePeakScan: TruePeakScanning {
  /// The largest magnitude of a sample.
  private(set) var samplePeak: Float = 0

  /// The largest magnitude of an interpolated value that was looked at.
  private(set) var interpolatedPeak: Float = 0

  /// The largest magnitudes and steps of the two groups before.
  private var lastMagnitudes: (Float, Float) = (0, 0)
  private var lastSteps: (Float, Float) = (0, 0)

  /// Looks at groups that stand in a buffer one after the other, behind the history.
  mutating func scan(_ buffer: UnsafeBufferPointer<Float>, groups: Int, filter: TruePeakFilter) {
    let count = groups + 2
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { rows in
      guard let magnitudes = rows.baseAddress else { return }
      let steps = unsafe magnitudes + count
      unsafe (magnitudes[0], magnitudes[1]) = lastMagnitudes
      unsafe (steps[0], steps[1]) = lastSteps
      unsafe TruePeakKernels.extremes(buffer, groups: groups, magnitudes: magnitudes + 2, steps: steps + 2)
      for index in 2..<count { samplePeak = unsafe max(samplePeak, magnitudes[index]) }
      unsafe lastMagnitudes = (magnitudes[groups], magnitudes[groups + 1])
      unsafe lastSteps = (steps[groups], steps[groups + 1])
      guard filter.factor > 1 else { return }
      for group in 0..<groups {
        // The samples beside the values stand in this group and the one before.
        let centre = unsafe max(magnitudes[group + 1], magnitudes[group + 2])
        let bound = unsafe filter.bound(
          reach: max(magnitudes[group], centre), centre: centre,
          step: max(steps[group], max(steps[group + 1], steps[group + 2])))
        guard bound > max(samplePeak, interpolatedPeak) else { continue }
        let start = TruePeakKernels.start(ofGroup: group)
        interpolatedPeak = max(
          interpolatedPeak, unsafe TruePeakKernels.interpolatedMagnitude(buffer, start, filter))
      }
    }
  }
}
