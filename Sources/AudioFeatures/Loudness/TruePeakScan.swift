/// The search for the largest interpolated value, group by group of 32 samples, and the peaks found so far.
///
/// Groups whose samples, with those of the two groups before, are too small to raise the peak are left out; that
/// changes nothing in the result.
struct TruePeakScan: TruePeakScanning {
  /// The largest magnitude of a sample.
  private(set) var samplePeak: Float = 0

  /// The largest magnitude of an interpolated value.
  private(set) var interpolatedPeak: Float = 0

  /// The largest magnitudes of the two groups before.
  private var lastMagnitudes: (Float, Float) = (0, 0)

  /// Looks at groups that stand in a buffer one after the other, behind the history.
  mutating func scan(_ buffer: UnsafeBufferPointer<Float>, groups: Int, filter: TruePeakFilter) {
    for group in 0..<groups {
      let start = TruePeakKernels.start(ofGroup: group)
      let magnitude = unsafe TruePeakKernels.sampleMagnitude(buffer, start)
      samplePeak = max(samplePeak, magnitude)
      let reach = max(magnitude, max(lastMagnitudes.0, lastMagnitudes.1))
      lastMagnitudes = (lastMagnitudes.1, magnitude)
      guard filter.factor > 1, reach * filter.gainBound > max(samplePeak, interpolatedPeak) else { continue }
      interpolatedPeak = max(
        interpolatedPeak, unsafe TruePeakKernels.interpolatedMagnitude(buffer, start, filter))
    }
  }
}
