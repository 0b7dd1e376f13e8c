/// What is looked at in a group of 32 samples: positions `start ..< start + 32` of a buffer are the newest samples x[24]
/// of 32 interpolations.
enum TruePeakKernels {
  /// The number of positions looked at together.
  static let groupLength = 32

  /// How many samples before a group belong to its interpolations, rounded up to groups.
  static let historyLength = 2 * groupLength

  /// Where a group starts in a buffer that begins with the history.
  static func start(ofGroup group: Int) -> Int { historyLength + group * groupLength }

  /// The largest magnitude of a group's values between samples; NaN is passed over.
  static func interpolatedMagnitude(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float {
    switch filter.factor {
    case 4:
      #if arch(x86_64)
      if let peak = unsafe AVX2TruePeak.peakAtQuarters(buffer, start, filter) { return peak }
      #endif
      return unsafe peakAtQuarters(buffer, start, filter)
    case 2: return unsafe peakAtHalves(buffer, start, filter)
    default: return 0
    }
  }

  /// The largest magnitude of a group's samples; NaN is passed over.
  static func sampleMagnitude(_ buffer: UnsafeBufferPointer<Float>, _ start: Int) -> Float {
    var extremes = Extremes()
    for offset in stride(from: 0, to: groupLength, by: Lanes.scalarCount) {
      extremes.include(unsafe load(buffer, start + offset))
    }
    return extremes.magnitude
  }

  /// Writes the largest magnitude of each group's samples, and the largest one of the steps from the sample before to each;
  /// NaN is passed over.
  static func extremes(
    _ buffer: UnsafeBufferPointer<Float>, groups: Int, magnitudes: UnsafeMutablePointer<Float>,
    steps: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
    if unsafe AVX2TruePeak.extremes(buffer, groups: groups, magnitudes: magnitudes, steps: steps) { return }
    #endif
    unsafe portableExtremes(buffer, groups: groups, magnitudes: magnitudes, steps: steps)
  }

  /// Swift's own code for ``extremes(_:groups:magnitudes:steps:)``.
  static func portableExtremes(
    _ buffer: UnsafeBufferPointer<Float>, groups: Int, magnitudes: UnsafeMutablePointer<Float>,
    steps: UnsafeMutablePointer<Float>
  ) {
    for group in 0..<groups {
      let start = start(ofGroup: group)
      var step = Extremes()
      for place in stride(from: start, to: start + groupLength, by: Lanes.scalarCount) {
        step.include(unsafe load(buffer, place) - load(buffer, place - 1))
      }
      unsafe magnitudes[group] = sampleMagnitude(buffer, start)
      unsafe steps[group] = step.magnitude
    }
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

  /// Swift's own code for four values a sample.
  static func peakAtQuarters(
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
