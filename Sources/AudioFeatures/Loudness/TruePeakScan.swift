/// The search for the largest interpolated value, group by group of 32 samples, and the peaks found so far.
///
/// Groups whose samples, with those of the two groups before, are too small to raise the peak are left out; that
/// changes nothing in the result.
struct TruePeakScan: Sendable {
  /// The number of positions looked at together.
  static let groupLength = 32

  /// How many samples before a group belong to its interpolations, rounded up to groups.
  static let historyLength = 2 * groupLength

  /// The largest magnitude of a sample.
  private(set) var samplePeak: Float = 0

  /// The largest magnitude of an interpolated value.
  private(set) var interpolatedPeak: Float = 0

  /// The largest magnitudes of the two groups before.
  private var lastMagnitudes: (Float, Float) = (0, 0)

  /// Looks at groups that stand in a buffer one after the other, behind the history.
  mutating func scan(_ buffer: UnsafeBufferPointer<Float>, groups: Int, filter: TruePeakFilter) {
    for group in 0..<groups {
      let start = Self.historyLength + group * Self.groupLength
      let magnitude = unsafe Self.magnitude(buffer, start)
      samplePeak = max(samplePeak, magnitude)
      let reach = max(magnitude, max(lastMagnitudes.0, lastMagnitudes.1))
      lastMagnitudes = (lastMagnitudes.1, magnitude)
      guard filter.factor > 1, reach * filter.gainBound > max(samplePeak, interpolatedPeak) else { continue }
      let found =
        unsafe filter.factor == 2
        ? Self.peakAtHalves(buffer, start, filter) : Self.peakAtQuarters(buffer, start, filter)
      interpolatedPeak = max(interpolatedPeak, found)
    }
  }
}

/// The kernels: positions `start ..< start + 32` are the newest samples x[24] of 32 interpolations.
extension TruePeakScan {
  /// The largest magnitude of 32 samples; NaN is passed over.
  private static func magnitude(_ buffer: UnsafeBufferPointer<Float>, _ start: Int) -> Float {
    var extremes = Extremes()
    for offset in stride(from: 0, to: groupLength, by: Lanes.scalarCount) {
      extremes.include(unsafe load(buffer, start + offset))
    }
    return extremes.magnitude
  }

  private static func peakAtHalves(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float {
    var extremes = Extremes()
    for offset in stride(from: 0, to: groupLength, by: Lanes.scalarCount) {
      let last = start + offset
      var middle = Lanes.zero
      for tap in 0..<TruePeakFilter.length / 2 {
        let older = unsafe load(buffer, last - TruePeakFilter.length + 1 + tap)
        let newer = unsafe load(buffer, last - tap)
        middle += (older + newer) * filter.middle[tap]
      }
      extremes.include(middle)
    }
    return extremes.magnitude
  }

  private static func peakAtQuarters(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float {
    var extremes = Extremes()
    for offset in stride(from: 0, to: groupLength, by: Lanes.scalarCount) {
      let last = start + offset
      var middle = Lanes.zero
      var even = Lanes.zero
      var odd = Lanes.zero
      for tap in 0..<TruePeakFilter.length / 2 {
        let older = unsafe load(buffer, last - TruePeakFilter.length + 1 + tap)
        let newer = unsafe load(buffer, last - tap)
        let sum = older + newer
        middle += sum * filter.middle[tap]
        even += sum * filter.even[tap]
        odd += (older - newer) * filter.odd[tap]
      }
      extremes.include(middle)
      extremes.include(even + odd)
      extremes.include(even - odd)
    }
    return extremes.magnitude
  }

  private static func load(_ buffer: UnsafeBufferPointer<Float>, _ index: Int) -> Lanes {
    unsafe buffer.baseAddress.unsafelyUnwrapped.lanes(index)
  }

  /// The largest magnitude seen in each lane; comparisons with NaN are false and leave it.
  private struct Extremes {
    private var highest = Lanes.zero

    @inline(__always)
    mutating func include(_ values: Lanes) { highest = highest.larger(values.magnitude) }

    @inline(__always)
    var magnitude: Float { highest.largest }
  }
}
