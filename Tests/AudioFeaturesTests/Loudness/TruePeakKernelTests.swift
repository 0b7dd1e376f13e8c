#if arch(x86_64)
import TestSupport
import Testing

@testable import AudioFeatures

/// The search of this processor against Swift's own: the same bits.
@Suite struct TruePeakKernelTests {
  @Test func sameBitsAsSwift() {
    let filter = TruePeakFilter.shared(sampleRate: 44_100)
    var numbers = SplitMix64(state: 5)
    for round in 0..<2000 {
      var buffer = numbers.samples(TruePeakKernels.historyLength + TruePeakKernels.groupLength)
      if round % 5 == 1 { buffer[round % buffer.count] = .nan }
      if round % 5 == 2 { buffer[round % buffer.count] = .infinity }
      if round % 5 == 3 { buffer = buffer.map { $0 * 0x1p-140 } }
      buffer.withUnsafeBufferPointer { buffer in
        let start = TruePeakKernels.start(ofGroup: 0)
        guard let found = AVX2TruePeak.peakAtQuarters(buffer, start, filter) else { return }
        #expect(found.bitPattern == TruePeakKernels.peakAtQuarters(buffer, start, filter).bitPattern)
      }
    }
  }

  @Test func extremesHaveTheSameBitsAsSwift() {
    var numbers = SplitMix64(state: 6)
    let groups = 3
    for round in 0..<300 {
      var buffer = numbers.samples(TruePeakKernels.start(ofGroup: groups))
      if round % 3 == 1 { buffer[60 + round % 90] = .nan }
      if round % 3 == 2 { buffer[60 + round % 90] = .infinity }
      let results = [true, false].map { isPortable in
        var found = [Float](repeating: 9, count: 2 * groups)
        let isDone = found.withUnsafeMutableBufferPointer { found in
          buffer.withUnsafeBufferPointer { buffer -> Bool in
            guard let magnitudes = found.baseAddress else { return false }
            let steps = magnitudes + groups
            if !isPortable {
              return AVX2TruePeak.extremes(buffer, groups: groups, magnitudes: magnitudes, steps: steps)
            }
            TruePeakKernels.portableExtremes(buffer, groups: groups, magnitudes: magnitudes, steps: steps)
            return true
          }
        }
        return isDone ? found.map(\.bitPattern) : nil
      }
      #expect(results[1] == nil || results[0] == results[1])
    }
  }
}
#endif
