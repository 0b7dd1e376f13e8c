#if arch(x86_64)
import CLoudness

/// K-weighting in C for x86-64 processors with AVX2: ``KWeightingFilter``'s results, bit for bit.
///
/// This is the only file that calls it.
enum AVX2KWeighting {
  /// Filters one channel; false where the work is left to Swift's code.
  static func accumulate(
    _ filter: inout KWeightingFilter, _ samples: Span<Float>, into sum: inout Double
  ) -> Bool {
    // The channel goes beside itself: that still takes half of Swift's time.
    var (other, otherSum) = (filter, sum)
    return accumulate(&filter, samples, into: &sum, beside: &other, samples, into: &otherSum)
  }

  /// Filters two channels beside each other; false where the work is left to Swift's code.
  static func accumulate(
    _ filter: inout KWeightingFilter, _ samples: Span<Float>, into sum: inout Double,
    beside other: inout KWeightingFilter, _ otherSamples: Span<Float>, into otherSum: inout Double
  ) -> Bool {
    guard clo_has_avx2() else { return false }
    var shelf = clo_section(filter.shelf)
    var highPass = clo_section(filter.highPass)
    var channel = clo_channel(filter.state, sum)
    var next = clo_channel(other.state, otherSum)
    let count = min(samples.count, otherSamples.count)
    unsafe samples.withUnsafeBufferPointer { samples in
      unsafe otherSamples.withUnsafeBufferPointer { otherSamples in
        unsafe clo_k_weight(
          &shelf, &highPass, samples.baseAddress, &channel, otherSamples.baseAddress, &next, count)
      }
    }
    (filter.state, sum) = (channel.state, channel.sum)
    (other.state, otherSum) = (next.state, next.sum)
    return true
  }
}

extension clo_section {
  fileprivate init(_ section: KWeightingFilter.Section) {
    self.init(b0: section.b0, c1: section.c1, c2: section.c2, a1: section.a1, a2: section.a2)
  }
}

extension clo_channel {
  fileprivate init(_ state: KWeightingFilter.State, _ sum: Double) {
    self.init(shelf0: state.0, shelf1: state.1, high_pass0: state.2, high_pass1: state.3, sum: sum)
  }

  fileprivate var state: KWeightingFilter.State { (shelf0, shelf1, high_pass0, high_pass1) }
}
#endif
