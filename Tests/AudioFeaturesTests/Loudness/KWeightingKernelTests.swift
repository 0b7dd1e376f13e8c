#if arch(x86_64)
import TestSupport
import Testing

@testable import AudioFeatures

/// K-weighting with this processor's kernel against Swift's own code: the same bits.
@Suite struct KWeightingKernelTests {
  /// A filter and a sum for each of two channels.
  private struct Channels {
    var filters: (KWeightingFilter, KWeightingFilter)
    var sums = (0.0, 0.0)

    init(sampleRate: Double) {
      let filter = KWeightingFilter(sampleRate: sampleRate)
      filters = (filter, filter)
    }

    /// Numbers as bits, so that zeros have signs; every NaN is the same one.
    var bits: [UInt64] {
      let (a, b) = (filters.0.state, filters.1.state)
      return [a.0, a.1, a.2, a.3, b.0, b.1, b.2, b.3, sums.0, sums.1].map { $0.isNaN ? 0 : $0.bitPattern }
    }
  }

  private func expectSameBits(
    _ first: [Float], _ second: [Float], from start: Channels, _ comment: Comment
  ) -> Channels {
    var (found, expected) = (start, start)
    let isDone = AVX2KWeighting.accumulate(
      &found.filters.0, first.span, into: &found.sums.0, beside: &found.filters.1, second.span,
      into: &found.sums.1)
    expected.filters.0.accumulatePortably(
      first.span, into: &expected.sums.0, beside: &expected.filters.1, second.span, into: &expected.sums.1)
    if isDone { #expect(found.bits == expected.bits, comment) }
    // One channel alone gives them too, in either way.
    var (alone, portable) = (start, start)
    alone.filters.0.accumulate(first.span, into: &alone.sums.0)
    alone.filters.1.accumulate(second.span, into: &alone.sums.1)
    portable.filters.0.accumulatePortably(first.span, into: &portable.sums.0)
    portable.filters.1.accumulatePortably(second.span, into: &portable.sums.1)
    #expect(alone.bits == expected.bits && portable.bits == expected.bits, comment)
    return expected
  }

  @Test(arguments: [8_000.0, 44_100, 48_000, 192_000])
  func sameBitsAsSwift(sampleRate: Double) {
    var numbers = SplitMix64(state: 11)
    var channels = Channels(sampleRate: sampleRate)
    // The state of one length is the next one's start.
    for count in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 11, 12, 13, 15, 16, 17, 441, 480, 1, 1027] {
      let (first, second) = (numbers.samples(count), numbers.samples(count))
      channels = expectSameBits(first, second, from: channels, "\(count) samples")
    }
    #expect(channels.sums.0 > 0 && channels.sums.1 > 0)
  }

  @Test func sameBitsOfUnusualSamples() {
    var numbers = SplitMix64(state: 12)
    let start = Channels(sampleRate: 48_000)
    for round in 0..<200 {
      let count = 1 + round % 40
      var (first, second) = (numbers.samples(count), numbers.samples(count))
      switch round % 4 {
      case 0: first[round % count] = .nan
      case 1: second[round % count] = .infinity
      case 2: first = first.map { $0 * 0x1p-140 }
      default: second = second.map { _ in -0.0 }
      }
      _ = expectSameBits(first, second, from: start, "round \(round)")
    }
  }
}
#endif
