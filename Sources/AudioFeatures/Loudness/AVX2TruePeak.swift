#if arch(x86_64)
import CLoudness

/// Interpolated values and what bounds them in C for x86-64 processors with AVX2: ``TruePeakKernels``' results, bit for bit.
///
/// This is the only file that calls it.
enum AVX2TruePeak {
  /// The largest magnitudes and steps of groups; false where the work is left to Swift's code.
  static func extremes(
    _ buffer: UnsafeBufferPointer<Float>, groups: Int, magnitudes: UnsafeMutablePointer<Float>,
    steps: UnsafeMutablePointer<Float>
  ) -> Bool {
    guard clo_has_avx2(), let base = buffer.baseAddress else { return false }
    unsafe clo_group_extremes(base + TruePeakKernels.start(ofGroup: 0), groups, magnitudes, steps)
    return true
  }

  /// The largest magnitude of a group's values at quarters, or nil where the work is left to Swift's code.
  static func peakAtQuarters(
    _ buffer: UnsafeBufferPointer<Float>, _ start: Int, _ filter: TruePeakFilter
  ) -> Float? {
    guard clo_has_avx2(), let base = buffer.baseAddress else { return nil }
    return unsafe filter.middle.withUnsafeBufferPointer { middle in
      unsafe filter.even.withUnsafeBufferPointer { even in
        unsafe filter.odd.withUnsafeBufferPointer { odd in
          unsafe clo_peak_at_quarters(base + start, middle.baseAddress, even.baseAddress, odd.baseAddress)
        }
      }
    }
  }
}
#endif
