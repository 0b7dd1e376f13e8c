import Foundation
import TestSupport
import Testing

@testable import AudioFeatures

/// Leaving out groups changes no peak, and no value exceeds its bound.
@Suite struct TruePeakScanTests {
  /// Clips that are smooth, rough, alternating and full of jumps, louder towards the middle.
  static func clips() -> [[Float]] {
    var numbers = SplitMix64(state: 11)
    let count = 6000
    let noise = numbers.samples(count)
    let swell = (0..<count).map { Float(0.2 + 0.7 * sin(.pi * Double($0) / Double(count))) }
    let shapes: [(Int) -> Double] = [
      { sin(0.01 * Double($0)) }, { sin(0.5 * Double($0)) }, { sin(2.8 * Double($0) + 0.3) },
      { $0 % 2 == 0 ? 1 : -1 }, { ($0 / 37) % 2 == 0 ? 1 : -1 }, { Double(noise[$0]) },
      { $0 % 400 < 24 ? Double(1 - 2 * ($0 % 2)) : 0 },
      { sin(0.02 * Double($0)) + 0.1 * Double(noise[$0]) },
      { n in (0..<48).contains(n % 500) ? ((n % 500) < 24) == ((n % 500) % 2 == 0) ? 1 : -1 : 0 },
    ]
    return shapes.map { shape in (0..<count).map { Float(shape($0)) * swell[$0] } }
      + [noise.map { $0 > 0 ? .nan : $0 }, noise.enumerated().map { $0 == 3000 ? .infinity : $1 }]
  }

  @Test(arguments: [44_100.0, 96_000, 192_000]) func thePeakIsThatOfAllGroups(rate: Double) {
    let filter = TruePeakFilter.shared(sampleRate: rate)
    for (index, clip) in Self.clips().enumerated() {
      let padded =
        [Float](repeating: 0, count: TruePeakKernels.historyLength) + clip + [Float](repeating: 0, count: 96)
      let groups = (padded.count - TruePeakKernels.historyLength) / TruePeakKernels.groupLength
      var expected: Float = 0
      var isBounded = true
      padded.withUnsafeBufferPointer { buffer in
        for group in 0..<groups {
          let start = TruePeakKernels.start(ofGroup: group)
          let value = TruePeakKernels.interpolatedMagnitude(buffer, start, filter)
          func largest(_ range: Range<Int>, _ value: (Int) -> Float) -> Float {
            range.reduce(0) { max($0, abs(value($1)).isNaN ? 0 : abs(value($1))) }
          }
          let bound = filter.bound(
            reach: largest(start - 47..<start + 32) { buffer[$0] },
            centre: largest(start - 24..<start + 9) { buffer[$0] },
            step: largest(start - 46..<start + 32) { buffer[$0] - buffer[$0 - 1] })
          isBounded = isBounded && value <= bound
          expected = max(expected, value, TruePeakKernels.sampleMagnitude(buffer, start))
        }
      }
      #expect(isBounded, "clip \(index)")
      for chunk in [1, 100, 6000] {
        var meter = TruePeakMeter(sampleRate: rate, channelCount: 1)
        for start in stride(from: 0, to: clip.count, by: chunk) {
          meter.process(Array(clip[start..<min(clip.count, start + chunk)]).span, channel: 0)
        }
        meter.finish()
        #expect(meter.truePeak == expected, "clip \(index), chunks of \(chunk)")
      }
    }
  }
}
